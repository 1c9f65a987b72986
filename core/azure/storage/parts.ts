import { instancesTable, largeMessagesContainer, partsIn, historyTable } from '../../task-hub/layout.ts'
import { text } from '../../task-hub/rows/instance.ts'
import { sameHubName, type HubName } from '../../task-hub/name.ts'
import type { HubPart, HubParts } from '../../task-hub/ports.ts'
import { hasBlobs } from './blobs.ts'
import type { Tracking } from './tracking.ts'
import { listContainers } from './leases.ts'
import { firstPage, nameOf, pages } from './pages.ts'
import { countMessages, listQueues } from './queues.ts'
import { rowPages } from './rows.ts'
import { ifPresent, type Store } from './store.ts'

/** Everything of a hub that is in storage, in the order in which it is to be deleted. */
export async function readParts(
  store: Store,
  tracking: Tracking,
  hub: HubName,
  signal: AbortSignal,
): Promise<HubParts> {
  const own = await ownParts(store, hub, signal)
  if (!tracking.shared) {
    const lost = own.some(({ kind }) => kind === 'queue') && !own.some((part) => isTable(part, instancesTable(hub)))
    const holdsData = await anyAsync(own, (part) => holdsDataOf(store, hub, part, signal))
    return lost ? { parts: own, holdsData, obstacle: lostRows } : { parts: own, holdsData }
  }
  const { mine, ownerless } = await countShared(tracking, hub, signal)
  // History first: which of its rows are the hub's is told by the rows of Instances alone.
  const rows = [tracking.history, tracking.instances].map((table): HubPart => ({
    kind: 'rows',
    table,
    column: 'TaskHubName',
  }))
  const before = own.filter(({ kind }) => kind !== 'container')
  const parts = [...before, ...(mine > 0 ? rows : []), ...own.filter(({ kind }) => kind === 'container')]
  const holdsData = mine > 0 || (await anyAsync(own, (part) => holdsDataOf(store, hub, part, signal)))
  if (ownerless === 0) return { parts, holdsData }
  const obstacle = `${ownerless} rows of the shared table '${tracking.instances}' have no TaskHubName, so that nobody can say whose they are`
  return { parts, holdsData, obstacle }
}

/** The queues, tables and containers that bear the hub's own name. */
export async function ownParts(store: Store, hub: HubName, signal: AbortSignal): Promise<readonly HubPart[]> {
  return partsIn(hub, {
    queues: await listQueues(store, hub, signal),
    tables: await listTables(store, signal),
    containers: (await listContainers(store, hub, signal)).map(({ name }) => name),
  })
}

const lostRows = 'it has queues but no Instances table, and no setting tells where its tracking store is'

/** All tables of the account: a filter on names would compare them with case, which table names do not have. */
async function listTables({ connection, caller }: Store, signal: AbortSignal): Promise<readonly string[]> {
  const client = connection.tables()
  const operation = { service: 'table', name: 'list the tables' } as const
  const fetch = async (token: string | undefined, abortSignal: AbortSignal) => {
    const page = await firstPage(
      client.listTables({ abortSignal }).byPage(token === undefined ? {} : { continuationToken: token }),
    )
    return { items: page.map(({ name }) => nameOf(name)), token: page.continuationToken }
  }
  const names: string[] = []
  for await (const items of pages(caller, { operation, fetch, nameOf: (name) => name }, signal)) names.push(...items)
  return names
}

async function holdsDataOf(store: Store, hub: HubName, part: HubPart, signal: AbortSignal): Promise<boolean> {
  if (part.kind === 'rows') return true
  if (part.kind === 'queue') return ((await ifPresent(() => countMessages(store, part.name, signal))) ?? 0) > 0
  if (part.kind === 'container') {
    return part.name === largeMessagesContainer(hub) && (await hasBlobs(store, part.name, signal))
  }
  const withRows = isTable(part, instancesTable(hub)) || isTable(part, historyTable(hub))
  return withRows && (await hasRows(store, part.name, signal))
}

async function hasRows(store: Store, table: string, signal: AbortSignal): Promise<boolean> {
  const found = await ifPresent(async () => {
    for await (const rows of rowPages(store, { table, select: ['PartitionKey'] }, signal))
      if (rows.length > 0) return true
    return false
  })
  return found ?? false
}

async function countShared(tracking: Tracking, hub: HubName, signal: AbortSignal) {
  const counts = { mine: 0, ownerless: 0 }
  const query = { table: tracking.instances, select: ['PartitionKey', 'TaskHubName'] }
  await ifPresent(async () => {
    for await (const rows of rowPages(tracking.store, query, signal)) {
      for (const { TaskHubName } of rows) {
        const owner = text(TaskHubName) ?? ''
        if (owner === '') counts.ownerless += 1
        else if (sameHubName(owner, hub)) counts.mine += 1
      }
    }
  })
  return counts
}

function isTable(part: HubPart, name: string): boolean {
  return part.kind === 'table' && part.name.toLowerCase() === name.toLowerCase()
}

async function anyAsync<T>(items: readonly T[], holds: (item: T) => Promise<boolean>): Promise<boolean> {
  for (const item of items) if (await holds(item)) return true
  return false
}
