import { AzureFailure, Refusal } from '../../core/failures.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { RecordPlace } from '../../core/record/change-record.ts'
import { readRecord } from '../../core/record/keep.ts'
import { isOfRun } from '../../core/record/lock.ts'
import { holderInWords } from '../../core/record/lock-words.ts'
import type { DeploymentLock } from '../../core/record/record.ts'
import type { Deps } from '../deps.ts'
import type { ActedOn } from './places.ts'
import { lockPlaces } from './places.ts'
import type { LockWanted } from './wanted.ts'

/** The locks that somebody holds, each read when it is its turn. Throws `Refusal` and `AzureFailure`. */
export async function* locksIn(places: readonly RecordPlace[], signal: AbortSignal): AsyncGenerator<DeploymentLock> {
  for (const { store, app } of places) {
    const lock = (await readRecord(store, app, signal))?.lock
    if (lock) yield lock
  }
}

/** Whether a task of this run holds the lock; one that cannot be read is told as a warning, and is not held. */
export async function heldByThisRun(
  { azure, log, run }: Deps,
  { view, wanted, ...actedOn }: ActedOn & { readonly view: AppView; readonly wanted: LockWanted },
  signal: AbortSignal,
): Promise<boolean> {
  if (!wanted.take) return false
  try {
    for await (const lock of locksIn(lockPlaces(azure, view, actedOn), signal)) {
      if (isOfRun(lock, run)) return true
    }
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    log.warn(`Whether this run holds the deployment lock of '${view.picture.app.name}' is not known. ${error.message}`)
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
    for await (const { holder, until } of locksIn(lockPlaces(azure, view, actedOn), signal)) {
      said.add(`The deployment lock of '${app}' is held by ${holderInWords(holder)}, until ${until}.`)
    }
    log.info(said.size === 0 ? `Nobody holds the deployment lock of '${app}'.` : [...said].join(' '))
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    log.warn(`Who holds the deployment lock of '${app}' is not known. ${error.message}`)
  }
}
