/** What the inputs say of the deployment lock. */
export type LockWanted = {
  /** False: no lock is taken or looked at. */
  readonly take: boolean
  /** Whether the run goes on holding it when the task has done its work. */
  readonly keep: boolean
  /** How long it holds from each renewal, by the storage account's clock. */
  readonly forMs: number
  /** How long to wait for another run's lock; 0 = not at all. */
  readonly waitMs: number
  /** Why another run's lock is taken over. */
  readonly takeOver?: string
  /** Why the lock is given back, with `takeOver` whoever holds it; the task does nothing else. */
  readonly release?: string
}
