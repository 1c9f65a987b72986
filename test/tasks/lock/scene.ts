// The three tasks that change something, run with the deployment lock, in Azure in memory.
import assert from 'node:assert/strict'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { production } from '../../../core/function-app/picture.ts'
import { referenceFromConnectionString } from '../../../core/function-app/storage-reference.ts'
import type { DeploymentRecord, RunIdentity } from '../../../core/record/record.ts'
import { emptyRecord } from '../../../core/record/record.ts'
import { strictPolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import { cleanupTaskHub } from '../../../tasks/CleanupTaskHub/run.ts'
import type { CleanupWanted } from '../../../tasks/CleanupTaskHub/wanted.ts'
import { rotateTaskHub } from '../../../tasks/RotateTaskHub/run.ts'
import type { RotateWanted } from '../../../tasks/RotateTaskHub/wanted.ts'
import type { LockWanted } from '../../../tasks/lock/wanted.ts'
import { slotSwap } from '../../../tasks/SlotSwap/run.ts'
import type { SlotSwapWanted } from '../../../tasks/SlotSwap/wanted.ts'
import { app, connectionTo } from '../../support/app.ts'
import { FakeAzure, hubNamed } from '../../support/fake-azure.ts'
import { run, shop, story } from '../story.ts'

export const rival: RunIdentity = { id: 'build 102', run: '102', project: 'shop', link: 'https://dev.example.net/102' }
export const hour = 3_600_000

const lock: LockWanted = { take: true, keep: false, forMs: 2 * hour, waitMs: 0 }

export const rotateWanted: RotateWanted = {
  ...shop,
  slotName: 'staging' as SlotName,
  taskHub: hubNamed('shop101'),
  requireIdle: true,
  evidence: 'storage',
  lock: { ...lock, keep: true },
  dryRun: false,
}

export const swapWanted: SlotSwapWanted = {
  ...shop,
  sourceSlot: 'staging' as SlotName,
  targetSlot: production,
  taskHub: { name: hubNamed('shop99') },
  preserveVnet: false,
  requireIdle: 'none',
  evidence: 'storage',
  healthCheckTimeoutMs: 9_000,
  observeMs: 0,
  settleMs: 30_000,
  rollbackOnFailure: true,
  timeoutMs: 600_000,
  lock,
  dryRun: false,
}

export const cleanupWanted: CleanupWanted = {
  ...shop,
  slotName: 'staging' as SlotName,
  taskHubs: [{ name: hubNamed('shop7') }, { name: hubNamed('shop8') }],
  keepLast: 0,
  minimumAgeMs: 0,
  policy: strictPolicy,
  lock,
  dryRun: false,
}

/** A record whose lock somebody holds; `kept` where a task of that run has ended and left it to the next. */
export function heldBy(
  holder: RunIdentity,
  twist: {
    readonly until?: string
    readonly kept?: true
    readonly changing?: { readonly what: string; readonly at: string }
  } = {},
): DeploymentRecord {
  const until = '2026-11-21T11:00:00.000Z'
  const since = '2026-11-21T09:00:00.000Z'
  return { ...emptyRecord('shop'), generation: 7, lock: { holder, claim: 'former', since, until, ...twist } }
}

/** A run of tasks, by default the one named `run`, in an Azure that other runs may act in too. */
export function open(azure = new FakeAzure(app()).hub('shop7').hub('shop8'), by: RunIdentity = run) {
  const opened = story(azure)
  const deps = { ...opened.deps, run: by }
  const reference = referenceFromConnectionString(connectionTo('shopdata'))
  assert.equal(reference.kind, 'connectionString')
  const store = azure.records(reference)
  store.now = () => opened.clock.now()
  const readHostJson = () => Promise.resolve('{}')
  return {
    ...opened,
    deps,
    store,
    lockNow: () => azure.record()?.lock,
    rotate: async (twist: Partial<RotateWanted> = {}) =>
      await rotateTaskHub({ ...rotateWanted, ...twist }, { ...deps, readHostJson }, opened.signal),
    swap: async (twist: Partial<SlotSwapWanted> = {}) =>
      await slotSwap({ ...swapWanted, ...twist }, deps, opened.signal),
    cleanUp: async (twist: Partial<CleanupWanted> = {}) =>
      await cleanupTaskHub({ ...cleanupWanted, ...twist }, deps, opened.signal),
  }
}

export function messageOf(error: unknown): string {
  assert.ok(error instanceof Error)
  return error.message
}

/** The message that an act ends with, whether it fails or reports a failure. */
export async function failureOf(act: Promise<{ readonly result: string; readonly message: string }>): Promise<string> {
  const ended = await act.catch(messageOf)
  if (typeof ended === 'string') return ended
  assert.equal(ended.result, 'failed', ended.message)
  return ended.message
}
