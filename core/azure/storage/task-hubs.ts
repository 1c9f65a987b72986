import type { TrackingTables } from '../../function-app/slot-hub.ts'
import type { ReadableStorage } from '../../function-app/storage-reference.ts'
import { date, text } from '../../task-hub/rows/instance.ts'
import { lookAtHub } from '../../task-hub/idle-proof/look.ts'
import { historyTable, instancesTable } from '../../task-hub/layout.ts'
import { sameHubName, type HubName } from '../../task-hub/name.ts'
import type { HubMarks } from '../../lifecycle/hub-mark.ts'
import type { TaskHubs } from '../../task-hub/ports.ts'
import { deletePartOf } from './delete-part.ts'
import { hubReader } from './hub-reader.ts'
import { lastRenewal, liveLeases, readHubInfo } from './leases.ts'
import { readMark } from './mark.ts'
import { readInstances } from './read-instances.ts'
import { readParts } from './parts.ts'
import { readRoots } from './read-roots.ts'
import { rowPages } from './rows.ts'
import { ifPresent, openStore, unreadable, type StorageAccess, type Store } from './store.ts'
import type { Tracking } from './tracking.ts'

/** The task hubs of an account. Opens no connection yet; throws `AzureFailure` where there is no way to sign in. */
export function openTaskHubs(
  reference: ReadableStorage,
  access: StorageAccess,
  shared?: TrackingTables,
): TaskHubs & HubMarks {
  const store = openStore(reference, access)
  const rowStore = shared ? openStore(shared.reference, access) : store
  const trackingOf = (hub: HubName): Tracking => tracking(rowStore, hub, shared)
  return {
    account: reference.account,
    look: (hub, policy, signal, ask = {}) => {
      const question = { hub: { account: reference.account, name: hub }, policy }
      return lookAtHub(hubReader(store, trackingOf(hub), hub), question, ask, signal)
    },
    mark: (hub, signal) => readMark(store, hub, signal),
    requests: () => store.caller.requests + (shared ? rowStore.caller.requests : 0),
    parts: (hub, signal) => readParts(store, trackingOf(hub), hub, signal),
    liveLeases: (hub, signal) => liveLeases(store, hub, signal),
    lastActivity: (hub, signal) => lastActivity(store, trackingOf(hub), hub, signal),
    instances: (hub, wanted, signal) => readInstances(trackingOf(hub), access.clock, { hub, wanted }, signal),
    roots: (hub, wanted, signal) => readRoots(trackingOf(hub), access.clock, { hub, wanted }, signal),
    deletePart: (hub, part, signal) => deletePartOf(store, trackingOf(hub), { hub, part, signal }),
  }
}

function tracking(store: Store, hub: HubName, shared: TrackingTables | undefined): Tracking {
  const prefix = shared?.prefix ?? hub
  return {
    store,
    instances: instancesTable(prefix),
    history: historyTable(prefix),
    shared: shared !== undefined,
  }
}

async function lastActivity(
  store: Store,
  { store: rowStore, instances, shared }: Tracking,
  hub: HubName,
  signal: AbortSignal,
): Promise<Date | undefined> {
  let newest: Date | undefined
  const consider = (moment: Date | undefined) => {
    if (moment && (!newest || moment > newest)) newest = moment
  }
  const query = { table: instances, select: ['LastUpdatedTime', ...(shared ? ['TaskHubName'] : [])] }
  await ifPresent(async () => {
    for await (const rows of rowPages(rowStore, query, signal)) {
      for (const row of rows) {
        if (!shared || sameHubName(text(row['TaskHubName']) ?? '', hub)) consider(date(row['LastUpdatedTime']))
      }
    }
  })
  for (const renewed of await lastRenewal(store, hub, signal)) consider(renewed)
  const info = await readHubInfo(store, hub, signal)
  const createdAt = date(info?.['CreatedAt'])
  if (info && !createdAt) {
    throw unreadable(
      `read taskhub.json of task hub '${hub}'`,
      store.connection.account.name,
      'its CreatedAt is not a date',
    )
  }
  consider(createdAt)
  return newest
}
