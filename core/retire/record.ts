import type { DeploymentRecord, RunIdentity } from '../record/record.ts'
import { findRecorded, withAudit, withHub } from '../record/record.ts'
import type { Hub } from '../task-hub/hub.ts'

type Deletion = { readonly hub: Hub; readonly at: string; readonly by: RunIdentity; readonly evidence: string }

export function recordDeleted(record: DeploymentRecord, { hub, at, by, evidence }: Deletion): DeploymentRecord {
  const changed = withHub(record, hub, (entry) => ({ ...entry, retiredAt: entry.retiredAt ?? at, deletedAt: at }))
  return withAudit(changed, { at, by, action: 'delete', taskHub: hub.name, evidence })
}

/** A hub that the record still counts as retired was deleted by a run that died, or by hand. Others are not entered. */
export function recordAbsent(record: DeploymentRecord, { hub, at }: Pick<Deletion, 'hub' | 'at'>): DeploymentRecord {
  const known = findRecorded(record, hub)
  if (known?.retiredAt === undefined || known.deletedAt !== undefined) return record
  return withHub(record, hub, (entry) => ({ ...entry, deletedAt: at }))
}
