import {
  endEvents,
  hasEnded,
  historyColumns,
  readHistoryRow,
  sentinelRowKey,
  type HistoryRow,
} from '../../task-hub/history.ts'
import { endedStatuses, instanceColumns, readInstanceRow, type InstanceRow } from '../../task-hub/instance.ts'
import type { IdlePolicy } from '../../task-hub/evidence.ts'
import { sameHubName, type HubName } from '../../task-hub/name.ts'
import { addRow, newTally, wantsHistory, type Tally } from '../../task-hub/tally.ts'
import { inParallel } from '../in-parallel.ts'
import { quoted, readRows, rowPages, type Columns } from './rows.ts'
import { ifPresent, unreadable, type Store } from './store.ts'

/** Where a hub's rows are: its own tables, or a tracking store that it shares with other hubs. */
export type Tracking = {
  readonly store: Store
  readonly instances: string
  readonly history: string
  /** True: only rows whose TaskHubName is the hub's are the hub's. */
  readonly shared: boolean
}

/**
 * Not a chain of `ne`: that would drop the rows that lack the column, which are in flight (measured on Azurite 3.35.0; a
 * purge under a running instance leaves them, DT AzureTableTrackingStore.cs:985-1060).
 */
const unfinished = `not (${endedStatuses.map((status) => `RuntimeStatus eq '${status}'`).join(' or ')})`

/** Rows asked about in History before a hub that is busy anyway is left at that. */
const mostAsked = 100
const parallelReads = 8

/** Counts the unfinished rows of a hub, one page in memory at a time; undefined where there is no Instances table. */
export async function tallyInstances(
  tracking: Tracking,
  hub: HubName,
  policy: IdlePolicy,
  signal: AbortSignal,
): Promise<Tally | undefined> {
  const tally = newTally()
  let asked = 0
  const query = { table: tracking.instances, filter: unfinished, select: instanceColumns }
  return ifPresent(async () => {
    for await (const page of rowPages(tracking.store, query, signal)) {
      const rows = page
        .map((columns) => instanceOf(tracking, columns))
        .filter((row) => isOfHub(tracking, hub, row, tally))
      for (let at = 0; at < rows.length; at += parallelReads) {
        const some = rows.slice(at, at + parallelReads)
        const ended = await inParallel(some, parallelReads, async (row) => {
          if (!wantsHistory(row, policy) || (asked >= mostAsked && isBusy(tally))) return false
          asked += 1
          return hasEnded(row, await readHistory(tracking, row.key, signal))
        })
        some.forEach((row, index) => {
          addRow(tally, row, policy, ended[index] === true)
        })
      }
    }
    return tally
  })
}

/** The events of one instance that prove its end or explain its timers; none where there is no History. */
export async function readHistory(
  tracking: Tracking,
  key: string,
  signal: AbortSignal,
): Promise<readonly HistoryRow[]> {
  const events = [...endEvents, 'TimerCreated', 'TimerFired'].map((event) => `EventType eq '${event}'`).join(' or ')
  const filter = `PartitionKey eq ${quoted(key)} and (RowKey eq '${sentinelRowKey}' or ${events})`
  const query = { table: tracking.history, filter, select: historyColumns }
  const rows = (await readRows(tracking.store, query, signal)) ?? []
  return rows.map((columns) => readHistoryRow(columns)).filter((row) => row !== undefined)
}

/** The row of one instance, where it is this hub's. */
export async function readInstance(
  tracking: Tracking,
  hub: HubName,
  key: string,
  signal: AbortSignal,
): Promise<InstanceRow | undefined> {
  const filter = `PartitionKey eq ${quoted(key)} and RowKey eq ''`
  const rows = await readRows(tracking.store, { table: tracking.instances, filter, select: instanceColumns }, signal)
  return rows?.map((columns) => instanceOf(tracking, columns)).find((row) => isOfHub(tracking, hub, row))
}

function instanceOf({ store, instances }: Tracking, columns: Columns): InstanceRow {
  const row = readInstanceRow(columns)
  if (row) return row
  throw unreadable(`read table '${instances}'`, store.connection.account.name, 'it holds a row without PartitionKey')
}

/** In a shared store a row without TaskHubName may be anybody's: it is counted as such where a tally is given. */
function isOfHub({ shared }: Tracking, hub: HubName, { taskHubName }: InstanceRow, tally?: Tally): boolean {
  if (!shared) return true
  if (taskHubName !== undefined && taskHubName !== '') return sameHubName(taskHubName, hub)
  if (tally) tally.ownerless += 1
  return false
}

function isBusy({ counts }: Tally): boolean {
  return counts.running + counts.pending + counts.suspended + counts.unclear > 0
}
