import type { DeploymentRecord, RunIdentity } from '../record/record.ts'
import { withAudit, withHub, withoutRetirement } from '../record/record.ts'
import type { Hub } from '../task-hub/hub.ts'

export type Rotation = {
  readonly hub: Hub
  /** Not set where the slot had none. */
  readonly previous?: Hub
  readonly at: string
  readonly by: RunIdentity
  readonly evidence: string
}

/**
 * Written before the slot's setting, so that a run that dies in between, or is repeated, still knows which hub the slot
 * had. The previous hub retires only once the slot was seen to have left it.
 */
export function recordRotating(record: DeploymentRecord, { hub, previous, at, by }: Rotation): DeploymentRecord {
  return withHub(record, hub, (entry) => ({
    ...withoutRetirement(entry),
    build: entry.build ?? by.run,
    bornAt: entry.bornAt ?? at,
    ...(previous ? { previous } : {}),
  }))
}

/** Written after the slot was read back: the previous hub has retired. */
export function recordRotated(record: DeploymentRecord, rotation: Rotation): DeploymentRecord {
  const { previous, at, by, hub, evidence } = rotation
  const born = recordRotating(record, rotation)
  const retired = previous ? withHub(born, previous, (entry) => ({ ...entry, retiredAt: entry.retiredAt ?? at })) : born
  return withAudit(retired, { at, by, action: 'rotate', taskHub: hub.name, evidence })
}
