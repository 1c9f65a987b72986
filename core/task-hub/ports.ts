import type { Ask, Evidence } from './idle-proof/evidence.ts'
import type { IdlePolicy } from './idle-proof/policy.ts'
import type { StorageAccount } from './hub.ts'
import type { HubName } from './name.ts'

/** One resource of a hub. */
export type HubPart =
  | { readonly kind: 'queue' | 'table' | 'container'; readonly name: string }
  /** The hub's own rows in a tracking store that other hubs share; `table` is never deleted. */
  | { readonly kind: 'rows'; readonly table: string; readonly column: 'TaskHubName' }

export type HubParts = {
  /** Exactly the parts of this hub, in the order in which they are to be deleted; empty = the hub does not exist. */
  readonly parts: readonly HubPart[]
  /** True where an Instances or History table has a row, a queue a message, or a container a payload. */
  readonly holdsData: boolean
  /** Why the hub cannot be told apart or taken apart safely, such as rows without TaskHubName in a shared store. */
  readonly obstacle?: string
}

/** A worker that still holds a partition, or the app lease, of a hub. */
export type LiveLease = { readonly on: string; readonly owner: string; readonly until?: Date }

export type DeleteResult = 'deleted' | 'absent' | 'beingDeleted'

/** `at` = when it was read, by the clock of the storage account: the one clock that all runs share. */
export type StoredText = { readonly text: string; readonly etag: string; readonly at: Date }

/** Which instances of a hub are asked for. Entities are none of them. */
export type InstancesWanted = {
  readonly state: 'any' | 'ended' | 'unfinished'
  /** By CreatedTime; not set: the unfinished ones that have none too. */
  readonly from?: Date
  /** Not included. */
  readonly before?: Date
  /** Not set: whatever they are called. */
  readonly names?: readonly string[]
  /** No more than these are read, in no order: the table knows none of time. */
  readonly most: number
  readonly withinMs: number
}

export type SeenInstance = {
  readonly name: string
  /** RuntimeStatus as stored; empty where the column is missing. */
  readonly status: string
  /** When it was created, or the time to which its start was put off. */
  readonly beganAt?: Date
  /** Of ended ones only. */
  readonly endedAt?: Date
  /** Set where the id is the one that a sub-orchestration has by default. */
  readonly isSubOrchestration?: true
}

/** `at` = when they were read, by the storage account's clock; `areAll` false: there were more than were to be read. */
export type InstancesSeen = {
  readonly instances: readonly SeenInstance[]
  readonly areAll: boolean
  readonly at: Date
}

/** Which instances that were begun from outside are asked for: no sub-orchestration, no entity, none that continued as new. */
export type RootsWanted = {
  /** By CreatedTime; not set: none, only whether the hub is there and what time it is. */
  readonly after?: Date
  /** More new instances than these are not looked at. */
  readonly most: number
  readonly withinMs: number
}

/** `exists` false: the hub has no Instances table; `at` and `areAll` as in `InstancesSeen`. */
export type RootsSeen = {
  readonly exists: boolean
  readonly roots: readonly { readonly id: string; readonly name: string }[]
  readonly areAll: boolean
  readonly at: Date
}

/**
 * The task hubs of one storage account. Nothing here ever creates a hub. Every method throws `AzureFailure` where storage
 * cannot be read or the answer is not understood, except `look`, whose verdict is then `unknown`.
 */
export interface TaskHubs {
  readonly account: StorageAccount
  look(hub: HubName, policy: IdlePolicy, signal: AbortSignal, ask?: Ask): Promise<Evidence>
  parts(hub: HubName, signal: AbortSignal): Promise<HubParts>
  liveLeases(hub: HubName, signal: AbortSignal): Promise<readonly LiveLease[]>
  /** Newest LastUpdatedTime of an instance, LastRenewal of a partition or CreatedAt of `taskhub.json`; never a Timestamp. */
  lastActivity(hub: HubName, signal: AbortSignal): Promise<Date | undefined>
  /** None where the hub has no table. Throws `AzureFailure` of kind `timeout` where it takes longer than it may. */
  instances(hub: HubName, wanted: InstancesWanted, signal: AbortSignal): Promise<InstancesSeen>
  /** Throws `AzureFailure` of kind `timeout` where it takes longer than it may. */
  roots(hub: HubName, wanted: RootsWanted, signal: AbortSignal): Promise<RootsSeen>
  deletePart(hub: HubName, part: HubPart, signal: AbortSignal): Promise<DeleteResult>
}

/** The deployment record of an app: a blob `<app>.json` in container `durable-safe-deployment` of the hub's account. */
export interface RecordStore {
  /** Undefined = there is no record. */
  read(app: string, signal: AbortSignal): Promise<StoredText | undefined>
  /** `etag` undefined = only if there is none yet. Answers `conflict` where the record has moved on. */
  write(app: string, text: string, etag: string | undefined, signal: AbortSignal): Promise<'written' | 'conflict'>
}
