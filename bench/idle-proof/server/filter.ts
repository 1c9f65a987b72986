// $filter of the Table service, as "Querying tables and entities" describes it: comparisons of a property with a constant,
// joined by `and`, `or` and `not`; everything is case-sensitive; at most 15 comparisons.
import type { Table, Value } from './table.ts'

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'
export type Filter =
  | { readonly kind: 'compare'; readonly column: string; readonly by: Comparison; readonly to: Constant }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }

/** A date is kept in the form of the rows, seven decimals, so that dates compare as texts. */
export type Constant = { readonly kind: 'text' | 'date' | 'number' | 'boolean'; readonly value: Value }

/** What the service answers with status 400, InvalidInput. */
export class InvalidFilter extends Error {}

const comparisons: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le'])
const mostComparisons = 15
const token =
  /\s*(?:(?<paren>[()])|datetime'(?<date>[^']*)'|guid'(?<guid>[^']*)'|'(?<text>(?:[^']|'')*)'|(?<number>-?\d+(?:\.\d+)?)L?(?![\w.])|(?<word>[A-Za-z_]\w*))/y

type Token = { readonly kind: string; readonly text: string }

/** Throws `InvalidFilter`. */
export function parseFilter(text: string): Filter {
  const tokens = split(text)
  let at = 0
  let compared = 0
  const peek = () => tokens[at]
  const next = (): Token => {
    const found = tokens[at++]
    if (!found) throw new InvalidFilter('The filter ends too early.')
    return found
  }
  const takes = (kind: string, word: string) => {
    if (peek()?.kind !== kind || peek()?.text !== word) return false
    at++
    return true
  }
  const joined = (kind: 'and' | 'or', part: () => Filter): Filter => {
    const parts = [part()]
    while (takes('word', kind)) parts.push(part())
    const [only] = parts
    return only && parts.length === 1 ? only : { kind, parts }
  }
  const any = (): Filter => joined('or', () => joined('and', unary))
  const unary = (): Filter => {
    if (takes('word', 'not')) return { kind: 'not', part: unary() }
    if (!takes('paren', '(')) return comparison()
    const inner = any()
    if (!takes('paren', ')')) throw new InvalidFilter('A parenthesis is not closed.')
    return inner
  }
  const comparison = (): Filter => {
    const column = next()
    const by = next()
    if (column.kind !== 'word' || by.kind !== 'word' || !isComparison(by.text)) {
      throw new InvalidFilter(`A comparison was expected at '${column.text} ${by.text}'.`)
    }
    compared += 1
    if (compared > mostComparisons) throw new InvalidFilter(`More than ${mostComparisons} comparisons.`)
    return { kind: 'compare', column: column.text, by: by.text, to: constantOf(next()) }
  }
  const filter = any()
  if (at < tokens.length) throw new InvalidFilter(`Nothing was expected at '${peek()?.text ?? ''}'.`)
  return filter
}

/** Whether a row passes. A comparison with a property that the row lacks, or that is of another type, is false. */
export function compileFilter(filter: Filter, table: Table): (row: number) => boolean {
  switch (filter.kind) {
    case 'and': {
      const parts = filter.parts.map((part) => compileFilter(part, table))
      return (row) => parts.every((part) => part(row))
    }
    case 'or': {
      const parts = filter.parts.map((part) => compileFilter(part, table))
      return (row) => parts.some((part) => part(row))
    }
    case 'not': {
      const part = compileFilter(filter.part, table)
      return (row) => !part(row)
    }
    case 'compare': {
      const column = table.columns.find(({ name }) => name === filter.column)
      if (!column || !fits(column.type, filter.to.kind)) return () => false
      const holds = comparing[filter.by]
      const { value } = filter.to
      const holdsAsText = (row: number) => {
        const found = column.at(row)
        return found !== undefined && holds(found, value)
      }
      const { msAt } = column
      if (!msAt) return holdsAsText
      const limit = Date.parse(`${String(value).slice(0, -5)}Z`)
      return (row) => {
        const ms = msAt(row)
        return ms === limit ? holdsAsText(row) : holds(ms, limit)
      }
    }
  }
}

const comparing: Readonly<Record<Comparison, (left: Value, right: Value) => boolean>> = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
}

const kindOf = {
  'Edm.String': 'text',
  'Edm.DateTime': 'date',
  'Edm.Int32': 'number',
  'Edm.Boolean': 'boolean',
} as const

function fits(type: keyof typeof kindOf, kind: Constant['kind']): boolean {
  return kindOf[type] === kind
}

function split(text: string): Token[] {
  const tokens: Token[] = []
  const rest = new RegExp(token)
  while (text.slice(rest.lastIndex).trim() !== '') {
    const from = rest.lastIndex
    const groups: Readonly<Record<string, string | undefined>> = rest.exec(text)?.groups ?? {}
    const [kind, found] = Object.entries(groups).find(([, value]) => value !== undefined) ?? []
    if (kind === undefined) throw new InvalidFilter(`'${text.slice(from, from + 20)}' is not understood.`)
    tokens.push({ kind, text: found ?? '' })
  }
  return tokens
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

function constantOf({ kind, text }: Token): Constant {
  if (kind === 'text') return { kind, value: text.replaceAll("''", "'") }
  if (kind === 'number') return { kind, value: Number(text) }
  if (kind === 'date') return { kind, value: dateOf(text) }
  const truth = truths.get(text)
  if (kind === 'word' && truth !== undefined) return { kind: 'boolean', value: truth }
  throw new InvalidFilter(`'${text}' is not a constant that this table knows.`)
}

/** With up to seven decimals; the service reads a date without a zone as UTC. */
function dateOf(text: string): string {
  const [, whole, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?Z?$/.exec(text) ?? []
  if (whole === undefined) throw new InvalidFilter(`'${text}' is not a date.`)
  return `${whole}.${fraction.padEnd(7, '0')}Z`
}

function isComparison(word: string): word is Comparison {
  return comparisons.has(word)
}
