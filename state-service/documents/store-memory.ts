import { Cancelled } from '../../core/failures.ts'
import {
  checkCursor,
  entryRowKey,
  entryToColumns,
  fromRowKey,
  named,
  pageOf,
  textToColumns,
  toRowKey,
} from './document-rows.ts'
import type { Documents, HistoryEntry, StoredDocument } from './documents.ts'

/** Documents that live as long as the process; the same bounds as in a table. */
export function memoryDocuments(): Documents {
  const documents = new Map<string, StoredDocument>()
  const histories = new Map<string, Map<string, HistoryEntry>>()
  let writes = 0

  const historyOf = (app: string, operation: string) => {
    const key = toRowKey(app, operation)
    const history = histories.get(key) ?? new Map<string, HistoryEntry>()
    histories.set(key, history)
    return history
  }
  const newestFirst = (history: ReadonlyMap<string, HistoryEntry>) =>
    [...history].toSorted(([one], [other]) => (one < other ? -1 : 1))

  return {
    read: (kind, key, signal) =>
      unlessCancelled(signal, () => documents.get(`${kind}/${toRowKey(key, named(`read ${kind}`, key))}`)),
    write: ({ kind, key, text }, etag, signal) =>
      unlessCancelled(signal, () => {
        const operation = named(`write ${kind}`, key)
        const at = `${kind}/${toRowKey(key, operation)}`
        textToColumns(text, operation)
        if (documents.get(at)?.etag !== etag) return 'conflict'
        writes += 1
        documents.set(at, { text, etag: `"${writes}"` })
        return 'written'
      }),
    keys: (kind, signal) =>
      unlessCancelled(signal, () => {
        const prefix = `${kind}/`
        const rowKeys = [...documents.keys()].filter((at) => at.startsWith(prefix)).map((at) => at.slice(prefix.length))
        return rowKeys.toSorted().map((rowKey) => fromRowKey(rowKey) ?? rowKey)
      }),
    remove: (kind, key, signal) =>
      unlessCancelled(signal, () => {
        documents.delete(`${kind}/${toRowKey(key, named(`remove ${kind}`, key))}`)
      }),
    addEntry: (app, entry, signal) =>
      unlessCancelled(signal, () => {
        const operation = named('add to the history of', app)
        const rowKey = entryRowKey(entry.id, operation)
        entryToColumns(entry, operation)
        const history = historyOf(app, operation)
        if (!history.has(rowKey)) history.set(rowKey, entry)
      }),
    entries: (app, { top, after }, signal) =>
      unlessCancelled(signal, () => {
        const operation = named('read the history of', app)
        checkCursor(after, operation)
        const left = newestFirst(historyOf(app, operation)).filter(([rowKey]) => after === undefined || rowKey > after)
        return pageOf(left, top)
      }),
    trimEntries: (app, most, signal) =>
      unlessCancelled(signal, () => {
        const history = historyOf(app, named('trim the history of', app))
        for (const [rowKey] of newestFirst(history).slice(most)) history.delete(rowKey)
      }),
  }
}

async function unlessCancelled<T>(signal: AbortSignal, act: () => T): Promise<T> {
  if (signal.aborted) throw new Cancelled()
  // As over a wire: others may come between asking and doing.
  await Promise.resolve()
  return act()
}
