import type { IdlePolicy } from '../core/task-hub/idle-proof/policy.ts'
import type { LifecycleEvent } from '../core/lifecycle/event.ts'
import type {
  CleanupAnnouncement,
  HealthReply,
  NotedReply,
  StagingAnnouncement,
  StatusReply,
  SwapAnnouncement,
} from './contract.ts'
import type { HistoryEntry } from './documents/documents.ts'

/** Whom the watch list does not name is nobody's business here. */
export type NotWatched = { readonly kind: 'notWatched' }
export type Conflict = { readonly kind: 'conflict'; readonly because: string }

export type StatusQuestion = {
  readonly app: string
  readonly slot: string
  readonly policy: IdlePolicy
  /** How old a proof may be while a worker is alive on the hub; 0 = made for this answer. */
  readonly maxProofAgeMs: number
  /** How long a proof is waited for. */
  readonly waitMs: number
}

/**
 * What the service does, whoever asks over whatever wire. Methods throw `AzureFailure` where the service's own storage cannot
 * be read or written, and `Cancelled`.
 */
export interface StateService {
  status(question: StatusQuestion, signal: AbortSignal): Promise<StatusReply | NotWatched>
  announceStaging(
    place: { readonly app: string; readonly slot: string },
    announcement: StagingAnnouncement,
    signal: AbortSignal,
  ): Promise<NotedReply | NotWatched>
  announceSwap(app: string, swap: SwapAnnouncement, signal: AbortSignal): Promise<NotedReply | NotWatched>
  /** `conflict` where the hub is still there, or a slot uses it. Deletes nothing itself. */
  cleanUp(app: string, cleanup: CleanupAnnouncement, signal: AbortSignal): Promise<NotedReply | NotWatched | Conflict>
  history(
    app: string,
    page: { readonly top: number; readonly after?: string },
    signal: AbortSignal,
  ): Promise<{ readonly entries: readonly HistoryEntry[]; readonly cursor?: string } | NotWatched>
  health(signal: AbortSignal): Promise<HealthReply>
  /** Resolves once what they say is stored, so that whoever sent them may forget them. */
  takeEvents(events: readonly LifecycleEvent[], signal: AbortSignal): Promise<void>
  /** Looks at every hub of every watched app: what events missed is found here. */
  reconcile(signal: AbortSignal): Promise<void>
}
