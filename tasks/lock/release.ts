import { AzureFailure, Refusal } from '../../core/failures.ts'
import type { AppView } from '../../core/function-app/view.ts'
import { readRecord } from '../../core/record/keep.ts'
import { giveBackByHand } from '../../core/record/hold-lock.ts'
import { isOfRun } from '../../core/record/lock.ts'
import { holderInWords } from '../../core/record/lock-words.ts'
import type { Deps } from '../deps.ts'
import type { ActedOn } from './places.ts'
import { lockPlaces } from './places.ts'
import type { LockWanted } from './wanted.ts'

/**
 * Gives the lock of an app back: this run's own, or with a reason to take over whoever holds it. Answers a sentence or more.
 * Throws `Refusal` and `AzureFailure`.
 */
export async function releaseByHand(
  { azure, clock, log, run }: Deps,
  {
    view,
    release,
    takeOver,
    ...actedOn
  }: ActedOn & { readonly view: AppView } & Pick<LockWanted, 'release' | 'takeOver'>,
  signal: AbortSignal,
): Promise<string> {
  const app = view.picture.app.name
  const holders: string[] = []
  const reason = [release, takeOver].filter((each) => each !== undefined).join('; ')
  const evenOfAnother = takeOver !== undefined
  for (const place of lockPlaces(azure, view, actedOn)) {
    const lock = await giveBackByHand(clock, place, { by: run, reason, evenOfAnother }, signal)
    if (!lock) continue
    holders.push(`${holderInWords(lock)}, since ${lock.since}, until ${lock.until}`)
    if (lock.changing) {
      log.warn(
        `At ${lock.changing.at} the run that held the lock was about to ${lock.changing.what}. Look whether it was done.`,
      )
    }
  }
  if (holders.length === 0) return `There was no deployment lock of '${app}' to give back.`
  return `The deployment lock of '${app}' was given back; it was held by ${[...new Set(holders)].join('; and by ')}.`
}

/** Whether a task of this run holds the lock; one that cannot be read is told as a warning, and is not held. */
export async function heldByThisRun(
  { azure, log, run }: Deps,
  { view, wanted, ...actedOn }: ActedOn & { readonly view: AppView; readonly wanted: LockWanted },
  signal: AbortSignal,
): Promise<boolean> {
  if (!wanted.take) return false
  const app = view.picture.app.name
  try {
    for (const { store } of lockPlaces(azure, view, actedOn)) {
      const lock = (await readRecord(store, app, signal))?.lock
      if (lock && isOfRun(lock, run)) return true
    }
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    log.warn(`Whether this run holds the deployment lock of '${app}' is not known. ${error.message}`)
  }
  return false
}

/** Says who holds the lock, for a dry run, which never takes it. */
export async function tellHolder(
  { azure, log }: Deps,
  { view, ...actedOn }: ActedOn & { readonly view: AppView },
  signal: AbortSignal,
): Promise<void> {
  const app = view.picture.app.name
  try {
    const said = new Set<string>()
    for (const { store } of lockPlaces(azure, view, actedOn)) {
      const lock = (await readRecord(store, app, signal))?.lock
      if (lock) said.add(`The deployment lock of '${app}' is held by ${holderInWords(lock)}, until ${lock.until}.`)
    }
    log.info(said.size === 0 ? `Nobody holds the deployment lock of '${app}'.` : [...said].join(' '))
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    log.warn(`Who holds the deployment lock of '${app}' is not known. ${error.message}`)
  }
}
