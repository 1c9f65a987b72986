// How documents and entries of history are laid out as rows of a table; pure, and the same bounds for every store.
import { AzureFailure } from '../../core/failures.ts'
import { isObject, parseJson } from '../../core/json.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { HistoryEntry } from './documents.ts'

/** What is done and to which document, fit to print: keys come from outside. */
export function named(what: string, key: string): string {
  return `${what} '${remoteText(key, 80)}'`
}

/** A column holds 64 KB, that is 32K UTF-16 units, and a row 1 MB (learn: understanding-the-table-service-data-model). */
const longestChunk = 30_000
const mostChunks = 12
/** In characters as they are stored: what is not plain ASCII counts five for each UTF-16 unit. */
export const longestText = longestChunk * mostChunks
/** A key of a row holds 1 KB, that is 512 UTF-16 units. */
const longestKey = 400

export type TextColumns = Readonly<Record<string, string | number>>

export const textColumnNames: readonly string[] = ['Chunks', 'Length', ...chunkNames(mostChunks)]

/**
 * What is not plain ASCII is written as `~` and four digits: Azurite 3.35.0 reads a body piece by piece and loses the characters
 * between two pieces (table/generated/utils/serializer.js, readRequestIntoText); and no character is cut in two by a column's
 * end. Throws `AzureFailure` (`rejected`) for a text that does not fit into a row.
 */
export function textToColumns(text: string, operation: string, longest = longestText): TextColumns {
  const escaped = escape(text, /[^ -}]/g)
  if (escaped.length > longest) throw rejected(operation, `it has ${escaped.length} characters, and ${longest} fit`)
  const count = Math.ceil(escaped.length / longestChunk)
  const chunks = chunkNames(count).map((name, at) => [name, escaped.slice(at * longestChunk, (at + 1) * longestChunk)])
  return { Chunks: count, Length: escaped.length, ...(Object.fromEntries(chunks) as Record<string, string>) }
}

/** Undefined where a chunk is missing or is not as long as it was. */
export function textFromColumns(columns: Readonly<Record<string, unknown>>): string | undefined {
  const { Chunks: count, Length: length } = columns
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > mostChunks) return undefined
  const chunks = chunkNames(count).map((name) => columns[name])
  if (!chunks.every((chunk) => typeof chunk === 'string')) return undefined
  const escaped = chunks.join('')
  return escaped.length === length ? unescape(escaped) : undefined
}

/**
 * A key as one that every row may have: `/ \ # ?` and control characters are forbidden (learn: understanding-the-table-service-data-model),
 * and what is no plain letter, digit or sign is written as `~` and four digits too. Throws `AzureFailure` (`rejected`) for an
 * empty key and one that is too long.
 */
export function toRowKey(key: string, operation: string): string {
  const escaped = escape(key, /[^A-Za-z0-9_.-]/g)
  if (escaped === '') throw rejected(operation, 'its key is empty')
  if (escaped.length > longestKey) throw rejected(operation, 'its key is too long')
  return escaped
}

/** The key of which `toRowKey` made this; undefined for what it never makes. */
export function fromRowKey(rowKey: string): string | undefined {
  return /^(?:[A-Za-z0-9_.-]|~[0-9a-f]{4})+$/.test(rowKey) ? unescape(rowKey) : undefined
}

const endOfTime = 253_402_300_800_000

/** Rows come in the order of their keys: time runs backwards in it, so that the newest entry comes first. */
export function entryRowKey(id: string, operation: string): string {
  const [, time] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)-./.exec(id) ?? []
  const ms = Date.parse(time ?? '')
  if (Number.isNaN(ms)) throw rejected(operation, 'its id does not begin with a time')
  return `${String(endOfTime - ms).padStart(15, '0')}-${toRowKey(id, operation)}`
}

/** Whether a text can be the cursor of a page of history; told here so that whoever gets one from outside can refuse it. */
export function isCursor(text: string): boolean {
  return text.length <= longestKey + 16 && /^\d{15}-(?:[A-Za-z0-9_.-]|~[0-9a-f]{4})+$/.test(text)
}

/** Throws `AzureFailure` (`rejected`): `isCursor` is asked before. */
export function checkCursor(after: string | undefined, operation: string): void {
  if (after !== undefined && !isCursor(after)) throw rejected(operation, 'the cursor is none')
}

export function entryToColumns(entry: HistoryEntry, operation: string): TextColumns {
  return textToColumns(JSON.stringify(entry), operation, longestChunk)
}

/** Of a row of history, the columns that hold it. */
export const entryColumnNames: readonly string[] = ['Chunks', 'Length', ...chunkNames(1)]

export type EntryRow = readonly [rowKey: string, entry: HistoryEntry]

/** The first `top` of the rows that are left, newest first; a cursor where there are more. */
export function pageOf(
  left: readonly EntryRow[],
  top: number,
): { readonly entries: readonly HistoryEntry[]; readonly cursor?: string } {
  const rows = left.slice(0, top)
  const last = rows.at(-1)
  const entries = rows.map(([, entry]) => entry)
  return last && left.length > rows.length ? { entries, cursor: last[0] } : { entries }
}

/** Undefined where the row holds no entry. */
export function entryFromColumns(columns: Readonly<Record<string, unknown>>): HistoryEntry | undefined {
  const entry = parseJson(textFromColumns(columns) ?? '')
  return isEntry(entry) ? entry : undefined
}

const kinds: readonly unknown[] = ['stagingAnnounced', 'swapAnnounced', 'cleanedUp', 'hubChanged', 'verdictChanged']

function isEntry(value: unknown): value is HistoryEntry {
  if (!isObject(value)) return false
  const { id, at, what, says, slot, taskHub, by } = value
  const texts = [id, at, says].every((text) => typeof text === 'string')
  const optional = [slot, taskHub].every((text) => text === undefined || typeof text === 'string')
  return texts && optional && kinds.includes(what) && (by === undefined || isRun(by))
}

function isRun(value: unknown): boolean {
  return isObject(value) && [value['run'], value['project'], value['link']].every((text) => typeof text === 'string')
}

function escape(text: string, what: RegExp): string {
  return text.replace(what, (unit) => `~${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function unescape(text: string): string {
  return text.replace(/~([0-9a-f]{4})/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)))
}

function chunkNames(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `Text${at}`)
}

function rejected(operation: string, because: string): AzureFailure {
  return new AzureFailure(`Could not ${operation}: ${because}.`, { operation, kind: 'rejected' })
}
