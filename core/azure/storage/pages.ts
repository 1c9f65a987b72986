import { AnswerError } from './answer-error.ts'
import type { Caller } from './call.ts'
import type { Operation } from './failure.ts'

export type Page<T> = { readonly items: readonly T[]; readonly token: string | undefined }

export type Listing<T> = {
  readonly operation: Operation
  /** Fetches one page; `token` is undefined for the first. */
  readonly fetch: (token: string | undefined, signal: AbortSignal) => Promise<Page<T>>
}

/**
 * All pages of a list, empty ones included, one in memory at a time: a page may be empty and still have a successor. Throws
 * `AzureFailure` (`unreadable`) as soon as a token comes back that was there before, for that list has no end.
 */
export async function* pages<T>(
  caller: Caller,
  { operation, fetch }: Listing<T>,
  signal: AbortSignal,
): AsyncGenerator<readonly T[], void, undefined> {
  const seen = new Set<string>()
  let token: string | undefined
  do {
    const from = token
    const page = await caller.read(
      operation,
      async (attempt) => {
        const fetched = await fetch(from, attempt)
        if (fetched.token !== undefined && seen.has(fetched.token)) {
          throw new AnswerError('its continuation token repeats, so the list has no end', { kind: 'unreadable' })
        }
        return fetched
      },
      signal,
    )
    if (page.token !== undefined) seen.add(page.token)
    token = page.token
    yield page.items
  } while (token !== undefined)
}

/** The first page of an SDK's `byPage()`: the loop above walks on by itself, so that each page can be tried again. */
export async function firstPage<P>(iterator: AsyncIterableIterator<P>): Promise<P> {
  const step: IteratorResult<P, unknown> = await iterator.next()
  if (step.done === true) throw new AnswerError('there is no page', { kind: 'unreadable' })
  return step.value
}
