import { Cancelled } from '../failures.ts'

/**
 * Runs `work` for at most `timeoutMs`. Its signal aborts on the caller's cancel and at the end of the time; the answer
 * comes at that moment even where `work` does not listen. Throws `Cancelled`, or what `timedOut` makes.
 * Not AbortSignal.any over AbortSignal.timeout: Node 20 may garbage-collect the pair before it fires.
 */
export async function within<T>(
  limit: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly timedOut: () => Error },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (limit.signal.aborted) throw new Cancelled()
  const own = new AbortController()
  let end = (): void => undefined
  const stopped = new Promise<never>((_, reject) => {
    const stop = (error: Error) => {
      reject(error)
      own.abort(error)
    }
    const cancel = () => stop(new Cancelled())
    const timer = setTimeout(() => stop(limit.timedOut()), limit.timeoutMs)
    limit.signal.addEventListener('abort', cancel, { once: true })
    end = () => {
      clearTimeout(timer)
      limit.signal.removeEventListener('abort', cancel)
    }
  })
  try {
    return await Promise.race([work(own.signal), stopped])
  } finally {
    end()
  }
}

/** Maps with at most `limit` at a time, in order; the first failure is thrown once all that had started have ended. */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return
      try {
        results[index] = await work(item)
      } catch (failure) {
        failures.push(failure)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}

/**
 * The time an answer asks to wait, in milliseconds, from `retry-after-ms`, `x-ms-retry-after-ms` or `Retry-After` (seconds
 * or a date); undefined where it does not say, or not in a form we know.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: Date): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const text = headers[name]
    if (text !== undefined && /^\d{1,9}$/.test(text)) return Number(text)
  }
  const text = headers['retry-after']
  if (text === undefined) return undefined
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) || !/[a-z]/i.test(text) ? undefined : Math.max(0, date - now.getTime())
}
