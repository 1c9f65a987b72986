import { Cancelled } from '../../failures.ts'

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
