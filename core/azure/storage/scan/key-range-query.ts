import type { KeyRange } from '../../../key-range/key-space.ts'
import { PageWalk, firstPage } from '../pages.ts'
import { quoted, type Columns } from '../rows.ts'
import { unreadable, type Store } from '../store.ts'

/** A row with the keys that say where it stands. */
export type KeyedRow = { readonly key: string; readonly rowKey: string; readonly columns: Columns }

export type RangeQuery = {
  readonly range: KeyRange
  readonly filter?: string | undefined
  readonly select: readonly string[]
  readonly top?: number
}

/** A page holds at most so many rows (Query Timeout and Pagination, Table service REST reference). */
export const rowsPerPage = 1000

/** Reads ranges of PartitionKeys of one table; on the real service such a query is a range scan (Design for querying). */
export class KeyRangeReader {
  /** Answers so far, those of them that were pages of rows, and how long all took together, in milliseconds. */
  requests = 0
  pages = 0
  busyMs = 0
  readonly #store: Store
  readonly #table: string
  readonly #client: ReturnType<Store['connection']['table']>

  constructor(store: Store, table: string) {
    this.#store = store
    this.#table = table
    this.#client = store.connection.table(table)
  }

  /**
   * The rows of a range page by page, in the order of their keys. Dates are ISO texts. Throws `AzureFailure`: `notFound` where
   * there is no table, `unreadable` where rows are out of order or not of the range.
   */
  walk({ range, filter, select, top = rowsPerPage }: RangeQuery): PageWalk<KeyedRow> {
    const text = [...boundsOf(range), ...(filter === undefined ? [] : [`(${filter})`])].join(' and ')
    const queryOptions = { select: [...select], ...(text === '' ? {} : { filter: text }) }
    let last: KeyedRow | undefined
    const fetch = async (token: string | undefined, abortSignal: AbortSignal) => {
      const start = this.#store.caller.now().getTime()
      const page = await firstPage(
        this.#client
          .listEntities({ queryOptions, abortSignal, requestOptions: { customHeaders: bare } })
          .byPage({ maxPageSize: top, ...(token === undefined ? {} : { continuationToken: token }) }),
      )
      const items = page.map((row) => this.#keyed(row))
      let before = last
      for (const item of items) {
        if (!isIn(range, item) || (before !== undefined && !isBefore(before, item))) {
          throw this.#unreadable('its rows do not come in the order of their keys')
        }
        before = item
      }
      last = before
      this.requests += 1
      if (top > 1) this.pages += top / rowsPerPage
      this.busyMs += this.#store.caller.now().getTime() - start
      return { items, token: page.continuationToken }
    }
    return new PageWalk(this.#store.caller, { operation: this.#operation, fetch, ofRows: true })
  }

  /** The first key of a range, or undefined where it is empty. */
  async firstKey(range: KeyRange, signal: AbortSignal): Promise<string | undefined> {
    const walk = this.walk({ range, select: ['PartitionKey'], top: 1 })
    do {
      const [row] = await walk.next(signal)
      if (row) return row.key
    } while (!walk.isDone)
    return undefined
  }

  get #operation() {
    return { service: 'table', name: `read table '${this.#table}'` } as const
  }

  #keyed({ partitionKey, rowKey = '', timestamp, ...rest }: Record<string, unknown>): KeyedRow {
    if (typeof partitionKey !== 'string') throw this.#unreadable('it holds a row without PartitionKey')
    if (typeof rowKey !== 'string') throw this.#unreadable('it holds a row whose RowKey is no text')
    const written = timestamp === undefined ? {} : { Timestamp: timestamp }
    return { key: partitionKey, rowKey, columns: { ...rest, ...written, PartitionKey: partitionKey, RowKey: rowKey } }
  }

  #unreadable(because: string) {
    return unreadable(this.#operation.name, this.#store.connection.account.name, because)
  }
}

/** Whether a row of key `key` is behind this row or is it. */
export function isBefore(one: { readonly key: string; readonly rowKey: string }, other: KeyedRow): boolean {
  return one.key < other.key || (one.key === other.key && one.rowKey < other.rowKey)
}

/** Rows without the types of their columns: the smallest form there is. */
const bare = { accept: 'application/json;odata=nometadata' }

function boundsOf({ from, to }: KeyRange): readonly string[] {
  return [
    ...(from === '' ? [] : [`PartitionKey ge ${quoted(from)}`]),
    ...(to === undefined ? [] : [`PartitionKey lt ${quoted(to)}`]),
  ]
}

function isIn({ from, to }: KeyRange, { key }: KeyedRow): boolean {
  return key >= from && (to === undefined || key < to)
}
