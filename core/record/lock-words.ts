import { remoteText } from '../remote-text.ts'
import type { DeploymentLock, DeploymentRecord, RunIdentity } from './record.ts'

/** How a holder reads in a message: `run '20261121.1' of project 'Shop' (https://…)`. */
export function holderInWords({ run, project, link }: RunIdentity): string {
  const named = run === '' ? 'a run without a name' : `run '${remoteText(run, 100)}'`
  const where = project === '' ? '' : ` of project '${remoteText(project, 100)}'`
  return `${named}${where}${link === '' ? '' : ` (${remoteText(link, 300)})`}`
}

/** For a run that may not go on: who deploys, since when, until when, and what to do. */
export function heldInWords(app: string, lock: DeploymentLock): string {
  return (
    `The deployment lock of '${app}' is held by ${holderInWords(lock.holder)} since ${lock.since}, until ${lock.until}${announced(lock)}. ` +
    'Wait until that run has ended, give waitForLockInMinutes, or give takeOver with a reason where it will never end.'
  )
}

/** For a step that gives back the lock of its own run, and finds another's. */
export function notReleasedInWords(app: string, lock: DeploymentLock): string {
  return (
    `The deployment lock of '${app}' was not given back: it is held by ${holderInWords(lock.holder)} since ${lock.since}, until ` +
    `${lock.until}${announced(lock)}. Where that run will never end, give takeOver with a reason beside release.`
  )
}

/** For a run that held the lock once; `record` as it stands now, undefined where it is gone. */
export function lostInWords(app: string, record: DeploymentRecord | undefined): string {
  return `This run no longer holds the deployment lock of '${app}': ${whatBecameOfIt(record)}; nothing more was changed.`
}

/** For an entry in the record of an account that this task holds no lock in. */
export function notLockedInWords(app: string, account: string): string {
  return `This run has not taken the deployment lock of '${app}' in storage account '${account}'.`
}

function whatBecameOfIt(record: DeploymentRecord | undefined): string {
  if (!record) return 'the deployment record is gone'
  if (record.lock)
    return `another task took it, of ${holderInWords(record.lock.holder)}, which holds it since ${record.lock.since}`
  const last = record.audit.findLast(({ action }) => action === 'release')
  if (!last) return 'it was given back by another task'
  return `it was given back at ${last.at} by ${holderInWords(last.by)}`
}

function announced({ changing }: DeploymentLock): string {
  return changing ? `; at ${changing.at} it was about to ${remoteText(changing.what, 200)}` : ''
}
