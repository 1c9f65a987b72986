import { firstPage, pages } from './pages.ts'
import { ifPresent, type Store } from './store.ts'

export type Columns = Readonly<Record<string, unknown>>

export type RowQuery = {
  readonly table: string
  readonly filter?: string
  readonly select: readonly string[]
}

/** The rows of a table page by page, by the service's own column names. A missing table throws `AzureFailure` (`notFound`). */
export async function* rowPages(
  { connection, caller }: Store,
  { table, filter, select }: RowQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly Columns[], void, undefined> {
  const client = connection.table(table)
  const operation = { service: 'table', name: `read table '${table}'` } as const
  const queryOptions = { select: [...select], ...(filter === undefined ? {} : { filter }) }
  const fetch = async (token: string | undefined, abortSignal: AbortSignal) => {
    const page = await firstPage(
      client
        .listEntities({ queryOptions, abortSignal })
        .byPage({ maxPageSize: 1000, ...(token === undefined ? {} : { continuationToken: token }) }),
    )
    const items = page.map((row) => ({
      ...row,
      PartitionKey: row.partitionKey,
      RowKey: row.rowKey,
      Timestamp: row.timestamp,
    }))
    return { items, token: page.continuationToken }
  }
  yield* pages(caller, { operation, fetch }, signal)
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
