import type { DeploymentRecord, RunIdentity } from '../record/record.ts'
import { findRecorded, withAudit, withHub, withoutRetirement } from '../record/record.ts'
import type { Hub } from '../task-hub/hub.ts'

export type RecordedSwap = {
  /** The hub that runs in the target now. */
  readonly hub: Hub
  readonly action: 'swap' | 'swapBack'
  /** False where neither slot of the swap is production. */
  readonly intoProduction: boolean
  readonly at: string
  readonly by: RunIdentity
  /** Not set: this run swapped, and read the slots afterwards. */
  readonly evidence?: string
}

/** The hub serves now and has not retired; the one it took the place of drains in the source and has not retired either. */
export function recordSwapped(record: DeploymentRecord, swap: RecordedSwap): DeploymentRecord {
  const changed = withHub(record, swap.hub, (entry) => ({
    ...withoutRetirement(entry),
    ...(swap.intoProduction ? { productionSince: swap.at } : {}),
  }))
  return withAudit(changed, {
    at: swap.at,
    by: swap.by,
    action: swap.action,
    taskHub: swap.hub.name,
    evidence: swap.evidence ?? 'the slots were read after the swap',
  })
}

/** A hub that a run rotated in, and that the target was found to run: the run that swapped died before it said so. */
export function recordFoundSwapped(record: DeploymentRecord, swap: RecordedSwap): DeploymentRecord {
  const known = findRecorded(record, swap.hub)
  return known && known.productionSince === undefined && swap.intoProduction ? recordSwapped(record, swap) : record
}
