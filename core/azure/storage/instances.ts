import type { InstanceReader } from '../../task-hub/hub-reader.ts'
import {
  durationColumns,
  endedStatuses,
  instanceColumns,
  readInstanceRow,
  type InstanceRow,
} from '../../task-hub/instance.ts'
import { quoted, readRows, rowPages, type Columns } from './rows.ts'
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
    async *scan(since, _watch, signal) {
      const query = { table, filter: unfinishedOrWrittenSince(since), select: instanceColumns }
      for await (const page of rowPages(store, query, signal))
        yield page.map((columns) => instanceOf(tracking, columns))
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
 * Not a chain of `ne`: that would drop the rows that lack the column, which are in flight (measured on Azurite 3.35.0; a
 * purge under a running instance leaves them, DT AzureTableTrackingStore.cs:985-1060).
 */
function unfinishedOrWrittenSince(since: Date): string {
  const ended = endedStatuses.map((status) => `RuntimeStatus eq '${status}'`).join(' or ')
  return `not ((${ended}) and Timestamp lt datetime'${since.toISOString()}')`
}

function instanceOf({ store, instances }: Tracking, columns: Columns): InstanceRow {
  const row = readInstanceRow(columns)
  if (row) return row
  throw unreadable(`read table '${instances}'`, store.connection.account.name, 'it holds a row without PartitionKey')
}
