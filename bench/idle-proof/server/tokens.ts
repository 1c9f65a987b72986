import { createHash } from 'node:crypto'
import type { Query } from './query.ts'

/** The two headers of a continuation token; texts that mean nothing to a client. */
export type Token = { readonly partition: string; readonly row: string }

/** Where a page begins. */
export type Position = { readonly row: number; readonly afterEmpty: boolean }

/** In the form of the service's own: a version, a length, and base64 with `-` for `=`. */
export function writeToken(table: string, query: Query, { row, afterEmpty }: Position): Token {
  return { partition: wrap(`${row}.${afterEmpty ? 1 : 0}`), row: wrap(digest(table, query, row)) }
}

/** Undefined where the token is not one of this query ("make a subsequent request … include the original URI"). */
export function readToken(table: string, query: Query, token: Token): Position | undefined {
  const [, digits, empty] = /^(\d{1,10})\.([01])$/.exec(unwrap(token.partition) ?? '') ?? []
  if (digits === undefined) return undefined
  const row = Number(digits)
  return unwrap(token.row) === digest(table, query, row) ? { row, afterEmpty: empty === '1' } : undefined
}

function digest(table: string, { filter, select, top }: Query, row: number): string {
  const text = JSON.stringify([table, filter ?? '', select ?? '', top ?? '', row])
  return createHash('sha1').update(text).digest('hex').slice(0, 16)
}

function wrap(text: string): string {
  const coded = Buffer.from(text).toString('base64').replaceAll('=', '-')
  return `1!${coded.length}!${coded}`
}

function unwrap(text: string): string | undefined {
  const [, length, coded] = /^1!(\d{1,3})!([\w+/-]+)$/.exec(text) ?? []
  if (coded?.length !== Number(length)) return undefined
  return Buffer.from(coded.replaceAll('-', '='), 'base64').toString()
}
