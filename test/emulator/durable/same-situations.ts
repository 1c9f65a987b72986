// The situations of test/dtfx that the emulator's worker can be brought into, acted as they were with the real framework:
// same names, same ids, same payloads.
import type { App, OrchestrationContext } from '../../../emulator/durable/app.ts'
import type { DurableClient } from '../../../emulator/durable/client.ts'
import type { Task } from '../../../emulator/durable/tasks.ts'
import type { Worker } from '../../../emulator/durable/worker.ts'
import { until, type StorageView } from '../../dtfx/storage-view.ts'
import { appOf } from './hub-for-test.ts'

type Code = Generator<Task, unknown, never>

export const app: App = appOf({
  activities: {
    Quick: (input) => `quick ${String(input)}`,
    Slow: (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
  },
  entities: { counter: (context) => context.setState(context.getState(0) + 1) },
  orchestrators: {
    Echo: (context: OrchestrationContext) => context.input,
    Fail: fail,
    *CallQuick(context: OrchestrationContext): Code {
      return yield context.callActivity('Quick', context.input)
    },
    *CallSlow(context: OrchestrationContext): Code {
      return yield context.callActivity('Slow', context.input)
    },
    *Parent(context: OrchestrationContext): Code {
      return yield context.callSubOrchestrator('Echo', context.input, `${context.instanceId}-child`)
    },
    *WaitEvent(context: OrchestrationContext): Code {
      return yield context.waitForExternalEvent('go')
    },
    *WaitTimer(context: OrchestrationContext): Code {
      return yield context.createTimer(inAnHour(context.currentUtcDateTime))
    },
    *CancelTimer(context: OrchestrationContext): Code {
      const timer = context.createTimer(inAnHour(context.currentUtcDateTime))
      const quick = context.callActivity('Quick', context.input)
      yield context.any([timer, quick])
      timer.cancel()
      return quick.result
    },
    *Eternal(context: OrchestrationContext): Code {
      yield context.waitForExternalEvent('go')
      context.continueAsNew(`${String(context.input)}+`)
      return undefined
    },
  },
})

function fail(): never {
  throw new Error('meant to fail')
}

export type SameSituation = {
  /** As in test/dtfx/situations. */
  readonly name: string
  readonly act: (worker: Worker, view: StorageView) => Promise<void>
}

const status = (view: StorageView, key: string, wanted: string) =>
  until(
    () => `'${key}' is ${wanted}`,
    async () => (await view.row(key))?.['RuntimeStatus'] === wanted,
  )
const settled = (view: StorageView, control: number, workItems = 0) =>
  until(
    () => `${control} control messages and ${workItems} work items are left`,
    async () => (await view.messages('control')) === control && (await view.messages('workitems')) === workItems,
  )

export const sameSituations: readonly SameSituation[] = [
  {
    name: 'completed',
    act: async ({ client }, view) => {
      await client.startNew('CallQuick', 'in', 'with-activity')
      await client.startNew('Parent', 'in', 'with-child')
      await client.startNew('Echo', 'in', 'alone')
      for (const id of ['with-activity', 'with-child', 'with-child-child', 'alone']) await status(view, id, 'Completed')
      await settled(view, 0)
    },
  },
  {
    name: 'failed',
    act: async ({ client }, view) => {
      await client.startNew('Fail', 'in', 'failed')
      await status(view, 'failed', 'Failed')
      await settled(view, 0)
    },
  },
  {
    name: 'terminated',
    act: async ({ client }, view) => {
      await client.startNew('WaitEvent', 'in', 'terminated')
      await status(view, 'terminated', 'Running')
      await client.terminate('terminated', 'told to')
      await status(view, 'terminated', 'Terminated')
      await settled(view, 0)
    },
  },
  {
    name: 'suspended',
    act: async ({ client }, view) => {
      await client.startNew('WaitEvent', 'in', 'suspended')
      await status(view, 'suspended', 'Running')
      await client.suspend('suspended', 'told to')
      await status(view, 'suspended', 'Suspended')
      await settled(view, 0)
    },
  },
  {
    name: 'timer',
    act: async ({ client }, view) => {
      await client.startNew('WaitTimer', 'in', 'waiting')
      await status(view, 'waiting', 'Running')
      await settled(view, 1)
    },
  },
  {
    name: 'activity-executing',
    act: async (worker, view) => {
      await worker.client.startNew('CallSlow', 'in', 'waiting')
      await status(view, 'waiting', 'Running')
      await until(
        () => 'the activity executes',
        async () => (await view.messages('workitems')) === 1 && (await view.visible('workitems')) === 0,
      )
      await settled(view, 0, 1)
      await worker.kill()
    },
  },
  {
    name: 'cancelled-timer',
    act: async ({ client }, view) => {
      await client.startNew('CancelTimer', 'in', 'cancelled')
      await status(view, 'cancelled', 'Completed')
      await settled(view, 1)
    },
  },
  {
    name: 'eternal',
    act: async ({ client }, view) => {
      await client.startNew('Eternal', 'in', 'eternal')
      await status(view, 'eternal', 'Running')
      const first = (await view.row('eternal'))?.['ExecutionId']
      await client.raiseEvent('eternal', 'go', 'event')
      await until(
        () => 'the second execution runs',
        async () => (await view.row('eternal'))?.['ExecutionId'] !== first,
      )
      await settled(view, 0)
    },
  },
  {
    name: 'scheduled-start',
    act: async ({ client }, view) => {
      await client.startNew('Echo', 'in', 'later', { scheduledStartTime: inAnHour(new Date()) })
      await settled(view, 1)
    },
  },
  {
    name: 'odd-ids',
    act: async ({ client }, view) => {
      for (const id of ['a/b\\c#d?e^f', "o'clock", 'tab\there']) await client.startNew('WaitEvent', 'in', id)
      for (const key of ['a^0b^1c^2d^3e^^f', "o'clock", 'tab^\u00c9here']) await status(view, key, 'Running')
      await client.startNew('Echo', 'in', 'ended/#1')
      await status(view, 'ended^0^21', 'Completed')
      await settled(view, 0)
    },
  },
  {
    name: 'large-completed',
    act: async ({ client }, view) => {
      await client.startNew('Echo', 'large '.repeat(20_000), 'large')
      await status(view, 'large', 'Completed')
      await settled(view, 0)
    },
  },
  {
    name: 'entity-idle',
    act: async ({ client }, view) => {
      await client.signalEntity('@counter@a', 'add', '1')
      await until(
        () => 'the entity exists',
        async () => (await view.row('@counter@a')) !== undefined,
      )
      await settled(view, 0)
    },
  },
]

export type StartOnly = {
  readonly name: string
  readonly act: (client: DurableClient, view: StorageView) => Promise<void>
}

/** A client's start that no worker takes: the worker is stopped before. */
export const withoutWorker: readonly StartOnly[] = [
  { name: 'pending', act: (client, view) => start(client.startNew('Echo', 'in', 'pending'), view) },
  {
    name: 'large-start',
    act: (client, view) => start(client.startNew('Echo', 'large '.repeat(20_000), 'large'), view),
  },
  { name: 'entity-signalled', act: (client, view) => start(client.signalEntity('@counter@a', 'add', '1'), view) },
]

async function start(started: Promise<unknown>, view: StorageView): Promise<void> {
  await started
  await settled(view, 1)
}

function inAnHour(moment: Date): Date {
  return new Date(moment.getTime() + 3_600_000)
}
