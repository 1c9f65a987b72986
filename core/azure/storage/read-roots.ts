import { AzureFailure } from '../../failures.ts'
import { inParallel } from '../../in-parallel.ts'
import type { Clock } from '../../ports.ts'
import { silentWatch } from '../../task-hub/idle-proof/scan-watch.ts'
import type { HubName } from '../../task-hub/name.ts'
import type { RootsSeen, RootsWanted } from '../../task-hub/ports.ts'
import { isEntity } from '../../task-hub/rows/entity.ts'
import type { InstanceRow } from '../../task-hub/rows/instance.ts'
import { date, isOfHub, readInstanceRow, text } from '../../task-hub/rows/instance.ts'
import type { BeginRow } from '../../task-hub/rows/root.ts'
import { isRoot } from '../../task-hub/rows/root.ts'
import type { Columns } from './rows.ts'
import { quoted, readRows, rowPages } from './rows.ts'
import { scanTable } from './scan/scan-table.ts'
import { ifPresent, serverTime } from './store.ts'
import type { Tracking } from './tracking.ts'
import { withinTime } from './within-time.ts'

const columns = ['PartitionKey', 'Name', 'CreatedTime', 'RuntimeStatus', 'ExecutionId', 'TaskHubName'] as const
const historyColumns = ['ExecutionId', 'EventType', 'ParentInstance', 'IsPlayed'] as const
const parallelReads = 8
/** Pages of one instance's History: the filter passes few rows, but an instance may have many. */
const mostPages = 20

type Question = { readonly hub: HubName; readonly wanted: RootsWanted }

/** The instances of a hub that were begun from outside since a moment: see `TaskHubs.roots`. */
export async function readRoots(
  tracking: Tracking,
  clock: Clock,
  { hub, wanted }: Question,
  signal: AbortSignal,
): Promise<RootsSeen> {
  const { store, instances: table } = tracking
  const { after, most, withinMs } = wanted
  const operation = `read the newest instances in table '${table}'`
  const read = async (bounded: AbortSignal): Promise<RootsSeen> => {
    // No row has these keys: it tells that the table is there, and what time it is.
    const nothing = "PartitionKey eq '' and RowKey eq '-'"
    const exists = (await readRows(store, { table, filter: nothing, select: ['PartitionKey'] }, bounded)) !== undefined
    const at = serverTime(store)
    if (!exists || after === undefined) return { exists, roots: [], areAll: true, at }
    const rows = await rowsSince(tracking, { hub, after, most }, bounded)
    const isOne = await inParallel(rows.slice(0, most), parallelReads, async (row) => {
      return row.status === 'Pending' || isRoot(row, await beginOf(tracking, row.key, bounded))
    })
    const roots = rows.filter((_, index) => isOne[index] === true)
    return {
      exists,
      roots: roots.map(({ id, name }) => ({ id, name })),
      areAll: rows.length <= most,
      at: serverTime(store),
    }
  }
  const seen = await withinTime(clock, withinMs, signal, read)
  if (seen !== 'tooSlow') return seen
  throw new AzureFailure(
    `Could not ${operation} in storage account '${store.connection.account.name}' within ${withinMs / 1000} s.`,
    { operation, kind: 'timeout' },
  )
}

/** One more than `most` at most, so that it is seen that there are more. */
async function rowsSince(
  tracking: Tracking,
  { hub, after, most }: { readonly hub: HubName; readonly after: Date; readonly most: number },
  signal: AbortSignal,
): Promise<readonly InstanceRow[]> {
  const { store, instances: table, shared } = tracking
  const query = {
    table,
    filter: `CreatedTime gt datetime'${after.toISOString()}'`,
    select: columns,
    wanted: ({ CreatedTime }: Columns) => (date(CreatedTime) ?? after) > after,
    watch: silentWatch,
  }
  const rows: InstanceRow[] = []
  await ifPresent(async () => {
    for await (const batch of scanTable(store, query, signal)) {
      for (const each of batch) {
        const row = readInstanceRow(each)
        if (!row || isEntity(row) || (shared && !isOfHub(row, hub))) continue
        rows.push(row)
        if (rows.length > most) return
      }
    }
  })
  return rows
}

async function beginOf(
  { store, history: table }: Tracking,
  key: string,
  signal: AbortSignal,
): Promise<readonly BeginRow[]> {
  const events = "EventType eq 'ExecutionStarted' or (EventType eq 'OrchestratorCompleted' and IsPlayed eq true)"
  const query = { table, filter: `PartitionKey eq ${quoted(key)} and (${events})`, select: historyColumns }
  const pages = rowPages(store, query, signal)
  const rows: BeginRow[] = []
  for (let read = 0; read < mostPages; read++) {
    const page = await ifPresent(() => pages.next())
    if (page === undefined || page.done === true) break
    rows.push(...page.value.map(beginRowOf))
  }
  return rows
}

function beginRowOf(row: Columns): BeginRow {
  const executionId = text(row['ExecutionId'])
  const parentInstance = text(row['ParentInstance'])
  const isContinued = row['EventType'] === 'OrchestratorCompleted' && row['IsPlayed'] === true
  return {
    ...(executionId !== undefined && { executionId }),
    ...(parentInstance !== undefined && { parentInstance }),
    ...(isContinued && { isContinued }),
  }
}
