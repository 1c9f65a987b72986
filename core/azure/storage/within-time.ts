import { Cancelled } from '../../failures.ts'
import type { Clock } from '../../ports.ts'

const tooSlow = 'tooSlow'

/**
 * Does something that listens to the signal it is given, and ends it when `ms` are over. Throws what it throws, and
 * `Cancelled` where the outer signal was aborted.
 */
export async function withinTime<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T | typeof tooSlow> {
  if (signal.aborted) throw new Cancelled()
  const stop = new AbortController()
  const timer = new AbortController()
  const cancel = () => {
    stop.abort(new Cancelled())
  }
  signal.addEventListener('abort', cancel, { once: true })
  const bell = clock.sleep(ms, timer.signal).then(
    () => {
      stop.abort(tooSlow)
    },
    () => undefined,
  )
  try {
    return await act(stop.signal)
  } catch (error) {
    if (stop.signal.reason === tooSlow && error instanceof Cancelled) return tooSlow
    throw error
  } finally {
    timer.abort()
    await bell
    signal.removeEventListener('abort', cancel)
  }
}
