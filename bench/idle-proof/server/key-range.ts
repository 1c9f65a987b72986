import type { Filter } from './filter.ts'
import type { Table } from './table.ts'

/** Row numbers from `from` up to but not with `to`. */
export type RowRange = { readonly from: number; readonly to: number }

/**
 * The rows that a query has to read: bounds on the keys, which every row must meet, are found by the index and cost nothing;
 * everything else is looked for row by row ("Design for querying": point, range, partition and table scan).
 */
export function rangeOf(filter: Filter | undefined, table: Table): RowRange {
  let from = 0
  let to = table.size
  const bounds = filter ? boundsOf(filter) : []
  for (const { column, by, value } of bounds) {
    if (column !== 'PartitionKey') continue
    if (by === 'ge' || by === 'eq')
      from = Math.max(
        from,
        firstRow(table, (key) => key >= value),
      )
    if (by === 'gt')
      from = Math.max(
        from,
        firstRow(table, (key) => key > value),
      )
    if (by === 'lt')
      to = Math.min(
        to,
        firstRow(table, (key) => key >= value),
      )
    if (by === 'le' || by === 'eq')
      to = Math.min(
        to,
        firstRow(table, (key) => key > value),
      )
  }
  const single = bounds.some(({ column, by }) => column === 'PartitionKey' && by === 'eq')
  const row = single ? bounds.find(({ column, by }) => column === 'RowKey' && by === 'eq') : undefined
  if (row) {
    while (from < to && table.rowKey(from) < row.value) from += 1
    to = Math.min(to, from < to && table.rowKey(from) === row.value ? from + 1 : from)
  }
  return { from, to: Math.max(from, to) }
}

type Bound = { readonly column: string; readonly by: string; readonly value: string }

function boundsOf(filter: Filter): Bound[] {
  if (filter.kind === 'and') return filter.parts.flatMap(boundsOf)
  if (filter.kind !== 'compare' || typeof filter.to.value !== 'string' || filter.to.kind !== 'text') return []
  return [{ column: filter.column, by: filter.by, value: filter.to.value }]
}

/** The first row whose PartitionKey passes; the keys that pass are all at the end. */
function firstRow({ size, partitionKey }: Table, passes: (key: string) => boolean): number {
  let low = 0
  let high = size
  while (low < high) {
    const middle = (low + high) >>> 1
    if (passes(partitionKey(middle))) high = middle
    else low = middle + 1
  }
  return low
}
