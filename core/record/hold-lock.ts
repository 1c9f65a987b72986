import { asClause, AzureFailure, Refusal, saying } from '../failures.ts'
import type { Clock } from '../ports.ts'
import type { RecordPlace } from './change-record.ts'
import { changeRecord } from './change-record.ts'
import type { OwnLock } from './lock.ts'
import { isOfRun, lockStanding, ownLock, prolonged, released, releasedByHand, renewed } from './lock.ts'
import { lostInWords, notReleasedInWords } from './lock-words.ts'
import type { DeploymentLock, RunIdentity } from './record.ts'

/**
 * Proves that the lock is still this task's, and lets it hold on from now. `change` is announced in it; without one, what
 * was announced before has ended, and it is kept for the next task of the run. Answers until when it holds. Throws
 * `Refusal` where it was lost, and `AzureFailure` where that could not be told.
 */
export async function renewLock(
  clock: Clock,
  place: RecordPlace,
  { own, forMs, change }: { readonly own: OwnLock; readonly forMs: number; readonly change?: string },
  signal: AbortSignal,
): Promise<string> {
  try {
    return await changeRecord<string>(
      clock,
      place,
      ({ record, at }, sent) => {
        const lock = ownLock(record, own)
        if (!record || !lock || !at) throw new Refusal(lostInWords(place.app, record))
        if (sent !== undefined && sent === lock.until && lock.changing?.what === change) return { answer: sent }
        const next = renewed(record, lock, { at, forMs, ...(change === undefined ? {} : { change }) })
        return { write: next, answer: next.lock.until }
      },
      signal,
    )
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    throw saying(
      error,
      `Whether this run still holds the deployment lock of '${place.app}' could not be told: ${asClause(error.message)}; ` +
        'nothing more was changed. Run again once the storage account can be reached.',
      { mayHaveHappened: false },
    )
  }
}

/** Every renewal before `change` took so long that the lock may be another run's by now. */
export function renewedTooSlowly(
  change: string,
  { tookMs, times }: { readonly tookMs: number; readonly times: number },
): AzureFailure {
  const operation = 'renew the deployment lock in time'
  const why = `it took ${Math.round(tookMs / 1000)} s, ${times} times in a row, and by then it may be another run's`
  return new AzureFailure(
    `Could not ${operation} to ${change}: ${why}; nothing more was changed. Run again once the storage account answers faster.`,
    { operation, kind: 'timeout' },
  )
}

/**
 * Lets this task's own lock hold on from now, with what it announces. Answers until when; undefined where it is not this
 * task's any more. Throws `AzureFailure` and `Refusal`.
 */
export async function prolongLock(
  clock: Clock,
  place: RecordPlace,
  { own, forMs }: { readonly own: OwnLock; readonly forMs: number },
  signal: AbortSignal,
): Promise<string | undefined> {
  return await changeRecord<string | undefined>(
    clock,
    place,
    ({ record, at }, sent) => {
      const lock = ownLock(record, own)
      if (!record || !lock || !at) return { answer: undefined }
      if (sent === lock.until) return { answer: sent }
      const next = prolonged(record, lock, { at, forMs })
      return { write: next, answer: next.lock.until }
    },
    signal,
  )
}

/** Gives back this task's own lock; `notOwn` where it has lost it. Throws `AzureFailure` and `Refusal`. */
export async function giveBackLock(
  clock: Clock,
  place: RecordPlace,
  own: OwnLock,
  signal: AbortSignal,
): Promise<'given' | 'notOwn'> {
  return await changeRecord<'given' | 'notOwn'>(
    clock,
    place,
    ({ record }, sent) =>
      record && ownLock(record, own)
        ? { write: released(record), answer: 'given' }
        : { answer: sent === undefined ? 'notOwn' : 'given' },
    signal,
  )
}

/** How a lock of a run was found at the run's end. */
type LockOfRun = { readonly kind: 'given' | 'notOwn' } | { readonly kind: 'changing'; readonly lock: DeploymentLock }

/**
 * Gives back the lock that any task of this run holds. Left as it is where the change that it announces may be under way
 * and `evenChanging` is not set. Throws `AzureFailure` and `Refusal`.
 */
export async function giveBackLockOfRun(
  clock: Clock,
  place: RecordPlace,
  { by, evenChanging }: { readonly by: RunIdentity; readonly evenChanging: boolean },
  signal: AbortSignal,
): Promise<LockOfRun> {
  return await changeRecord<LockOfRun>(
    clock,
    place,
    ({ record }, sent) => {
      if (!record?.lock || !isOfRun(record.lock, by)) return { answer: sent ?? { kind: 'notOwn' } }
      if (record.lock.changing && !evenChanging) return { answer: { kind: 'changing', lock: record.lock } }
      return { write: released(record), answer: { kind: 'given' } }
    },
    signal,
  )
}

/**
 * Gives back the lock of the run, one whose time is over, or with `evenOfAnother` whoever holds it, and enters why. Answers
 * what was given back, or undefined where there was no lock. Throws `Refusal` where another run holds it.
 */
export async function giveBackByHand(
  clock: Clock,
  place: RecordPlace,
  { by, reason, evenOfAnother }: { readonly by: RunIdentity; readonly reason: string; readonly evenOfAnother: boolean },
  signal: AbortSignal,
): Promise<DeploymentLock | undefined> {
  return await changeRecord<DeploymentLock | undefined>(
    clock,
    place,
    ({ record, at }, sent) => {
      // Another claim than the one that was to be given back: that one is gone, and this one was never meant.
      if (!record?.lock || !at || (sent && sent.claim !== record.lock.claim)) return { answer: sent }
      if (!evenOfAnother && lockStanding(record, by, at) === 'another') {
        throw new Refusal(notReleasedInWords(place.app, record.lock))
      }
      return { write: releasedByHand(record, record.lock, { by, at, reason }), answer: record.lock }
    },
    signal,
  )
}
