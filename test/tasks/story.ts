// What every story of a task is run with: Azure in memory, time that only sleeping moves, and a log that is kept.
import assert from 'node:assert/strict'
import { AzureFailure, Cancelled } from '../../core/failures.ts'
import type { Clock } from '../../core/ports.ts'
import type { Report } from '../../core/report/report.ts'
import type { Deps } from '../../tasks/deps.ts'
import type { LockWanted } from '../../tasks/lock/wanted.ts'
import type { WantedApp } from '../../tasks/wanted-app.ts'
import type { FakeAzure } from '../support/fake-azure.ts'
import { FakeClock, FakeLog } from '../support/fake-clock.ts'

export const run = { id: 'build 101', run: '101', project: 'shop', link: 'https://dev.example.net/101' }

export const shop: WantedApp = {
  azureSubscription: 'shop-connection',
  appName: 'shop',
  resourceGroupName: 'shop-rg',
  taskHubSetting: 'TaskHubName',
  storageSetting: 'AzureWebJobsStorage',
}

/** For stories that are not about the lock. */
export const withoutLock: LockWanted = { take: false, keep: false, forMs: 7_200_000, waitMs: 0 }

export function story(azure: FakeAzure) {
  const clock = new FakeClock()
  const log = new FakeLog()
  const abort = new AbortController()
  // A pause is a call too: a run can be cancelled in it.
  const pausing: Clock = {
    now: () => clock.now(),
    sleep: async (ms, signal) => {
      await clock.sleep(ms, signal)
      await azure.calls.read('sleep', signal, () => undefined)
    },
  }
  let ids = 0
  const deps: Deps = {
    azure,
    clock: pausing,
    log,
    run,
    newId: () => `task ${++ids}`,
    atLast: async (_, work) => await work(new AbortController().signal),
  }
  return { azure, clock, log, abort, deps, signal: abort.signal }
}

export type Story = (deps: Deps, signal: AbortSignal) => Promise<Report>

export type Cancellation = { readonly during: string; readonly message: string; readonly mutations: readonly string[] }

/** Runs the story as often as it waits for something, each time cancelled in another of its waits, but for calls of `but`. */
export async function cancelledAtEach(
  open: () => FakeAzure,
  act: Story,
  but?: string,
): Promise<readonly Cancellation[]> {
  const whole = story(open())
  await act(whole.deps, whole.signal)
  const ends: Cancellation[] = []
  for (let at = 1; at <= whole.azure.calls.made.length; at++) {
    if (whole.azure.calls.made[at - 1] === but) continue
    const { azure, abort, deps, signal } = story(open())
    azure.calls.onEach((count) => {
      if (count === at) abort.abort()
    })
    const error: unknown = await act(deps, signal).then(
      () => assert.fail(`The cancel during '${whole.azure.calls.made[at - 1]}' was not noticed.`),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof Cancelled, String(error))
    ends.push({ during: azure.calls.made.at(-1) ?? '', message: error.message, mutations: azure.mutations })
  }
  return ends
}

/** A change whose reply never came. */
export function lostReply(): AzureFailure {
  return new AzureFailure('Could not do it: the connection was reset.', {
    operation: 'do it',
    kind: 'network',
    mayHaveHappened: true,
  })
}

export function denied(): AzureFailure {
  return new AzureFailure('Could not do it: a role is missing.', { operation: 'do it', kind: 'denied', status: 403 })
}
