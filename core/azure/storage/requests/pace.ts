// How many requests go to one account side by side. A service that asks to slow down is asked less, at once, by everybody; it is
// asked more again slowly.
import type { Clock } from '../../../ports.ts'
import { Cancelled } from '../../../failures.ts'

/** `calm` is how many requests have passed since the last change. */
export type PaceState = { readonly most: number; readonly calm: number }

export const widest = 32
const calmRounds = 4
const shortestPauseMs = 500
const longestGuessMs = 8_000
const shortestMs = 100
/** A read that is asked to wait for longer fails by itself: it must not hold up all others. */
const longestMs = 120_000

/** Half as many after a throttled request, and one more after four rounds without. */
export function nextPace({ most, calm }: PaceState, throttled: boolean): PaceState {
  if (throttled) return { most: Math.max(1, Math.floor(most / 2)), calm: 0 }
  if (most === widest) return { most, calm: 0 }
  return calm + 1 >= calmRounds * most ? { most: most + 1, calm: 0 } : { most, calm: calm + 1 }
}

/** How long to pause where the service does not say: twice as long each time in a row, up to eight seconds. */
export function guessedPauseMs(timesInARow: number): number {
  return Math.min(longestGuessMs, shortestPauseMs * 2 ** Math.min(timesInARow - 1, 10))
}

/** The turns of all requests to one account. */
export class Pace {
  readonly #clock: Clock
  #state: PaceState = { most: widest, calm: 0 }
  #running = 0
  #pausedUntil = 0
  #inARow = 0
  readonly #waiting: (() => void)[] = []
  readonly #watchers = new Set<(most: number) => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Tells of every slowing down, with how many requests go side by side from then on, until the answer is called. */
  watch(slowedDown: (most: number) => void): () => void {
    this.#watchers.add(slowedDown)
    return () => this.#watchers.delete(slowedDown)
  }

  /** Runs `act` when it is its turn and no pause is on. Throws `Cancelled` while it waits. */
  async run<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#turn(signal)
    try {
      await this.#pause(signal)
      return await act()
    } finally {
      this.#running -= 1
      this.#wake()
    }
  }

  /** A request passed. */
  passed(): void {
    this.#inARow = 0
    this.#state = nextPace(this.#state, false)
    this.#wake()
  }

  /** A request was throttled; answers how long everybody pauses, in milliseconds. */
  throttled(retryAfterMs: number | undefined): number {
    const now = this.#clock.now().getTime()
    // Requests that were under way together are throttled together: that is one sign, not many.
    if (now >= this.#pausedUntil) {
      this.#inARow += 1
      this.#state = nextPace(this.#state, true)
      for (const slowedDown of this.#watchers) slowedDown(this.#state.most)
    }
    const pause = Math.max(shortestMs, retryAfterMs ?? guessedPauseMs(this.#inARow))
    if (pause <= longestMs) this.#pausedUntil = Math.max(this.#pausedUntil, now + pause)
    return pause
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new Cancelled()
    if (this.#running < this.#state.most) {
      this.#running += 1
      return
    }
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', leave)
        this.#running += 1
        resolve()
      }
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1)
        reject(new Cancelled())
      }
      this.#waiting.push(go)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  async #pause(signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.#pausedUntil - this.#clock.now().getTime()
      if (left <= 0) return
      await this.#clock.sleep(left, signal)
    }
  }

  #wake(): void {
    while (this.#waiting.length > 0 && this.#running < this.#state.most) this.#waiting.shift()?.()
  }
}
