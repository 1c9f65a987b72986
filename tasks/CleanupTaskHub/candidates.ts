import { Refusal } from '../../core/failures.ts'
import type { AppView } from '../../core/function-app/view.ts'
import { readRecord } from '../../core/record/keep.ts'
import { retiredHubs } from '../../core/record/record.ts'
import { sameHub } from '../../core/task-hub/hub.ts'
import type { Deps } from '../deps.ts'
import { accountsOf, typedHub } from '../typed-hub.ts'
import type { Candidate } from './facts.ts'
import type { CleanupWanted } from './wanted.ts'

/** The hubs to look at: those that were named, each once, or else the retired ones of the app's deployment record. */
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
    if (!candidates.some((known) => sameHub(known.hub, hub))) candidates.push({ hub, storage, taskHubs })
  }
  return candidates
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
      if (hub.account.id === storage.account.id) candidates.push({ hub, storage, taskHubs })
    }
  }
  if (records > 0) return candidates
  throw new Refusal(
    `taskHubName is empty and there is no deployment record of '${app}' (blob '${app}.json' in container ` +
      "'durable-safe-deployment') that names retired task hubs. Give taskHubName, such as RotateTaskHub's previousTaskHubName.",
  )
}
