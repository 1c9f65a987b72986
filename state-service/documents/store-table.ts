// Documents and history as rows of one table. PartitionKey: the kind of a document, or `history-<app>`.
import { inParallel } from '../../core/in-parallel.ts'
import { deleteRow, ensureTable, readRow, unreadableRow, writeRow } from '../../core/azure/storage/one-row.ts'
import { quoted, rowPages, type Columns } from '../../core/azure/storage/rows.ts'
import { openStore, type StorageAccess, type Store } from '../../core/azure/storage/store.ts'
import type { ReadableStorage } from '../../core/function-app/storage-reference.ts'
import {
  checkCursor,
  entryColumnNames,
  entryFromColumns,
  entryRowKey,
  entryToColumns,
  fromRowKey,
  named,
  pageOf,
  textFromColumns,
  textToColumns,
  toRowKey,
  type EntryRow,
} from './document-rows.ts'
import type { DocumentKind, Documents } from './documents.ts'

/** A service that watches more than this has been set up wrongly, or somebody fills its table. */
const mostKeys = 50_000
const deletesAtOnce = 8

export type TableDocuments = Documents & {
  /** Makes the table where it is missing; to be called once, at the start. Throws `AzureFailure`. */
  ensure(signal: AbortSignal): Promise<void>
}

/**
 * The documents of a table, its name 3 to 63 letters and digits. Opens no connection yet. Throws `AzureFailure` where there is
 * no way to sign in; a table that is missing later throws `AzureFailure` (`notFound`): what it held is not known to be nothing.
 */
export function openTableDocuments(reference: ReadableStorage, access: StorageAccess, table: string): TableDocuments {
  const store = openStore(reference, access)
  return {
    ensure: (signal) => ensureTable(store, table, signal),
    ...documentsIn(store, table),
    ...historyIn(store, table),
  }
}

function documentsIn(store: Store, table: string): Pick<Documents, 'read' | 'write' | 'keys' | 'remove'> {
  const addressOf = (kind: DocumentKind, key: string, operation: string) => ({
    table,
    partition: kind as string,
    row: toRowKey(key, operation),
  })
  return {
    async read(kind, key, signal) {
      const found = await readRow(store, addressOf(kind, key, named(`read ${kind}`, key)), signal)
      if (!found) return undefined
      const text = textFromColumns(found.columns)
      if (text === undefined) throw unreadableRow(store, table, `${named(kind, key)} is not whole`)
      return { text, etag: found.etag }
    },
    async write({ kind, key, text }, etag, signal) {
      const operation = named(`write ${kind}`, key)
      const columns = textToColumns(text, operation)
      return writeRow(store, { ...addressOf(kind, key, operation), columns, etag }, signal)
    },
    async keys(kind, signal) {
      const keys: string[] = []
      const query = { table, filter: `PartitionKey eq ${quoted(kind)}`, select: ['RowKey'] }
      for await (const rows of rowPages(store, query, signal)) {
        for (const row of rows) {
          const key = fromRowKey(rowKeyOf(row))
          if (key === undefined) throw unreadableRow(store, table, `a key of ${kind} is none of the service's`)
          keys.push(key)
        }
        if (keys.length > mostKeys) throw unreadableRow(store, table, `it holds more than ${mostKeys} of ${kind}`)
      }
      return keys
    },
    async remove(kind, key, signal) {
      await deleteRow(store, addressOf(kind, key, named(`remove ${kind}`, key)), signal)
    },
  }
}

function historyIn(store: Store, table: string): Pick<Documents, 'addEntry' | 'entries' | 'trimEntries'> {
  const partitionOf = (app: string, operation: string) => `history-${toRowKey(app, operation)}`
  return {
    async addEntry(app, entry, signal) {
      const operation = named('add to the history of', app)
      const [partition, row] = [partitionOf(app, operation), entryRowKey(entry.id, operation)]
      // Its key is made of its id: `conflict` says that it is there already.
      const columns = entryToColumns(entry, operation)
      await writeRow(store, { table, partition, row, columns, etag: undefined }, signal)
    },
    async entries(app, { top, after }, signal) {
      const operation = named('read the history of', app)
      checkCursor(after, operation)
      const ofApp = `PartitionKey eq ${quoted(partitionOf(app, operation))}`
      const filter = after === undefined ? ofApp : `${ofApp} and RowKey gt ${quoted(after)}`
      const query = { table, filter, select: entryColumnNames, pageSize: Math.min(top + 1, 1000) }
      const left: EntryRow[] = []
      for await (const rows of rowPages(store, query, signal)) {
        for (const row of rows) {
          const entry = entryFromColumns(row)
          if (!entry) throw unreadableRow(store, table, `an entry of ${named('history', app)} is none`)
          left.push([rowKeyOf(row), entry])
        }
        if (left.length > top) break
      }
      return pageOf(left, top)
    },
    async trimEntries(app, most, signal) {
      const partition = partitionOf(app, named('trim the history of', app))
      const query = { table, filter: `PartitionKey eq ${quoted(partition)}`, select: ['RowKey'] }
      let kept = 0
      for await (const rows of rowPages(store, query, signal)) {
        const tooMany = rows.slice(Math.max(0, most - kept))
        kept += rows.length - tooMany.length
        await inParallel(tooMany, deletesAtOnce, (row) =>
          deleteRow(store, { table, partition, row: rowKeyOf(row) }, signal),
        )
      }
    },
  }
}

function rowKeyOf({ RowKey }: Columns): string {
  return typeof RowKey === 'string' ? RowKey : ''
}
