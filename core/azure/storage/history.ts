import {
  endEvents,
  historyColumns,
  outstandingColumns,
  outstandingEvents,
  readHistoryRow,
  sentinelRowKey,
  type HistoryRow,
} from '../../task-hub/rows/history.ts'
import type { HistoryReader } from '../../task-hub/idle-proof/hub-reader.ts'
import { date } from '../../task-hub/rows/instance.ts'
import { silentWatch } from '../../task-hub/idle-proof/scan-watch.ts'
import { quoted, readRows, rowPages } from './rows.ts'
import { scanTable, type ScanQuery } from './scan/scan-table.ts'
import { ifPresent } from './store.ts'
import type { Tracking } from './tracking.ts'

/** Pages of one instance's History that are read to tell what it waits for. */
const mostPages = 5

/** The rows of a History table. */
export function historyReader({ store, history: table }: Tracking): HistoryReader {
  return {
    async endAndTimers(key, signal) {
      const events = [...endEvents, 'TimerCreated', 'TimerFired'].map((event) => `EventType eq '${event}'`).join(' or ')
      const filter = `PartitionKey eq ${quoted(key)} and (RowKey eq '${sentinelRowKey}' or ${events})`
      const rows = (await readRows(store, { table, filter, select: historyColumns }, signal)) ?? []
      return rows.map((columns) => readHistoryRow(columns)).filter((row) => row !== undefined)
    },
    async outstanding(key, signal) {
      const continued = `(EventType eq 'OrchestratorCompleted' and IsPlayed eq true)`
      const events = [...outstandingEvents.map((event) => `EventType eq '${event}'`), continued].join(' or ')
      const filter = `PartitionKey eq ${quoted(key)} and (RowKey eq '${sentinelRowKey}' or ${events})`
      const pages = rowPages(store, { table, filter, select: outstandingColumns }, signal)
      const rows: HistoryRow[] = []
      for (let read = 0; read < mostPages; read++) {
        const page = await ifPresent(() => pages.next())
        if (page === undefined || page.done === true) return rows
        rows.push(...page.value.map((columns) => readHistoryRow(columns)).filter((row) => row !== undefined))
      }
      return undefined
    },
    async *withTimersAfter(moment, signal) {
      const rows = scanTable(store, { table, ...timersAfter(moment), watch: silentWatch }, signal)
      try {
        for (;;) {
          const batch = await ifPresent(() => rows.next())
          if (batch === undefined || batch.done === true) return
          yield batch.value.map(({ PartitionKey: key }) => key).filter((key) => typeof key === 'string')
        }
      } finally {
        await rows.return()
      }
    },
  }
}

function timersAfter(moment: Date): Pick<ScanQuery, 'filter' | 'select' | 'wanted'> {
  return {
    filter: `EventType eq 'TimerCreated' and FireAt gt datetime'${moment.toISOString()}'`,
    select: ['PartitionKey', 'EventType', 'FireAt'],
    wanted: ({ EventType: type, FireAt }) => type === 'TimerCreated' && (date(FireAt) ?? moment) > moment,
  }
}
