import type { Column, Table } from './table.ts'

/** `odata=` of the Accept header ("Payload format for Table service operations"). */
export type Metadata = 'no' | 'minimal' | 'full'

export type RenderOptions = {
  readonly metadata: Metadata
  /** Column names; undefined = all. A column that a row lacks is left out. */
  readonly select: readonly string[] | undefined
  /** The table service's address. */
  readonly base: string
  readonly account: string
}

/** The JSON body of a page. */
export function renderPage(table: Table, rows: readonly number[], options: RenderOptions): string {
  const columns = chosen(table, options)
  const list = rows.map((row) => renderRow(table, row, columns, options)).join(',')
  const { metadata, base } = options
  return metadata === 'no'
    ? `{"value":[${list}]}`
    : `{"odata.metadata":"${base}/$metadata#${table.name}","value":[${list}]}`
}

/** The JSON body of one entity. */
export function renderEntity(table: Table, row: number, options: RenderOptions): string {
  const entity = renderRow(table, row, chosen(table, options), options)
  const { metadata, base } = options
  return metadata === 'no' ? entity : `{"odata.metadata":"${base}/$metadata#${table.name}/@Element",${entity.slice(1)}`
}

function chosen({ columns }: Table, { select }: RenderOptions): readonly Column[] {
  return select ? columns.filter(({ name }) => select.includes(name)) : columns
}

function renderRow(table: Table, row: number, columns: readonly Column[], options: RenderOptions): string {
  const { metadata } = options
  let text = metadata === 'no' ? '' : `,"odata.etag":${JSON.stringify(etagOf(table, row))}`
  if (metadata === 'full') text += linksOf(table, row, options)
  for (const { name, type, at } of columns) {
    const value = at(row)
    if (value === undefined) continue
    if (type === 'Edm.DateTime' && (metadata === 'full' || (metadata === 'minimal' && name !== 'Timestamp'))) {
      text += `,"${name}@odata.type":"Edm.DateTime"`
    }
    text += `,"${name}":${type === 'Edm.DateTime' ? `"${String(value)}"` : JSON.stringify(value)}`
  }
  return `{${text.slice(1)}}`
}

function etagOf({ columns }: Table, row: number): string {
  const timestamp = columns.find(({ name }) => name === 'Timestamp')?.at(row)
  return `W/"datetime'${encodeURIComponent(String(timestamp))}'"`
}

function linksOf(table: Table, row: number, { base, account }: RenderOptions): string {
  const key = (text: string) => encodeURIComponent(text.replaceAll("'", "''"))
  const link = `${table.name}(PartitionKey='${key(table.partitionKey(row))}',RowKey='${key(table.rowKey(row))}')`
  return `,"odata.type":"${account}.${table.name}","odata.id":"${base}/${link}","odata.editLink":"${link}"`
}
