import { failure, json, type Answer } from './answer.ts'
import type { Counters } from './counters.ts'
import { InvalidFilter } from './filter.ts'
import { InvalidQuery, readPage, type Paging } from './page.ts'
import type { Query } from './query.ts'
import { renderEntity, renderPage, type Metadata, type RenderOptions } from './render.ts'
import type { Table } from './table.ts'
import { rangeOf } from './key-range.ts'

export type TableService = {
  readonly tables: readonly Table[]
  readonly paging: Paging
  readonly account: string
  readonly counters: Counters
}

/** GET of the Table service: Query Tables, Query Entities and one entity by its keys. */
export function answerTable(service: TableService, url: URL, accept: string): Answer {
  const base = `${url.origin}/${service.account}`
  const path = decodeURIComponent(url.pathname.slice(service.account.length + 2))
  const metadata = metadataOf(accept, url.searchParams.get('$format'))
  const select = url.searchParams.get('$select') || undefined
  const render = { metadata, select: select?.split(',').map((name) => name.trim()), base, account: service.account }
  const [, name, keys] = /^(\w+)(?:\((.*)\))?$/s.exec(path) ?? []
  // Names of tables compare without case ("Understanding the Table service data model").
  const table = [tableOfTables(service), ...service.tables].find((other) => same(other.name, name ?? ''))
  if (!table) return failure('table', 404, 'TableNotFound', 'The table specified does not exist.')
  if (keys) return answerEntity(table, keys, render)
  try {
    return answerQuery(service, table, url.searchParams, render)
  } catch (error) {
    if (!(error instanceof InvalidFilter || error instanceof InvalidQuery)) throw error
    return failure('table', 400, 'InvalidInput', error.message)
  }
}

function answerQuery({ paging, counters }: TableService, table: Table, search: URLSearchParams, render: RenderOptions) {
  const query: Query = {
    ...optional('filter', search.get('$filter')),
    ...optional('select', search.get('$select')),
    ...optional('top', search.get('$top')),
  }
  const partition = search.get('NextPartitionKey')
  const row = search.get('NextRowKey')
  if ((partition === null) !== (row === null)) throw new InvalidQuery('The continuation token is incomplete.')
  const token = partition === null || row === null ? undefined : { partition, row }
  const page = readPage(table, query, token, paging)
  counters.rowsScanned += page.scanned
  counters.rowsSent += page.rows.length
  if (page.rows.length === 0 && page.next) counters.emptyPages += 1
  return json(200, renderPage(table, page.rows, render), {
    'content-type': `application/json;odata=${render.metadata}metadata;streaming=true;charset=utf-8`,
    ...(page.next && {
      'x-ms-continuation-NextPartitionKey': page.next.partition,
      'x-ms-continuation-NextRowKey': page.next.row,
    }),
  })
}

function answerEntity(table: Table, keys: string, render: RenderOptions): Answer {
  const [, partition, row] = /^PartitionKey='((?:[^']|'')*)',\s*RowKey='((?:[^']|'')*)'$/s.exec(keys) ?? []
  if (partition === undefined || row === undefined)
    return failure('table', 400, 'InvalidInput', 'The keys are not read.')
  const is = (column: string, text: string) =>
    ({ kind: 'compare', column, by: 'eq', to: { kind: 'text', value: text.replaceAll("''", "'") } }) as const
  const parts = [is('PartitionKey', partition), is('RowKey', row)]
  const range = rangeOf({ kind: 'and', parts }, table)
  if (range.from === range.to) {
    return failure('table', 404, 'ResourceNotFound', 'The specified resource does not exist.')
  }
  return json(200, renderEntity(table, range.from, render))
}

/** Query Tables lists them by name. */
function tableOfTables({ tables }: TableService): Table {
  const names = tables.map(({ name }) => name).sort()
  const at = (row: number) => names[row] ?? ''
  return {
    name: 'Tables',
    size: names.length,
    partitionKey: at,
    rowKey: () => '',
    columns: [{ name: 'TableName', type: 'Edm.String', at }],
  }
}

/** Without a choice of its own the service answers with minimal metadata in JSON; ATOM is not spoken here. */
function metadataOf(accept: string, format: string | null): Metadata {
  const [, level] = /odata=(no|minimal|full)metadata/.exec(format ?? accept) ?? []
  return level === 'no' || level === 'full' ? level : 'minimal'
}

function optional<K extends string>(key: K, value: string | null): Partial<Record<K, string>> {
  return value === null || value === '' ? {} : ({ [key]: value } as Record<K, string>)
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
