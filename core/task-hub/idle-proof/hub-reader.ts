import type { HistoryRow } from '../rows/history.ts'
import type { InstanceRow } from '../rows/instance.ts'
import type { SeenMessage } from '../rows/message.ts'
import type { ScanWatch } from './scan-watch.ts'

/**
 * What a look reads of one hub. Nothing here creates anything. Every method throws `AzureFailure` where storage cannot be
 * read or the answer is not understood.
 */
export interface HubReader {
  readonly instances: InstanceReader
  readonly history: HistoryReader
  readonly queues: QueueReader
  /** The storage server's time, by its newest answer. Throws before the first one. */
  now(): Date
  /** Undefined where nothing in storage tells. */
  partitionCount(signal: AbortSignal): Promise<number | undefined>
  /** Whether any part of the hub, of whatever kind, is there. */
  isThere(signal: AbortSignal): Promise<boolean>
  /** How many requests were sent so far. */
  requests(): number
}

export interface InstanceReader {
  /** True: the table holds rows of other hubs too, and only those whose TaskHubName is the hub's are its own. */
  readonly shared: boolean
  /**
   * Every row that has not ended by its RuntimeStatus, and every row written at or after `since` whatever its status:
   * each once, in batches, in no order. Rows of other hubs included. Throws `notFound` where there is no table.
   */
  scan(since: Date, watch: ScanWatch, signal: AbortSignal): AsyncIterable<readonly InstanceRow[]>
  /** Undefined where the row, or the table, is not there. */
  row(key: string, signal: AbortSignal): Promise<InstanceRow | undefined>
  /**
   * Some instances of that name that completed, with when they did: what two pages show, so about 1,000 at most. Rows of
   * other hubs included; none where there is no table. For an estimate only: no verdict rests on it.
   */
  completed(name: string, signal: AbortSignal): Promise<readonly InstanceRow[]>
}

export interface HistoryReader {
  /** The events of one instance that prove its end or tell of its timers; none where there is no History. */
  endAndTimers(key: string, signal: AbortSignal): Promise<readonly HistoryRow[]>
  /**
   * The sentinel, and the events that say what one instance has asked for and got: none where there is no History,
   * undefined where it is too long to be read in five pages. For telling people only: no verdict rests on it.
   */
  outstanding(key: string, signal: AbortSignal): Promise<readonly HistoryRow[] | undefined>
  /** Keys of instances with a timer that is due after `moment`, in batches, with repeats. None where there is no table. */
  withTimersAfter(moment: Date, signal: AbortSignal): AsyncIterable<readonly string[]>
}

export interface QueueReader {
  /** The hub's control queues and its work-item queue. */
  names(signal: AbortSignal): Promise<readonly string[]>
  /** A queue that vanished meanwhile is left out; what History explains is not yet in it. */
  look(names: readonly string[], signal: AbortSignal): Promise<readonly QueueLook[]>
}

/** One queue of the hub at one moment. */
export type QueueLook = {
  readonly name: string
  readonly kind: 'control' | 'workItems'
  /** Invisible ones included. */
  readonly messages: number
  /** How many a peek showed; 0 where `messages` is 0. */
  readonly visible: number
  /** Timers that ended instances left in this very queue, or that ignored ones wait for, by History. */
  readonly leftoverTimers: number
  /** What the peek showed, at most 32 messages. For people: no verdict rests on it. */
  readonly seen?: readonly SeenMessage[]
}
