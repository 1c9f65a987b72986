import { Cancelled } from '../failures.ts'
import type { Clock } from '../ports.ts'

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(new Cancelled())
        return
      }
      const wake = () => {
        signal.removeEventListener('abort', cancel)
        resolve()
      }
      const cancel = () => {
        clearTimeout(timer)
        reject(new Cancelled())
      }
      // setTimeout fires at once beyond 2^31-1 ms.
      const timer = setTimeout(wake, Math.min(Math.max(0, ms), 2 ** 31 - 1))
      signal.addEventListener('abort', cancel, { once: true })
    }),
}
