import { AnswerError } from './requests/answer-error.ts'
import type { Caller } from './requests/call.ts'
import type { Operation } from './requests/failure.ts'

export type Page<T> = { readonly items: readonly T[]; readonly token: string | undefined }

export type Listing<T> = {
  readonly operation: Operation
  /** Fetches one page; `token` is undefined for the first. */
  readonly fetch: (token: string | undefined, signal: AbortSignal) => Promise<Page<T>>
  /** Rows may be as many as they are; only pages without any are counted then. */
  readonly ofRows?: boolean
  /** Where no two items can have one name: a list that names one twice is not what it promises. */
  readonly nameOf?: (item: T) => string
}

/** A page holds up to 5,000 names, of tables 1,000 (REST reference): no account has as many as this. */
const mostPagesOfNames = 200
/** They come one after another only where a filter passes many rows by. */
const mostPagesWithoutRow = 1_000

/** A name in a list; the SDKs hand on whatever the XML or JSON had in its place. Throws `AnswerError` where it is no text. */
export function nameOf(name: unknown): string {
  if (typeof name === 'string' && name !== '') return name
  throw new AnswerError('an item of its list has no name', { kind: 'unreadable' })
}

/** Walks through a list one page at a time. */
export class PageWalk<T> {
  readonly #caller: Caller
  readonly #listing: Listing<T>
  readonly #seen = new Set<string>()
  readonly #names = new Set<string>()
  #token: string | undefined
  #isDone = false
  #counted = 0

  constructor(caller: Caller, listing: Listing<T>) {
    this.#caller = caller
    this.#listing = listing
  }

  /** The last page has been read. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** The next page, which may be empty and still have a successor. Throws `AzureFailure`, as `pages` does. */
  async next(signal: AbortSignal): Promise<readonly T[]> {
    const { operation, fetch, ofRows, nameOf: name } = this.#listing
    const most = ofRows === true ? mostPagesWithoutRow : mostPagesOfNames
    const from = this.#token
    const act = async (attempt: AbortSignal) => {
      const fetched = await fetch(from, attempt)
      if (fetched.token !== undefined && this.#seen.has(fetched.token)) {
        throw new AnswerError('its continuation token repeats, so the list has no end', { kind: 'unreadable' })
      }
      if (this.#counted >= most && fetched.token !== undefined) {
        throw new AnswerError(`its list has no end after ${most} pages`, { kind: 'unreadable' })
      }
      const names = name ? fetched.items.map(name) : []
      if (new Set(names).size < names.length || names.some((each) => this.#names.has(each))) {
        throw new AnswerError('its list has the same name twice', { kind: 'unreadable' })
      }
      return { ...fetched, names }
    }
    const { items, token, names } = await this.#caller.read(operation, act, signal)
    for (const each of names) this.#names.add(each)
    if (token !== undefined) this.#seen.add(token)
    this.#token = token
    this.#counted = ofRows === true && items.length > 0 ? 0 : this.#counted + 1
    this.#isDone = token === undefined
    return items
  }
}

/**
 * All pages of a list, empty ones included, one in memory at a time: a page may be empty and still have a successor. Throws
 * `AzureFailure` (`unreadable`) for a list that has no end: as soon as a token comes back that was there before, and after more
 * pages of names, or of no rows, than there can be.
 */
export async function* pages<T>(
  caller: Caller,
  listing: Listing<T>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[], void, undefined> {
  const walk = new PageWalk(caller, listing)
  do yield await walk.next(signal)
  while (!walk.isDone)
}

/** The first page of an SDK's `byPage()`: the loop above walks on by itself, so that each page can be tried again. */
export async function firstPage<P>(iterator: AsyncIterableIterator<P>): Promise<P> {
  const step: IteratorResult<P, unknown> = await iterator.next()
  if (step.done === true) throw new AnswerError('there is no page', { kind: 'unreadable' })
  return step.value
}
