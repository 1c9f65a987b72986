import type { DeploymentRecord, RunIdentity } from '../record/record.ts'
import { withAudit, withHub } from '../record/record.ts'
import type { Hub } from '../task-hub/hub.ts'

export type Deletion = { readonly hub: Hub; readonly at: string; readonly by: RunIdentity; readonly evidence: string }

export function recordDeleted(record: DeploymentRecord, { hub, at, by, evidence }: Deletion): DeploymentRecord {
  const changed = withHub(record, hub, (entry) => ({ ...entry, retiredAt: entry.retiredAt ?? at, deletedAt: at }))
  return withAudit(changed, { at, by, action: 'delete', taskHub: hub.name, evidence })
}
