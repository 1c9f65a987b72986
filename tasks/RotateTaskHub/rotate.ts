import { Cancelled } from '../../core/failures.ts'
import { hubOf } from '../../core/function-app/slot-hub.ts'
import { keepRecord } from '../../core/record/keep.ts'
import type { RotatePlan } from '../../core/rotate/plan.ts'
import { recordRotated, recordRotating } from '../../core/rotate/record.ts'
import type { Evidence } from '../../core/task-hub/idle-proof/evidence.ts'
import { strictPolicy } from '../../core/task-hub/idle-proof/policy.ts'
import type { Deps } from '../deps.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import type { OpenApp } from '../look-at-app.ts'
import { ownHubOf, throughApp, throughStorage } from '../look-at-hub.ts'
import { requireIdleNow } from '../require-idle.ts'
import type { RotateWanted } from './wanted.ts'
import { writeHubSetting } from './write.ts'

type Rotation = Extract<RotatePlan, { kind: 'rotate' }>

/** Proves that the hub the slot has is idle; undefined where it has none. Throws `Refusal` where it is not, and `AzureFailure`. */
export async function proveIdle(
  wanted: RotateWanted,
  deps: Deps,
  { app, plan }: { readonly app: OpenApp; readonly plan: Rotation },
  signal: AbortSignal,
): Promise<Evidence | undefined> {
  if (plan.from.name.kind !== 'set') return undefined
  const question = { app: app.address, slot: plan.slot, hub: ownHubOf(plan.from), policy: strictPolicy }
  return await requireIdleNow(
    deps,
    {
      look: wanted.evidence === 'storage' ? throughStorage(deps.azure, question) : throughApp(deps.azure, question),
      where: `slot '${plan.slot.name}'`,
      remedy:
        'Nothing was changed. Run CheckNoRunningOrchestrations before this task; it waits until the work is done.',
    },
    signal,
  )
}

/**
 * Gives the slot its hub: the record first, so that a run that dies here still knows the previous hub; then the setting; then
 * the record again. Throws `Refusal`, `AzureFailure`, and `Cancelled` that says what was done by then.
 */
export async function rotate(
  wanted: RotateWanted,
  deps: Deps & { readonly lock: LockInHand },
  { app, plan, evidence }: { readonly app: OpenApp; readonly plan: Rotation; readonly evidence: Evidence | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { from } = plan
  const previous = hubOf(from)
  const rotation = {
    at: deps.clock.now().toISOString(),
    by: deps.run,
    evidence: evidence ? `${evidence.source}: ${evidence.because}` : 'none required',
    ...(previous ? { previous } : {}),
  }
  const storage = from.storage.kind === 'known' ? from.storage.reference : undefined
  const place = storage && {
    store: deps.azure.records(storage),
    account: storage.account.name,
    app: app.address.name,
  }
  const hub = storage && { account: storage.account, name: wanted.taskHub }
  if (!place) deps.log.warn('No deployment record is kept, because the storage account cannot be told.')

  if (place && hub) {
    await keepRecord(deps, place, (record) => recordRotating(record, { ...rotation, hub }), signal)
  }
  const change = { slot: plan.slot.name, from, to: wanted.taskHub, fence: deps.lock.fence, settled: deps.lock.settled }
  await writeHubSetting(deps, app, change, signal)
  if (!place || !hub) return
  try {
    await keepRecord(deps, place, (record) => recordRotated(record, { ...rotation, hub }), signal)
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    throw new Cancelled(
      `Cancelled after slot '${plan.slot.name}' was given task hub '${wanted.taskHub}'. Run the task again with the same inputs: ` +
        'it announces the hub and enters in the deployment record what is missing there.',
    )
  }
}
