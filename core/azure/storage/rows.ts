import { firstPage, pages } from './pages.ts'
import { AnswerError } from './requests/answer-error.ts'
import { ifPresent, type Store } from './store.ts'

export type Columns = Readonly<Record<string, unknown>>

export type RowQuery = {
  readonly table: string
  readonly filter?: string
  readonly select: readonly string[]
  /** How many rows are asked for at a time; 1,000 where it is not set, which is the most. */
  readonly pageSize?: number
}

/** The rows of a table page by page, by the service's own column names. A missing table throws `AzureFailure` (`notFound`). */
export async function* rowPages(
  { connection, caller }: Store,
  { table, filter, select, pageSize = 1000 }: RowQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly Columns[], void, undefined> {
  const client = connection.table(table)
  const operation = { service: 'table', name: `read table '${table}'` } as const
  const queryOptions = {
    select: [...new Set([...select, 'PartitionKey', 'RowKey'])],
    ...(filter === undefined ? {} : { filter }),
  }
  let last: Keys | undefined
  const fetch = async (token: string | undefined, abortSignal: AbortSignal) => {
    const page = await firstPage(
      client
        .listEntities({ queryOptions, abortSignal })
        .byPage({ maxPageSize: pageSize, ...(token === undefined ? {} : { continuationToken: token }) }),
    )
    const items = page.map((row) => ({ ...row, ...keysOf(row), Timestamp: row.timestamp }))
    let before = last
    for (const item of items) {
      if (before && !isBehind(item, before)) throw new AnswerError(outOfOrder, { kind: 'unreadable' })
      before = item
    }
    last = before
    return { items, token: page.continuationToken }
  }
  yield* pages(caller, { operation, fetch, ofRows: true }, signal)
}

type Keys = { readonly PartitionKey: string; readonly RowKey: string }

/** A table gives its rows in the order of their keys (Query Entities, REST reference): one that does not begins anew for ever. */
const outOfOrder = 'its rows do not come in the order of their keys'

function isBehind(row: Keys, before: Keys): boolean {
  return (
    row.PartitionKey > before.PartitionKey || (row.PartitionKey === before.PartitionKey && row.RowKey > before.RowKey)
  )
}

function keysOf({ partitionKey, rowKey }: { readonly partitionKey?: unknown; readonly rowKey?: unknown }): Keys {
  if (typeof partitionKey !== 'string')
    throw new AnswerError('it holds a row without PartitionKey', { kind: 'unreadable' })
  if (typeof rowKey !== 'string') throw new AnswerError('it holds a row without RowKey', { kind: 'unreadable' })
  return { PartitionKey: partitionKey, RowKey: rowKey }
}

/** All rows of a query that is known to be short; undefined where the table does not exist. */
export async function readRows(
  store: Store,
  query: RowQuery,
  signal: AbortSignal,
): Promise<readonly Columns[] | undefined> {
  return ifPresent(async () => {
    const rows: Columns[] = []
    for await (const page of rowPages(store, query, signal)) rows.push(...page)
    return rows
  })
}

/** A text in an OData filter. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
