import { asClause, AzureFailure, Refusal, saying } from '../failures.ts'
import type { Clock, Log } from '../ports.ts'
import type { Decision, Reading, RecordPlace } from './change-record.ts'
import { changeRecord } from './change-record.ts'
import type { Claiming, OwnLock } from './lock.ts'
import { claimed, lockStanding, ownLock } from './lock.ts'
import { heldInWords, holderInWords } from './lock-words.ts'
import type { DeploymentLock } from './record.ts'
import { emptyRecord } from './record.ts'

type ClaimWanted = Claiming & {
  /** How long to wait for another run's lock. */
  readonly waitMs: number
  /** Told right before each write that may take the lock; `continued` as in `Claimed`. */
  readonly onSend: (sent: Pick<Claimed, 'continued'>) => void
}

export type Claimed = {
  readonly own: OwnLock
  readonly lock: DeploymentLock
  /**
   * An earlier task of the same run kept it: it is not this task's to give back before it has done something. One that died
   * at work, as this very task before a rerun, has not kept it.
   */
  readonly continued: boolean
  /** Another run's lock was in date. */
  readonly tookOver: boolean
  /** What an earlier holder announced, with its age by the account's clock. */
  readonly leftOver?: { readonly what: string; readonly ageMs: number }
}

type Answer = Claimed | 'begun' | { readonly heldBy: DeploymentLock; readonly leftMs: number }

const pollMs = 15_000
const mostBegun = 5

/**
 * Takes the deployment lock in one account, where nobody holds it, its time is over, the same run holds it, or it is to be
 * taken over. Waits for another run's lock as long as was asked for. Throws `Refusal` that names the holder, and
 * `AzureFailure` where the account cannot be read or written; nothing was changed then but, maybe, the lock itself.
 */
export async function claimLock(
  deps: { readonly clock: Clock; readonly log: Log },
  place: RecordPlace,
  wanted: ClaimWanted,
  signal: AbortSignal,
): Promise<Claimed> {
  const { clock, log } = deps
  const from = clock.now().getTime()
  for (let begun = 0; ;) {
    const answer = await attempt(clock, place, wanted, signal)
    if (answer === 'begun') {
      if (++begun > mostBegun)
        throw new Refusal(`Something deletes the deployment record of '${place.app}' again and again.`)
      continue
    }
    if ('own' in answer) return answer
    const waited = clock.now().getTime() - from
    if (waited >= wanted.waitMs) throw new Refusal(`${heldInWords(place.app, answer.heldBy)} Nothing was changed.`)
    const holder = holderInWords(answer.heldBy.holder)
    log.progress(Math.round((100 * waited) / wanted.waitMs), `waiting for the deployment lock, held by ${holder}`)
    await clock.sleep(Math.min(pollMs, wanted.waitMs - waited, answer.leftMs + 1000), signal)
  }
}

async function attempt(clock: Clock, place: RecordPlace, wanted: ClaimWanted, signal: AbortSignal): Promise<Answer> {
  try {
    return await changeRecord<Answer>(clock, place, (reading, sent) => decide(place.app, wanted, reading, sent), signal)
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    throw saying(
      error,
      `The deployment lock of '${place.app}' could not be taken in storage account '${place.account}': ` +
        `${asClause(error.message)}. ${remedyFor(error)} Nothing was changed.`,
    )
  }
}

function decide(app: string, wanted: ClaimWanted, { record, at }: Reading, sent: Answer | undefined): Decision<Answer> {
  // The time of the account comes with a reading, so there has to be something to read.
  if (!record || !at) return { write: emptyRecord(app), answer: 'begun' }
  if (typeof sent === 'object' && 'own' in sent && ownLock(record, sent.own)) return { answer: sent }
  const former = record.lock
  const standing = lockStanding(record, wanted.by, at)
  if (former && standing === 'another' && wanted.takeOver === undefined) {
    return { answer: { heldBy: former, leftMs: Date.parse(former.until) - at.getTime() } }
  }
  const next = claimed(record, wanted, at)
  const continued = standing === 'sameRun' && former?.kept === true
  wanted.onSend({ continued })
  const { changing } = former ?? {}
  return {
    write: next,
    answer: {
      own: { claim: wanted.claim, generation: next.generation },
      lock: next.lock,
      continued,
      tookOver: standing === 'another',
      ...(changing ? { leftOver: { what: changing.what, ageMs: at.getTime() - Date.parse(changing.at) } } : {}),
    },
  }
}

/**
 * By the service's own code where it tells what a 403 or 409 is about (learn: blob-service-error-codes, common-rest-api-error-codes;
 * storage-network-security for `AuthorizationFailure`, shared-key-authorization-prevent for the keys).
 */
function remedyFor({ kind, code }: AzureFailure): string {
  const otherwise = 'or set lock to false, and nothing keeps another run from deploying at the same time.'
  switch (code ?? '') {
    case 'AuthorizationFailure':
      return (
        'The network rules of that account may keep this agent out: let its address or network in, or use an agent within; ' +
        `a SAS may lack the permissions to read, create and write blobs; ${otherwise}`
      )
    case 'KeyBasedAuthenticationNotPermitted':
      return (
        'Shared key access is turned off for that account: give storageAccountName, so that the identity of the service connection ' +
        `is used, with the role 'Storage Blob Data Contributor' on it; ${otherwise}`
      )
    case 'BlobImmutableDueToPolicy':
      return `Exempt container 'durable-safe-deployment' from the immutability policy of that account; ${otherwise}`
  }
  return kind === 'denied'
    ? `Give the service connection the role 'Storage Blob Data Contributor' on that account, or an account key; ${otherwise}`
    : `Run again once the account can be reached; ${otherwise}`
}
