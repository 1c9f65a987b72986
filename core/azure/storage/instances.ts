import type { InstanceReader } from '../../task-hub/idle-proof/hub-reader.ts'
import {
  date,
  durationColumns,
  endedStatuses,
  instanceColumns,
  readInstanceRow,
  type InstanceRow,
} from '../../task-hub/rows/instance.ts'
import { quoted, readRows, rowPages, type Columns } from './rows.ts'
import { scanTable, type ScanQuery } from './scan/scan-table.ts'
import { ifPresent, unreadable } from './store.ts'
import type { Tracking } from './tracking.ts'

/** Pages of completed instances that are read for an estimate. */
const mostCompletedPages = 2
const mostCompleted = 1000

/** The rows of an Instances table. */
export function instanceReader(tracking: Tracking): InstanceReader {
  const { store, instances: table, shared } = tracking
  return {
    shared,
    async *scan(since, watch, signal) {
      const query = { table, ...unfinishedOrWrittenSince(since), select: instanceColumns, watch }
      for await (const batch of scanTable(store, query, signal))
        yield batch.map((columns) => instanceOf(tracking, columns))
    },
    async row(key, signal) {
      const filter = `PartitionKey eq ${quoted(key)} and RowKey eq ''`
      const rows = await readRows(store, { table, filter, select: instanceColumns }, signal)
      return rows?.map((columns) => instanceOf(tracking, columns))[0]
    },
    async completed(name, signal) {
      const filter = `RuntimeStatus eq 'Completed' and Name eq ${quoted(name)}`
      const pages = rowPages(store, { table, filter, select: durationColumns }, signal)
      const rows: InstanceRow[] = []
      for (let read = 0; read < mostCompletedPages && rows.length < mostCompleted; read++) {
        const page = await ifPresent(() => pages.next())
        if (page === undefined || page.done === true) break
        rows.push(...page.value.map((columns) => instanceOf(tracking, columns)))
      }
      return rows
    },
  }
}

/**
 * The choice as a filter and as a function. Not a chain of `ne`: that would drop the rows that lack the column, which are in
 * flight (measured on Azurite 3.35.0; a purge under a running instance leaves them, DT AzureTableTrackingStore.cs:985-1060).
 */
function unfinishedOrWrittenSince(since: Date): Pick<ScanQuery, 'filter' | 'wanted'> {
  const ended = endedStatuses.map((status) => `RuntimeStatus eq '${status}'`).join(' or ')
  return {
    filter: `not ((${ended}) and Timestamp lt datetime'${since.toISOString()}')`,
    wanted: ({ RuntimeStatus: status, Timestamp: written }) => {
      const writtenAt = date(written)
      return !endedStatuses.some((one) => one === status) || writtenAt === undefined || writtenAt >= since
    },
  }
}

function instanceOf({ store, instances }: Tracking, columns: Columns): InstanceRow {
  const row = readInstanceRow(columns)
  if (row) return row
  throw unreadable(`read table '${instances}'`, store.connection.account.name, 'it holds a row without PartitionKey')
}
