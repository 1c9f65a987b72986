import { Refusal } from '../../core/failures.ts'
import type { AppView } from '../../core/function-app/view.ts'
import { readRecord } from '../../core/record/keep.ts'
import type { DeploymentRecord } from '../../core/record/record.ts'
import { findRecorded, retiredHubs } from '../../core/record/record.ts'
import { recordedAtOf } from '../../core/retire/age.ts'
import type { Hub } from '../../core/task-hub/hub.ts'
import { sameHub } from '../../core/task-hub/hub.ts'
import type { Deps } from '../deps.ts'
import { accountsOf, typedHub } from '../typed-hub.ts'
import type { Candidate } from './facts.ts'
import type { CleanupWanted } from './wanted.ts'

/**
 * The hubs to look at: those that were named, each once, or else the retired ones of the app's deployment record. Where
 * their age or order matters a record that is there must be readable: without it another hub would be spared.
 */
export async function findCandidates(
  wanted: CleanupWanted,
  deps: Deps,
  view: AppView,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  if (wanted.taskHubs.length === 0) return await retiredInRecord(deps, view, signal)
  const candidates: Candidate[] = []
  for (const typed of wanted.taskHubs) {
    const { hub, storage, taskHubs } = await typedHub(deps.azure, typed, view, signal)
    if (candidates.some((known) => sameHub(known.hub, hub))) continue
    const record = await recordWhereNeeded(wanted, deps, { storage, app: view.picture.app.name }, signal)
    candidates.push({ hub, storage, taskHubs, ...recorded(record, hub) })
  }
  return candidates
}

async function recordWhereNeeded(
  { keepLast, minimumAgeMs }: CleanupWanted,
  { azure }: Deps,
  { storage, app }: Pick<Candidate, 'storage'> & { readonly app: string },
  signal: AbortSignal,
): Promise<DeploymentRecord | undefined> {
  if (keepLast === 0 && minimumAgeMs === 0) return undefined
  return await readRecord(azure.records(storage), app, signal)
}

function recorded(record: DeploymentRecord | undefined, hub: Hub): Pick<Candidate, 'recordedAt'> {
  const entry = record && findRecorded(record, hub)
  const recordedAt = entry && recordedAtOf(entry)
  return recordedAt ? { recordedAt } : {}
}

async function retiredInRecord(deps: Deps, view: AppView, signal: AbortSignal): Promise<readonly Candidate[]> {
  const app = view.picture.app.name
  const candidates: Candidate[] = []
  let records = 0
  for (const { storage, taskHubs } of accountsOf(deps.azure, view)) {
    const record = await readRecord(deps.azure.records(storage), app, signal)
    if (!record) continue
    records++
    for (const { hub } of retiredHubs(record)) {
      if (hub.account.id !== storage.account.id) continue
      candidates.push({ hub, storage, taskHubs, ...recorded(record, hub) })
    }
  }
  if (records > 0) return candidates
  throw new Refusal(
    `taskHubName is empty and there is no deployment record of '${app}' (blob '${app}.json' in container ` +
      "'durable-safe-deployment') that names retired task hubs. Give taskHubName, such as RotateTaskHub's previousTaskHubName.",
  )
}
