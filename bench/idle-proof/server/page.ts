import { compileFilter, parseFilter } from './filter.ts'
import { rangeOf } from './key-range.ts'
import type { Query } from './query.ts'
import { hash } from './random.ts'
import type { Table } from './table.ts'
import { readToken, writeToken, type Token } from './tokens.ts'

export type Page = { readonly rows: readonly number[]; readonly next?: Token; readonly scanned: number }

/** The rules by which pages end. */
export type Paging = {
  /** Rows read for one page, whether they pass the filter or not. */
  readonly scanned: number
  /** One page in so many is empty and has a token; 0 = none. */
  readonly emptyOneIn: number
  readonly seed: number
}

/** What the service answers with status 400. */
export class InvalidQuery extends Error {}

const mostRows = 1000

/**
 * One page of a query ("Query timeout and pagination": at most 1,000 rows or five seconds, then a token; a page may be empty
 * and still have one). Harsher than the service: a page ends after `scanned` rows read, so that a filter makes empty pages;
 * some pages are empty for no reason; and a token serves the query it was given for and no other.
 * Throws `InvalidQuery` or `InvalidFilter`.
 */
export function readPage(table: Table, query: Query, token: Token | undefined, paging: Paging): Page {
  const top = topOf(query.top)
  const filter = query.filter === undefined || query.filter === '' ? undefined : parseFilter(query.filter)
  const range = rangeOf(filter, table)
  const start = token ? readToken(table.name, query, token) : { row: range.from, afterEmpty: false }
  if (!start) throw new InvalidQuery('The continuation token was not given for this query.')
  const more = (row: number, afterEmpty: boolean) => ({ next: writeToken(table.name, query, { row, afterEmpty }) })
  if (!start.afterEmpty && range.to - range.from > 1 && isEmptyOnPurpose(start.row, query, paging)) {
    return { rows: [], scanned: 0, ...more(start.row, true) }
  }
  const passes = filter ? compileFilter(filter, table) : () => true
  const rows: number[] = []
  const end = Math.min(range.to, start.row + paging.scanned)
  let row = start.row
  while (row < end && rows.length < top) {
    if (passes(row)) rows.push(row)
    row += 1
  }
  return { rows, scanned: row - start.row, ...(row < range.to ? more(row, false) : {}) }
}

function isEmptyOnPurpose(row: number, { filter = '' }: Query, { emptyOneIn, seed }: Paging): boolean {
  return emptyOneIn > 0 && hash(seed, row, filter.length) % emptyOneIn === 0
}

function topOf(text: string | undefined): number {
  if (text === undefined) return mostRows
  const top = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (top >= 1 && top <= mostRows) return top
  throw new InvalidQuery(`$top is '${text}' and not a number from 1 to ${mostRows}.`)
}
