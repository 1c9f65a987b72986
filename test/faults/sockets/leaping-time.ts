/**
 * Time that leaps. While a request is under way it passes as real time does; as soon as nothing is, and so everybody waits for a
 * timer, it leaps to the next one. Waits of minutes take no time, each timer still comes in its order, and no request times out
 * because the machine is slow. Emulator, clients and stories of this process share the clock; Azurite has the real one.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { RequestsUnderWay } from './requests-under-way.ts'

/** Turns of the event loop without a request under way after which nobody has anything left to do. */
const quietTurns = 12
const flowMs = 50

type Real = {
  readonly Date: typeof Date
  readonly setTimeout: typeof setTimeout
  readonly clearTimeout: typeof clearTimeout
  readonly realNow: () => number
}

class Timer {
  due: number
  readonly act: () => void
  readonly everyMs: number | undefined
  readonly time: LeapingTime
  constructor(time: LeapingTime, act: () => void, ms: number, repeats: boolean) {
    this.time = time
    this.act = act
    this.due = time.now() + ms
    this.everyMs = repeats ? ms : undefined
  }
  // As Node's own timers have them.
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  hasRef(): boolean {
    return true
  }
  close(): this {
    this.time.clear(this)
    return this
  }
  [Symbol.dispose](): void {
    this.time.clear(this)
  }
}

export class LeapingTime {
  readonly requests: RequestsUnderWay
  readonly #real = realTime()
  readonly #from: number
  readonly #start: number
  readonly #timers = new Set<Timer>()
  readonly #put: (() => void)[] = []
  #leapt = 0
  #last: Promise<unknown> = Promise.resolve()
  #leaps = false
  #watching = false
  #flow: ReturnType<typeof setTimeout> | undefined

  /** Takes the place of the process's clock and timers until `restore`. */
  constructor() {
    this.#from = this.#real.realNow()
    this.#start = this.#from
    this.requests = new RequestsUnderWay(
      () => this.#watch(),
      (act, ms) => void this.#real.setTimeout(act, ms),
    )
    this.#install()
    this.#flows()
  }

  now(): number {
    return this.#start + (this.#real.realNow() - this.#from) + this.#leapt
  }

  /**
   * Leaps while `act` runs, and not beside it. Rejects when `act` does not end within `mostRealMs`; the next one begins when it
   * has, for what goes on would be taken for the next one's doing.
   */
  async during<T>(act: () => Promise<T>, mostRealMs: number): Promise<T> {
    let watchdog: ReturnType<typeof setTimeout> | undefined
    const stuck = new Promise<never>((_, reject) => {
      watchdog = this.#real.setTimeout(() => reject(new Error(`no end after ${mostRealMs / 1000} real s`)), mostRealMs)
    })
    this.#leaps = true
    this.#watch()
    try {
      const before = this.#last
      const work = before.then(act)
      this.#last = work.catch(() => undefined)
      return await Promise.race([work, stuck])
    } finally {
      this.#leaps = false
      this.#real.clearTimeout(watchdog)
    }
  }

  add(act: () => void, ms: number | undefined, repeats = false): Timer {
    // As Node does: what is no time, or too long for its timers, is one millisecond.
    const asked = Number(ms)
    const timer = new Timer(this, act, asked >= 1 && asked <= 2 ** 31 - 1 ? asked : 1, repeats)
    this.#timers.add(timer)
    this.#watch()
    return timer
  }

  clear(timer: unknown): void {
    if (timer instanceof Timer) this.#timers.delete(timer)
  }

