import { isObject, parseJson } from '../../json.ts'
import type { PartitionMark } from '../../lifecycle/hub-mark.ts'
import { date, text } from '../../task-hub/rows/instance.ts'
import {
  appLeaseContainer,
  controlQueueNumber,
  leasesContainer,
  partitionsTable,
  storagePrefix,
} from '../../task-hub/layout.ts'
import type { HubName } from '../../task-hub/name.ts'
import type { LiveLease } from '../../task-hub/ports.ts'
import { remoteText } from '../../remote-text.ts'
import { blobPages, readBlobText } from './blobs.ts'
import { firstPage, nameOf, pages } from './pages.ts'
import { readRows, type Columns } from './rows.ts'
import { ifPresent, serverTime, unreadable, type Store } from './store.ts'

/** What a worker that lives holds of a hub: partition rows not yet expired, leased blobs, the app lease. */
export async function liveLeases(store: Store, hub: HubName, signal: AbortSignal): Promise<readonly LiveLease[]> {
  return [
    ...(await livePartitions(store, hub, signal)),
    ...(await leasedBlobs(store, hub, signal)),
    ...(await appLease(store, hub, signal)),
  ]
}

/**
 * How many partitions the hub has: the rows of its Partitions table, else what taskhub.json says (DT
 * AzureStorageOrchestrationService.cs:639-678); undefined where neither tells.
 */
export async function partitionCountOf(store: Store, hub: HubName, signal: AbortSignal): Promise<number | undefined> {
  const rows = await readPartitions(store, hub, ['RowKey'], signal)
  const numbers = rows.filter(({ RowKey }) => controlQueueNumber(hub, text(RowKey) ?? '') !== undefined)
  if (numbers.length > 0) return numbers.length
  const count = (await readHubInfo(store, hub, signal))?.['PartitionCount']
  return typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= 16 ? count : undefined
}

/** The newest LastRenewal of a partition. */
export async function lastRenewal(store: Store, hub: HubName, signal: AbortSignal): Promise<readonly Date[]> {
  const rows = await readPartitions(store, hub, ['LastRenewal'], signal)
  return rows.map(({ LastRenewal }) => date(LastRenewal)).filter((renewed) => renewed !== undefined)
}

/** `taskhub.json` of the leases container; undefined where there is none. */
export async function readHubInfo(
  store: Store,
  hub: HubName,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const stored = await readBlobText(store, { container: leasesContainer(hub), name: 'taskhub.json' }, signal)
  if (stored === undefined) return undefined
  const info = parseJson(stored.text)
  if (isObject(info)) return info
  throw unreadable(`read taskhub.json of task hub '${hub}'`, store.connection.account.name, 'it is not a JSON object')
}

async function readPartitions(store: Store, hub: HubName, select: readonly string[], signal: AbortSignal) {
  return (await readRows(store, { table: partitionsTable(hub), select }, signal)) ?? []
}

/**
 * Every partition, by the Partitions table and by the blobs of the leases container, in the order of their names. A row's
 * Timestamp is the service's and moves with each write. A worker that takes a blob's lease writes itself into the blob (DT
 * Partitioning/BlobPartitionLeaseManager.cs, TryAcquireLeaseAsync), which moves its ETag. `taskhub.json` is no partition.
 */
export async function leaseMarks(store: Store, hub: HubName, signal: AbortSignal): Promise<readonly PartitionMark[]> {
  const rows = await readPartitions(store, hub, [...partitionColumns, 'Timestamp'], signal)
  const ofRows = rows.map((row) => {
    const tag = date(row['Timestamp'])?.toISOString()
    if (tag === undefined) throw ofPartitions(store, hub, 'a row in it does not say when it was written')
    return { on: `row ${text(row['RowKey']) ?? ''}`, tag, live: holderOf(store, hub, row) !== undefined }
  })
  const ofBlobs = await ifPresent(async () => {
    const marks: PartitionMark[] = []
    const operation = `read the leases of task hub '${hub}'`
    for await (const items of blobPages(store, leasesContainer(hub), signal)) {
      for (const item of items) {
        if (item.name === 'taskhub.json') continue
        const { etag: tag } = item.properties
        if (!tag) throw unreadable(operation, store.connection.account.name, 'a blob has no ETag')
        marks.push({ on: `blob ${item.name}`, tag, live: isHeld(store, operation, leaseStateOf(item)) })
      }
    }
    return marks
  })
  return [...ofRows, ...(ofBlobs ?? [])].toSorted((one, other) => (one.on < other.on ? -1 : 1))
}

/**
 * A row that nobody owns was released when its worker stopped gracefully, and its ExpiresAt says nothing (DT
 * Partitioning/TablePartitionManager.cs, TryDrainAndReleaseAllPartitions); NextOwner is a worker that is taking it over.
 */
