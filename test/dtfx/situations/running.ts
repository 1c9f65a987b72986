// Hubs where orchestrations are under way, by what they wait for.
import type { Situation } from './situation.ts'
import { laterLines } from './situation.ts'

export const running: readonly Situation[] = [
  {
    name: 'external-event',
    what: 'an orchestration that waits for an external event',
    expected: { verdict: 'busy', counts: { running: 1 }, ids: ['waiting'], waits: { WaitEvent: 'external event' } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('WaitEvent', { id: 'waiting' })
      await stage.status('waiting', 'Running')
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
  {
    name: 'timer',
    what: 'an orchestration that waits for a timer',
    expected: {
      verdict: 'busy',
      counts: { running: 1, queuedMessages: 1 },
      queued: { hidden: 1 },
      waits: { WaitTimer: 'timer until' },
    },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('WaitTimer', { id: 'waiting' })
      await stage.status('waiting', 'Running')
      await stage.messages(1)
      await stage.stopWorker()
    },
  },
  {
    name: 'suspended',
    what: 'a suspended orchestration',
    lines: laterLines,
    expected: { verdict: 'busy', counts: { suspended: 1 }, waits: { WaitEvent: 'to be resumed' } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('WaitEvent', { id: 'suspended' })
      await stage.status('suspended', 'Running')
      await stage.suspend('suspended')
      await stage.status('suspended', 'Suspended')
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
  {
    name: 'activity-queued',
    what: 'an activity that is queued and no worker',
    expected: {
      verdict: 'busy',
      counts: { running: 1, queuedMessages: 1 },
      queued: { activities: 1 },
      waits: { CallQuick: "activity 'Quick'" },
    },
    act: async (stage) => {
      stage.starveActivities()
      await stage.startWorker()
      await stage.create('CallQuick', { id: 'waiting' })
      await stage.status('waiting', 'Running')
      await stage.messages(0, 1)
      await stage.stopWorker()
    },
  },
  {
    name: 'activity-executing',
    what: 'an activity that was executing when its worker died',
    worker: 'dies',
    expected: {
      verdict: 'busy',
      counts: { running: 1, queuedMessages: 1 },
      queued: { activities: 1 },
      waits: { CallSlow: "activity 'Slow'" },
    },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('CallSlow', { id: 'waiting' })
      await stage.status('waiting', 'Running')
      await stage.messages(0, 1)
      await stage.invisible('workitems')
      await stage.crash()
    },
  },
  {
    name: 'activity-outlives',
    what: 'an activity that is executing although its orchestration was terminated',
    worker: 'dies',
    expected: { verdict: 'busy', counts: { queuedMessages: 1 }, queued: { activities: 1 } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('CallSlow', { id: 'ended' })
      await stage.status('ended', 'Running')
      await stage.messages(0, 1)
      await stage.terminate('ended')
      await stage.status('ended', 'Terminated')
      await stage.messages(0, 1)
      await stage.invisible('workitems')
      await stage.crash()
    },
  },
  {
    name: 'activity-not-awaited',
    what: 'an orchestration whose code has returned while an activity of its own is executing',
    worker: 'dies',
    // The framework does not complete an orchestration that has open tasks.
    expected: {
      verdict: 'busy',
      counts: { running: 1, queuedMessages: 1 },
      queued: { activities: 1 },
      waits: { LeaveSlowBehind: "activity 'Slow'" },
    },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('LeaveSlowBehind', { id: 'returned' })
      await stage.status('returned', 'Running')
      await stage.messages(0, 1)
      await stage.invisible('workitems')
      await stage.crash()
    },
  },
  {
    name: 'eternal',
    what: 'an eternal orchestration in its second execution',
    expected: { verdict: 'busy', counts: { running: 1 }, continued: 1 },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('Eternal', { id: 'eternal', input: 'in' })
      await stage.status('eternal', 'Running')
      const first = (await stage.view.row('eternal'))?.['ExecutionId']
      await stage.raise('eternal', 'go')
      const started = (row: Readonly<Record<string, unknown>>) =>
        row['ExecutionId'] !== first && row['RuntimeStatus'] === 'Running'
      await stage.rowWhere('eternal', 'runs its second execution', started)
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
  {
    name: 'versions',
    what: 'orchestrations of several versions',
    expected: { verdict: 'busy', counts: { running: 4 }, versions: { '': 1, '1.0': 2, '2.0': 1 } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('WaitEvent', { id: 'unversioned' })
      await stage.create('WaitEvent', { id: 'one', version: '1.0' })
      await stage.create('WaitEvent', { id: 'other', version: '1.0' })
      await stage.create('WaitEvent', { id: 'two', version: '2.0' })
      for (const id of ['unversioned', 'one', 'other', 'two']) await stage.status(id, 'Running')
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
  {
    name: 'odd-ids',
    what: 'instance ids that a key cannot hold as they are',
    lines: laterLines,
    expected: { verdict: 'busy', counts: { running: 3 }, ids: ['a/b\\c#d?e^f', "o'clock"] },
    act: async (stage) => {
      await stage.startWorker()
      const keys = new Map([
        ['a/b\\c#d?e^f', 'a^0b^1c^2d^3e^^f'],
        ["o'clock", "o'clock"],
        ['tab\there', 'tab^\u00c9here'],
      ])
      for (const [id, key] of keys) {
        await stage.create('WaitEvent', { id })
        await stage.status(key, 'Running')
      }
      await stage.create('Echo', { id: 'ended/#1' })
      await stage.status('ended^0^21', 'Completed')
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
  {
    name: 'without-status',
    what: 'a row without a status, which a purge under a running orchestration leaves',
    expected: { verdict: 'busy', counts: { unclear: 1 } },
    act: async (stage) => {
      await stage.startWorker()
      await stage.create('WaitEvent', { id: 'purged' })
      await stage.status('purged', 'Running')
      await stage.messages(0)
      // A checkpoint writes History first; the purge comes before it has written the row.
      const held = stage.holdNextInstanceWrite()
      await stage.raise('purged', 'other')
      await held.arrived
      await stage.purge('purged')
      await held.letGo()
      await stage.rowWhere('purged', 'has no status', (row) => row['RuntimeStatus'] === undefined)
      await stage.messages(0)
      await stage.stopWorker()
    },
  },
]
