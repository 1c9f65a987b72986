import { production, sameSlot } from '../../core/function-app/picture.ts'
import { hubOf } from '../../core/function-app/slot-hub.ts'
import { keepRecord } from '../../core/record/keep.ts'
import type { SlotSide } from '../../core/function-app/slot-rules.ts'
import { recordSwapped } from '../../core/swap/record.ts'
import type { Deps, OpenApp } from '../look-at-app.ts'

/** Keeps the swap in the deployment record of the account of the hub that the target runs now. */
export async function recordSwap(
  deps: Deps,
  swap: {
    readonly app: OpenApp
    readonly plan: { readonly source: SlotSide; readonly target: SlotSide }
    readonly action: 'swap' | 'swapBack'
  },
  signal: AbortSignal,
): Promise<void> {
  const { source, target } = swap.plan
  const now = swap.action === 'swap' ? source.hub : target.hub
  const hub = hubOf(now)
  if (!hub || now.storage.kind !== 'known') {
    deps.log.warn('The swap is not in the deployment record, because the storage account cannot be told.')
    return
  }
  const entry = {
    hub,
    action: swap.action,
    intoProduction: sameSlot(target.slot.name, production),
    at: deps.clock.now().toISOString(),
    by: deps.run,
  }
  const store = deps.azure.records(now.storage.reference)
  await keepRecord({ store, log: deps.log }, swap.app.address.name, (record) => recordSwapped(record, entry), signal)
}