  restore(): void {
    this.#real.clearTimeout(this.#flow)
    this.requests.restore()
    for (const back of this.#put.splice(0)) back()
    syncBuiltinESMExports()
  }

  #watch(): void {
    if (this.#watching || !this.#leaps) return
    this.#watching = true
    this.#turn(0)
  }

  #turn(quiet: number): void {
    setImmediate(() => {
      if (!this.#leaps || this.requests.any) {
        this.#watching = false
        return
      }
      if (quiet < quietTurns) {
        this.#turn(quiet + 1)
        return
      }
      this.#watching = false
      const next = this.#next()
      if (next === undefined) return
      this.#leapt += Math.max(0, next.due - this.now())
      this.#fire(next)
      this.#watch()
    })
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.due < next.due) next = timer
    return next
  }

  #fire(timer: Timer): void {
    if (timer.everyMs === undefined) this.#timers.delete(timer)
    else timer.due += timer.everyMs
    timer.act()
  }

  /** What falls due while requests are under way. */
  #flows(): void {
    this.#flow = this.#real.setTimeout(() => {
      for (let next = this.#next(); next !== undefined && next.due <= this.now(); next = this.#next()) this.#fire(next)
      this.#flows()
    }, flowMs)
    this.#flow.unref()
  }

  #install(): void {
    const require = createRequire(import.meta.url)
    const timers = require('node:timers') as Record<string, unknown>
    const promises = require('node:timers/promises') as Record<string, unknown>
    const put = (place: Record<string, unknown>, name: string, value: unknown) => {
      const before = place[name]
      this.#put.push(() => (place[name] = before))
      place[name] = value
    }
    const clear = (timer: Timer | NodeJS.Timeout | undefined) => {
      if (timer instanceof Timer) this.clear(timer)
      else this.#real.clearTimeout(timer)
    }
    const starts =
      (repeats: boolean) =>
      (act: (...rest: unknown[]) => void, ms?: number, ...rest: unknown[]) =>
        this.add(() => act(...rest), ms, repeats)
    const replaced = {
      setTimeout: starts(false),
      setInterval: starts(true),
      clearTimeout: clear,
      clearInterval: clear,
    }
    for (const [name, value] of Object.entries(replaced)) {
      put(globalThis, name, value)
      put(timers, name, value)
    }
    put(promises, 'setTimeout', (ms?: number, value?: unknown, options?: { signal?: AbortSignal }) =>
      this.#delay(ms, value, options?.signal),
    )
    put(AbortSignal as unknown as Record<string, unknown>, 'timeout', (ms: number) => this.#timeout(ms))
    put(globalThis, 'Date', this.#date())
    syncBuiltinESMExports()
  }

  #delay(ms: number | undefined, value: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.clear(timer)
        reject(new DOMException('The operation was aborted', 'AbortError'))
      }
      const timer = this.add(() => {
        signal?.removeEventListener('abort', abort)
        resolve(value)
      }, ms)
      if (signal?.aborted === true) abort()
      else signal?.addEventListener('abort', abort, { once: true })
    })
  }

  #timeout(ms: number): AbortSignal {
    const control = new AbortController()
    this.add(() => control.abort(new DOMException('The operation timed out', 'TimeoutError')), ms)
    return control.signal
  }

  #date(): typeof Date {
    const whole = () => Math.floor(this.now())
    const before = Date
    const leaping: typeof Date = new Proxy(before, {
      apply: () => new before(whole()).toString(),
      get: (target, name) => (name === 'now' ? whole : (Reflect.get(target, name) as unknown)),
      construct: (target, args, made): object =>
        Reflect.construct(target, args.length === 0 ? [whole()] : args, made === leaping ? target : made) as object,
    })
    return leaping
  }
}

/** The real ones, also where a preload has hurried the process's own. */
function realTime(): Real {
  const known = Symbol.for('durable-safe-deployment/hurry')
  const hurried = (globalThis as Record<symbol, unknown>)[known] as
    { realNow(): number; timers: Pick<Real, 'setTimeout' | 'clearTimeout'> } | undefined
  if (hurried) return { Date, ...hurried.timers, realNow: () => hurried.realNow() }
  const now = performance.now.bind(performance)
  return { Date, setTimeout, clearTimeout, realNow: () => performance.timeOrigin + now() }
}
