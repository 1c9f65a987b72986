import type { Account, AccountMemory } from '../account/account.ts'
import type { ChangeMark } from './changes.ts'
import type { AskedHub, Hub } from '../hub.ts'
import type { InstanceRow } from '../rows/instance.ts'
import type { InFlight } from './in-flight.ts'
import type { IdlePolicy } from './policy.ts'
import type { Queued } from './queued.ts'
import type { ScanWatch } from './scan-watch.ts'

/** Only `idle` opens a gate. What was not understood is `unknown`. */
export type Verdict = 'idle' | 'busy' | 'unknown'

export type EvidenceSource = 'storage' | 'managementApi' | 'statusEndpoint' | 'stateService'

/** Counts of one look at a hub. Instances that were ignored on purpose are in `ignored` and nowhere else. */
export type Counts = {
  readonly running: number
  readonly pending: number
  readonly suspended: number
  /** Rows without a RuntimeStatus or with one we do not know; in flight. */
  readonly unclear: number
  readonly busyEntities: number
  readonly idleEntities: number
  /** Messages in control and work-item queues, invisible ones included. */
  readonly queuedMessages: number
  /** Of these, what History explains as timers of instances that have ended or are ignored. */
  readonly leftoverTimers: number
  /** Rows that are not terminal although History proves that the instance ended. */
  readonly finishedButNotMarked: number
  readonly ignored: number
}

/** What one look at a hub showed, and what it means. Texts in it are fit to print (remote parts neutralised). */
export type Evidence = {
  readonly hub: AskedHub
  readonly source: EvidenceSource
  readonly verdict: Verdict
  /** One clause that follows "Task hub 'x' is busy: ". */
  readonly because: string
  /** False where the hub has no part in storage at all. Not known (undefined) to sources other than storage. */
  readonly provisioned?: boolean
  readonly counts: Counts
  readonly oldest?: InFlight
  /** What the counts do not tell apart; storage only. */
  readonly detail?: {
    /** Of the pending ones, those that were put off to a time. */
    readonly scheduled: number
    /** Of the running ones, those whose status says that they continued as new. */
    readonly continued: number
    readonly queued: Queued
  }
  /** What those in flight wait for and how long they may take; of a busy hub, where it was asked for. */
  readonly account?: Account
  /** At most 20, oldest first. */
  readonly examples: readonly InFlight[]
  readonly inFlightByName: Readonly<Record<string, number>>
  readonly inFlightByVersion: Readonly<Record<string, number>>
  /** Things this source cannot see, such as 'control and work-item queues'. */
  readonly notChecked: readonly string[]
  readonly warnings: readonly string[]
  /** True where the look ended at work it had found before it had seen every row: there is at least what is counted. */
  readonly partial?: true
  /** For the looks that follow; storage only. */
  readonly memory?: LookMemory
}

/** What a look leaves to the next one. It is a hint: no verdict of idle rests on it. */
export type LookMemory = {
  /** The rows that blocked, those read longest ago first; at most `mostKnown`. */
  readonly known: readonly InstanceRow[]
  /** Requests that the last look in full took, what only tells people not counted. */
  readonly requests: number
  /** What had been written lately; only of a look that saw every row. */
  readonly changes?: ChangeMark
}

/** Which hub is looked at, and how it is judged. */
export type LookQuestion = { readonly hub: Hub; readonly policy: IdlePolicy }

/** What a look may be told. A source that has no use for it leaves it unread. */
export type Ask = {
  /** Not set: the look chooses it. Two looks with the same one can be compared by their `changes`. */
  readonly since?: Date
  /** The look before, of a busy hub: what blocked then is read first, and all the rest only where none of it does any more. */
  readonly before?: Evidence
  readonly watch?: ScanWatch
  /** Told once, at the first instance found that blocks, long before a look at a large hub ends. */
  readonly foundWork?: (name: string) => void
  /** Set where a busy hub is to be told of at length: what has been found out before, which is not read again. */
  readonly account?: AccountMemory
}

/** One look at one hub. A source that cannot answer gives `unknown`; a cancel is thrown, and a `Refusal` where asking again cannot help. */
export type LookAtHub = (signal: AbortSignal, ask?: Ask) => Promise<Evidence>
