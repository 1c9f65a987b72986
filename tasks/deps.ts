import type { Azure } from '../core/azure-port.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { RunIdentity } from '../core/record/record.ts'

/** What every story is told: Azure, time, where to talk, and who runs. */
export type Deps = {
  readonly azure: Azure
  readonly clock: Clock
  readonly log: Log
  readonly run: RunIdentity
  /** A text that no other task ever gets. */
  readonly newId: () => string
  /**
   * Runs what has to be done even after a cancel, for at most this long; the signal aborts then. Throws `Cancelled` at the
   * end of the time.
   */
  readonly atLast: <T>(ms: number, work: (signal: AbortSignal) => Promise<T>) => Promise<T>
}
