import { production, sameSlot } from '../../core/function-app/picture.ts'
import { hubOf } from '../../core/function-app/slot-hub.ts'
import type { SlotSide } from '../../core/function-app/slot-rules.ts'
import { keepRecord } from '../../core/record/keep.ts'
import type { DeploymentRecord } from '../../core/record/record.ts'
import { recordFoundSwapped, recordSwapped, type RecordedSwap } from '../../core/swap/record.ts'
import type { Deps } from '../deps.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import type { OpenSwap } from './open-swap.ts'

/** Keeps the swap in the deployment record of the account of the hub that the target runs now. */
export async function recordSwap(
  deps: Deps & { readonly lock: LockInHand },
  swap: OpenSwap & { readonly action: 'swap' | 'swapBack' },
  signal: AbortSignal,
): Promise<void> {
  const { source, target } = swap.plan
  const { action } = swap
  const now = action === 'swap' ? source : target
  await keep(deps, swap, { now, change: (record, entry) => recordSwapped(record, { ...entry, action }) }, signal)
}

/** Makes good what a run before this one swapped and did not live to record; with the lock where this task holds it. */
export async function recordFound(
  deps: Deps & { readonly lock?: LockInHand },
  swap: OpenSwap,
  signal: AbortSignal,
): Promise<void> {
  const rest = { action: 'swap', evidence: 'an earlier run swapped' } as const
  const change: Change = (record, entry) => recordFoundSwapped(record, { ...entry, ...rest })
  await keep(deps, swap, { now: swap.plan.target, change }, signal)
}

type Change = (
  record: DeploymentRecord,
  entry: Pick<RecordedSwap, 'hub' | 'intoProduction' | 'at' | 'by'>,
) => DeploymentRecord

async function keep(
  deps: Deps & { readonly lock?: LockInHand },
  { app, plan }: OpenSwap,
  { now, change }: { readonly now: SlotSide; readonly change: Change },
  signal: AbortSignal,
): Promise<void> {
  const hub = hubOf(now.hub)
  if (!hub || now.hub.storage.kind !== 'known') {
    deps.log.warn('The swap is not in the deployment record, because the storage account cannot be told.')
    return
  }
  const entry = {
    hub,
    intoProduction: sameSlot(plan.target.slot.name, production),
    at: deps.clock.now().toISOString(),
    by: deps.run,
  }
  const storage = now.hub.storage.reference
  const place = { store: deps.azure.records(storage), account: storage.account.name, app: app.address.name }
  await keepRecord(deps, place, (record) => change(record, entry), signal)
}
