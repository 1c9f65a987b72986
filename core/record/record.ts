import type { Hub } from '../task-hub/hub.ts'
import { sameHub } from '../task-hub/hub.ts'

/** Who acts, for the lock and the audit trail. Empty texts where the agent did not tell. */
export type RunIdentity = {
  /** Tells runs apart: all attempts, jobs and stages of one run have one; not set where the agent tells none. */
  readonly id?: string
  readonly run: string
  readonly project: string
  readonly link: string
}

/** A hub's life. A time that is not set has not come yet, or was before the record began. */
export type RecordedHub = {
  readonly hub: Hub
  /** The run that gave it to a slot. */
  readonly build?: string
  readonly bornAt?: string
  /** The hub that the slot had before; what RotateTaskHub announces when it is run again. */
  readonly previous?: Hub
  readonly productionSince?: string
  /** Since when its slot has another hub, so that nothing new can start on it. */
  readonly retiredAt?: string
  readonly deletedAt?: string
}

/** Who may change the app now. All times are of the storage account's clock. */
export type DeploymentLock = {
  readonly holder: RunIdentity
  /** Of the one task that took it: it knows its own lock by it where a reply was lost. */
  readonly claim: string
  readonly since: string
  readonly until: string
  /** A task of the run ended and left it to the run's next one. Not set: its task is at work, or died at it. */
  readonly kept?: true
  /** A change that was announced and whose end was not entered: it may have happened, or be under way. */
  readonly changing?: { readonly what: string; readonly at: string }
}

/** What the audit trail tells of. */
export const actions = ['rotate', 'swap', 'swapBack', 'delete', 'takeOver', 'release'] as const

export type AuditEntry = {
  readonly at: string
  readonly by: RunIdentity
  /** `takeOver` and `release`: what somebody did to another run's lock, with the reason as evidence. */
  readonly action: (typeof actions)[number]
  /** Not set where the lock was acted on. */
  readonly taskHub?: string
  readonly evidence: string
}

/**
 * What the tasks remember of an app. The lock decides who may act, and the times of a hub order hubs for `keepLast` and
 * make one younger than its storage shows, never older. That a hub may be deleted is proven from Azure itself.
 */
export type DeploymentRecord = {
  readonly schema: 1
  readonly app: string
  /** Counts how often the lock was taken: a task that took it before the present count has lost it. */
  readonly generation?: number
  readonly lock?: DeploymentLock
  readonly hubs: readonly RecordedHub[]
  /** Newest last; the oldest are dropped beyond `auditLength`. */
  readonly audit: readonly AuditEntry[]
}

const auditLength = 200

/** As the first task of an app begins it. */
export function emptyRecord(app: string): DeploymentRecord {
  return { schema: 1, app, hubs: [], audit: [] }
}

/** What is remembered of a hub; undefined where it never was entered, or was dropped since. */
export function findRecorded(record: DeploymentRecord, hub: Hub): RecordedHub | undefined {
  return record.hubs.find((each) => sameHub(each.hub, hub))
}

/** Hubs that a slot has left and that were not deleted, newest first. */
export function retiredHubs(record: DeploymentRecord): readonly RecordedHub[] {
  return record.hubs
    .filter((each) => each.retiredAt !== undefined && each.deletedAt === undefined)
    .toSorted((left, right) => (right.retiredAt ?? '').localeCompare(left.retiredAt ?? ''))
}

/** Changes one hub's entry, or begins one. */
export function withHub(
  record: DeploymentRecord,
  hub: Hub,
  change: (entry: RecordedHub) => RecordedHub,
): DeploymentRecord {
  const known = findRecorded(record, hub)
  const changed = change(known ?? { hub })
  const hubs = known ? record.hubs.map((each) => (each === known ? changed : each)) : [...record.hubs, changed]
  return { ...record, hubs }
}

/** Adds to the audit trail and drops the oldest entries beyond 200. */
export function withAudit(record: DeploymentRecord, entry: AuditEntry): DeploymentRecord {
  return { ...record, audit: [...record.audit, entry].slice(-auditLength) }
}

/** A hub that is given to a slot again has not retired, and is there though it was deleted before. */
export function withoutRetirement(entry: RecordedHub): RecordedHub {
  const { retiredAt, deletedAt, ...rest } = entry
  return rest
}
