import type { HubName } from '../task-hub/name.ts'

/** Whoever may work on a partition of a hub. `tag` changes with every write, so that nobody came and went between two equal ones. */
export type PartitionMark = { readonly on: string; readonly tag: string; readonly live: boolean }

/**
 * What of a hub is cheap to read and cannot stay as it is while work arrives or is done: a handful of requests, however
 * large the hub is. Queues were counted before the partitions were read.
 */
export type HubMark = {
  /** Of the storage account's clock. */
  readonly at: Date
  /** Control and work-item queues by name. `messages` includes invisible ones. */
  readonly queues: readonly { readonly name: string; readonly messages: number; readonly visible: number }[]
  /** Rows of the Partitions table and blobs of the leases container. */
  readonly partitions: readonly PartitionMark[]
}

/** Whether somebody holds a partition of the hub, or may: a hub with queues whose partitions nobody can find is attended. */
export function isAttended({ queues, partitions }: HubMark): boolean {
  if (queues.length === 0) return false
  return partitions.length === 0 || partitions.some(({ live }) => live)
}

/** Whether nobody held a partition at either moment, nor between them. */
export function stayedUnattended(one: HubMark, other: HubMark): boolean {
  return !isAttended(one) && !isAttended(other) && samePartitions(one, other)
}

/** Whether the queues are the same and hold as many messages, none of them to be seen. */
export function sameQueues(one: HubMark, other: HubMark): boolean {
  if (one.queues.length !== other.queues.length) return false
  return one.queues.every(({ name, messages, visible }, at) => {
    const same = other.queues[at]
    return same?.name === name && same.messages === messages && visible === 0 && same.visible === 0
  })
}

export function areEmpty({ queues }: HubMark): boolean {
  return queues.every(({ messages }) => messages === 0)
}

/** How many messages the queues hold, invisible ones included. */
export function messagesIn({ queues }: HubMark): number {
  return queues.reduce((sum, { messages }) => sum + messages, 0)
}

function samePartitions({ partitions: ones }: HubMark, { partitions: others }: HubMark): boolean {
  if (ones.length !== others.length) return false
  return ones.every(({ on, tag }, at) => others[at]?.on === on && others[at].tag === tag)
}

/** Reads marks of the hubs of one storage account. */
export interface HubMarks {
  /** Throws `AzureFailure`. */
  mark(hub: HubName, signal: AbortSignal): Promise<HubMark>
  /** How many requests were sent to the account so far, for whatever reason. */
  requests(): number
}
