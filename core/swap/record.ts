import type { DeploymentRecord, RunIdentity } from '../record/record.ts'
import { withAudit, withHub, withoutRetirement } from '../record/record.ts'
import type { Hub } from '../task-hub/hub.ts'

export type RecordedSwap = {
  /** The hub that runs in the target now. */
  readonly hub: Hub
  readonly action: 'swap' | 'swapBack'
  /** False where neither slot of the swap is production. */
  readonly intoProduction: boolean
  readonly at: string
  readonly by: RunIdentity
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
    evidence: 'the slots were read after the swap',
  })
}
