import type { DeploymentLock, DeploymentRecord, RunIdentity } from './record.ts'
import { withAudit } from './record.ts'
import { holderInWords } from './lock-words.ts'

/** Whose the lock is, seen from a run: `free` nobody's, `sameRun` its own, `expired` or `another` somebody else's. */
type LockStanding = 'free' | 'sameRun' | 'expired' | 'another'

/** `at` is the storage account's time of the reading. A run without an id is never the same as any other. */
export function lockStanding({ lock }: DeploymentRecord, by: RunIdentity, at: Date): LockStanding {
  if (!lock) return 'free'
  if (isOfRun(lock, by)) return 'sameRun'
  return at.getTime() >= Date.parse(lock.until) ? 'expired' : 'another'
}

/** Whether the run holds it, whichever of its tasks took it. One without an id never does. */
export function isOfRun({ holder }: DeploymentLock, { id }: RunIdentity): boolean {
  return id !== undefined && id !== '' && holder.id === id
}

export type Claiming = {
  readonly by: RunIdentity
  readonly claim: string
  readonly forMs: number
  /** Why a lock in date is taken from another run. */
  readonly takeOver?: string
}

type LockedRecord = DeploymentRecord & { readonly generation: number; readonly lock: DeploymentLock }

/**
 * The record once the lock was taken: another generation, so that whoever held it before has lost it. A change that the
 * former holder announced and did not live to see the end of stays announced. The same run holds it since it first took it.
 */
export function claimed(record: DeploymentRecord, { by, claim, forMs, takeOver }: Claiming, at: Date): LockedRecord {
  const former = record.lock
  const standing = lockStanding(record, by, at)
  const since = former && standing === 'sameRun' ? former.since : at.toISOString()
  const lock: DeploymentLock = {
    holder: by,
    claim,
    since,
    until: later(at, forMs),
    ...(former?.kept && standing === 'sameRun' ? { kept: true } : {}),
    ...(former?.changing ? { changing: former.changing } : {}),
  }
  const taken = { ...record, generation: (record.generation ?? 0) + 1, lock }
  if (!former || standing !== 'another') return taken
  const evidence = `${takeOver ?? 'no reason given'} (it was held by ${holderInWords(former.holder)})`
  return { ...taken, audit: withAudit(taken, { at: at.toISOString(), by, action: 'takeOver', evidence }).audit }
}

/** How a task knows its own lock; the generation is not set where the reply to the claim was lost. */
export type OwnLock = { readonly claim: string; readonly generation?: number }

/** The lock, where the record shows that this very task holds it; undefined where there is none, or another took it since. */
export function ownLock(record: DeploymentRecord | undefined, own: OwnLock): DeploymentLock | undefined {
  if (!record?.lock || record.lock.claim !== own.claim) return undefined
  return own.generation === undefined || own.generation === record.generation ? record.lock : undefined
}

/**
 * The lock holds on from `at`, and what it announced before has ended; `change` is announced in its place. Without one the
 * task is over and leaves it to the next of its run.
 */
export function renewed(
  record: DeploymentRecord,
  lock: DeploymentLock,
  { at, forMs, change }: { readonly at: Date; readonly forMs: number; readonly change?: string },
): DeploymentRecord & { readonly lock: DeploymentLock } {
  const { holder, claim, since } = lock
  const kept = change === undefined || lock.kept ? { kept: true as const } : {}
  const changing = change === undefined ? {} : { changing: { what: change, at: at.toISOString() } }
  return { ...record, lock: { holder, claim, since, until: later(at, forMs), ...kept, ...changing } }
}

/** The lock holds on from `at`, with all that it says. */
export function prolonged(
  record: DeploymentRecord,
  lock: DeploymentLock,
  { at, forMs }: { readonly at: Date; readonly forMs: number },
): DeploymentRecord & { readonly lock: DeploymentLock } {
  return { ...record, lock: { ...lock, until: later(at, forMs) } }
}

/** The generation stays, so that whoever held it last knows that it was given back. */
export function released(record: DeploymentRecord): DeploymentRecord {
  const { lock, ...rest } = record
  return rest
}

/** Given back by hand, whoever held it. */
export function releasedByHand(
  record: DeploymentRecord,
  lock: DeploymentLock,
  { by, at, reason }: { readonly by: RunIdentity; readonly at: Date; readonly reason: string },
): DeploymentRecord {
  const evidence = `${reason} (it was held by ${holderInWords(lock.holder)})`
  return withAudit(released(record), { at: at.toISOString(), by, action: 'release', evidence })
}

function later(at: Date, ms: number): string {
  return new Date(at.getTime() + ms).toISOString()
}