async function livePartitions(store: Store, hub: HubName, signal: AbortSignal): Promise<readonly LiveLease[]> {
  const rows = await readPartitions(store, hub, partitionColumns, signal)
  return rows.flatMap((row) => holderOf(store, hub, row) ?? [])
}

const partitionColumns = ['RowKey', 'CurrentOwner', 'NextOwner', 'ExpiresAt']

function holderOf(store: Store, hub: HubName, row: Columns): LiveLease | undefined {
  const { RowKey, CurrentOwner, NextOwner, ExpiresAt } = row
  if (![CurrentOwner, NextOwner].every((owner) => owner === undefined || owner === null || text(owner) !== undefined)) {
    throw ofPartitions(store, hub, 'an owner in it is not a text')
  }
  const owner = text(CurrentOwner) || text(NextOwner)
  if (!owner || ExpiresAt === undefined || ExpiresAt === null) return undefined
  const until = date(ExpiresAt)
  if (!until) throw ofPartitions(store, hub, 'an ExpiresAt in it is not a date')
  return until > serverTime(store) ? { on: `partition '${shown(RowKey)}'`, owner: shown(owner), until } : undefined
}

function ofPartitions({ connection }: Store, hub: HubName, what: string) {
  return unreadable(`read table '${partitionsTable(hub)}'`, connection.account.name, what)
}

async function leasedBlobs(store: Store, hub: HubName, signal: AbortSignal): Promise<readonly LiveLease[]> {
  const container = leasesContainer(hub)
  const found = await ifPresent(async () => {
    const held: string[] = []
    for await (const items of blobPages(store, container, signal)) {
      const operation = `read the leases of task hub '${hub}'`
      for (const item of items) if (isHeld(store, operation, leaseStateOf(item))) held.push(item.name)
    }
    return held
  })
  const leases: LiveLease[] = []
  for (const name of found ?? []) {
    leases.push({ on: `blob '${remoteText(name, 80)}'`, owner: await ownerIn(store, { container, name }, signal) })
  }
  return leases
}

async function appLease(store: Store, hub: HubName, signal: AbortSignal): Promise<readonly LiveLease[]> {
  const container = appLeaseContainer(hub)
  const found = (await listContainers(store, hub, signal)).find(({ name }) => name === container)
  if (!found || !isHeld(store, `read the app lease of task hub '${hub}'`, found.leaseState)) return []
  const owner = await ownerIn(store, { container, name: `${storagePrefix(hub)}appleaseinfo` }, signal)
  return [{ on: `container '${container}'`, owner }]
}

export type ContainerSeen = { readonly name: string; readonly leaseState: string | undefined }

/** Every container whose name begins as the hub's do. */
export async function listContainers(
  store: Store,
  hub: HubName,
  signal: AbortSignal,
): Promise<readonly ContainerSeen[]> {
  const { connection, caller } = store
  const client = connection.containers()
  const operation = { service: 'blob', name: `list the containers of task hub '${hub}'` } as const
  const fetch = async (token: string | undefined, abortSignal: AbortSignal) => {
    const page = await firstPage(
      client
        .listContainers({ prefix: storagePrefix(hub), abortSignal })
        .byPage(token === undefined ? {} : { continuationToken: token }),
    )
    const items = page.containerItems.map((item) => ({ name: nameOf(item.name), leaseState: leaseStateOf(item) }))
    return { items, token: page.continuationToken || undefined }
  }
  const all: ContainerSeen[] = []
  for await (const items of pages(caller, { operation, fetch, nameOf: ({ name }) => name }, signal)) all.push(...items)
  return all
}

/** The states of a lease (Lease Blob, REST reference); undefined for whatever else stands there. */
const leaseStates = ['available', 'leased', 'expired', 'breaking', 'broken']

function leaseStateOf({ properties }: { readonly properties: unknown }): string | undefined {
  const state = isObject(properties) ? text(properties['leaseState']) : undefined
  return state !== undefined && leaseStates.includes(state) ? state : undefined
}

function isHeld({ connection }: Store, operation: string, state: string | undefined): boolean {
  if (state === undefined) throw unreadable(operation, connection.account.name, 'a lease state is missing or none')
  return state === 'leased' || state === 'breaking'
}

/** Who wrote itself into the blob; only for a message, so that a blob which says nothing is no error. */
async function ownerIn(store: Store, at: { container: string; name: string }, signal: AbortSignal): Promise<string> {
  const stored = await readBlobText(store, at, signal)
  const info = stored && parseJson(stored.text)
  return shown(isObject(info) && (info['Owner'] ?? info['owner'] ?? info['OwnerId']))
}

function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' ? remoteText(value, 80) : 'unknown'
}
