import { AzureFailure, mayPassLater } from '../../core/failures.ts'
import type { AppAddress, AppPicture } from '../../core/function-app/picture.ts'
import type { ReadableStorage } from '../../core/function-app/storage-reference.ts'
import type { HubFacts } from '../../core/retire/plan.ts'
import type { Reference } from '../../core/retire/references.ts'
import { referencesTo } from '../../core/retire/references.ts'
import type { Hub } from '../../core/task-hub/hub.ts'
import type { TaskHubs } from '../../core/task-hub/ports.ts'
import type { Deps } from '../deps.ts'

const appsAtATime = 4

export type Candidate = {
  readonly hub: Hub
  readonly storage: ReadableStorage
  readonly taskHubs: TaskHubs
  /** As the deployment record says; not set where it does not know, or nothing depends on it. */
  readonly recordedAt?: Date
}

/** Reads everything that the guards need of one hub, now. Whether it is idle is asked later, and only where it matters. */
export async function gatherFacts(
  deps: Deps,
  own: AppPicture,
  { hub, taskHubs, recordedAt }: Candidate,
  signal: AbortSignal,
): Promise<HubFacts> {
  const { parts, obstacle } = await taskHubs.parts(hub.name, signal)
  const nothing: HubFacts = { hub, parts, references: [], unreadableSlots: [], leases: [] }
  if (parts.length === 0 && obstacle === undefined) return nothing

  const { references, unreadableSlots } = await gatherReferences(deps, own, hub, signal)
  const leases = await taskHubs.liveLeases(hub.name, signal)
  const lastActivity = await taskHubs.lastActivity(hub.name, signal)
  return {
    hub,
    parts,
    references,
    unreadableSlots,
    leases,
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(lastActivity ? { lastActivity } : {}),
    ...(recordedAt ? { recordedAt } : {}),
  }
}

/**
 * Who names the hub, in every function app that the connection can see. An app other than our own that this connection may
 * not read is told as a warning: it may well be meant for one app of many. One that could not be read this time, because
 * the answer was lost or Azure was busy, may be the one that uses the hub. Throws `AzureFailure` then.
 */
async function gatherReferences(
  { azure, log }: Deps,
  own: AppPicture,
  hub: Hub,
  signal: AbortSignal,
): Promise<Pick<HubFacts, 'references' | 'unreadableSlots'>> {
  const mine = referencesTo(hub, own, azure.storageSuffix)
  const references: Reference[] = [...mine.found]
  const unread: string[] = []
  const others = (await azure.apps.list(signal)).filter((app) => !sameApp(app, own.app))
  for (let first = 0; first < others.length; first += appsAtATime) {
    const some = others.slice(first, first + appsAtATime)
    for (const picture of await Promise.all(some.map(async (app) => await lookOrName(azure.apps, app, signal)))) {
      if (typeof picture === 'string') {
        unread.push(picture)
        continue
      }
      const theirs = referencesTo(hub, picture, azure.storageSuffix)
      references.push(...theirs.found)
      unread.push(...theirs.unreadableSlots.map(({ app, slot }) => `'${app}' (slot '${slot}')`))
    }
  }
  if (unread.length > 0) {
    log.warn(`Whether these function apps use task hub '${hub.name}' could not be read: ${unread.join(', ')}.`)
  }
  return { references, unreadableSlots: mine.unreadableSlots }
}

async function lookOrName(
  apps: Deps['azure']['apps'],
  app: AppAddress,
  signal: AbortSignal,
): Promise<AppPicture | string> {
  try {
    return await apps.look(app, signal)
  } catch (error) {
    if (!(error instanceof AzureFailure) || mayPassLater(error)) throw error
    return `'${app.name}'`
  }
}

function sameApp(left: AppAddress, right: AppAddress): boolean {
  return (
    left.name.toLowerCase() === right.name.toLowerCase() &&
    left.resourceGroup.toLowerCase() === right.resourceGroup.toLowerCase()
  )
}
