// Every resource of a task hub in Azure Storage (DT AzureStorageOrchestrationService.cs:119-231,
// AzureStorageOrchestrationServiceSettings.cs:245-248). Queue and container names are the hub's in lower case; table
// names keep its case and compare without.
import type { HubName } from './name.ts'
import type { HubPart } from './ports.ts'

/** All names of one kind in an account, or at least all that start with `storagePrefix`. */
export type Listing = {
  readonly queues: readonly string[]
  readonly tables: readonly string[]
  readonly containers: readonly string[]
}

/** What a listing of queues or containers may be narrowed to. Never enough to tell hub `app` from a hub named `app-x`. */
export function storagePrefix(hub: HubName): string {
  return `${hub.toLowerCase()}-`
}

export function instancesTable(hubOrPrefix: string): string {
  return `${hubOrPrefix}Instances`
}

export function historyTable(hubOrPrefix: string): string {
  return `${hubOrPrefix}History`
}

export function partitionsTable(hub: HubName): string {
  return `${hub}Partitions`
}

export function workItemQueue(hub: HubName): string {
  return `${hub.toLowerCase()}-workitems`
}

export function leasesContainer(hub: HubName): string {
  return `${hub.toLowerCase()}-leases`
}

export function appLeaseContainer(hub: HubName): string {
  return `${hub.toLowerCase()}-applease`
}

export function largeMessagesContainer(hub: HubName): string {
  return `${hub.toLowerCase()}-largemessages`
}

/** The number of a control queue of the hub, or undefined for any other queue. */
export function controlQueueNumber(hub: HubName, queue: string): number | undefined {
  const prefix = `${hub.toLowerCase()}-control-`
  const digits = queue.startsWith(prefix) ? queue.slice(prefix.length) : ''
  return /^\d{2}$/.test(digits) ? Number(digits) : undefined
}

/**
 * The parts of this hub in a listing, in the order in which they are to be deleted: queues, so that nothing can start any
 * more; the tables; the containers. Names are those of the listing. Anything else in it is left out.
 */
export function partsIn(hub: HubName, listing: Listing): readonly HubPart[] {
  const queues = listing.queues.filter(
    (name) => controlQueueNumber(hub, name) !== undefined || name === workItemQueue(hub),
  )
  const tables = [partitionsTable(hub), instancesTable(hub), historyTable(hub)].flatMap((wanted) =>
    listing.tables.filter((name) => name.toLowerCase() === wanted.toLowerCase()),
  )
  const containers = [leasesContainer(hub), appLeaseContainer(hub), largeMessagesContainer(hub)].filter((wanted) =>
    listing.containers.includes(wanted),
  )
  return [
    ...queues.sort().map((name): HubPart => ({ kind: 'queue', name })),
    ...tables.map((name): HubPart => ({ kind: 'table', name })),
    ...containers.map((name): HubPart => ({ kind: 'container', name })),
  ]
}

/**
 * The hub name that a host gives itself when host.json names none: WEBSITE_SITE_NAME made valid (EXT
 * DurableTaskOptions.cs:40-64, AzureStorageOptions.cs:224-258). Letters other than a-z remain, so it need not be a valid one.
 */
export function defaultHubName(siteName: string): string {
  const kept = siteName.replace(/[^\p{L}\p{Nd}]/gu, '')
  const named = kept === '' ? 'DefaultTaskHub' : /^\p{N}/u.test(kept) ? `t${kept}` : kept
  const cut = named.slice(0, 45)
  return cut.length < 3 ? `${cut}Hub` : cut
}
