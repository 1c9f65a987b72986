// The hurried clock (hurry.mjs) as TypeScript sees it: how a process is started with it, and real time beside it.

/** One clock that several processes share. */
export type HurriedClock = {
  /** How many of its seconds go by in a real one. */
  readonly factor: number
  /** The real moment (ms since 1970) at which the clock shows `start`. */
  readonly from: number
  readonly start: number
}

export type Twist = {
  /** How far this process's clock is wrong, in milliseconds of the shared clock. */
  readonly skewMs?: number
  /** Takes the most memory that the process ever had, in bytes, when it ends by itself. */
  readonly peakFile?: string
  /** From a SIGINT or SIGTERM on the process lives in real time. */
  readonly untilSignal?: true
}

type Real = {
  readonly asked: HurriedClock
  readonly realNow: () => number
  readonly timers: { readonly setTimeout: typeof setTimeout; readonly clearTimeout: typeof clearTimeout }
}

const file = new URL('./hurry.mjs', import.meta.url)
const backMs = 20 * 24 * 3_600_000

/**
 * A clock that begins now. It begins in the past, so that it stays behind real time: OpenSSL does not hurry, and would
 * take certificates of the future for not yet valid.
 */
export function hurriedClock(factor: number): HurriedClock {
  const from = realNow()
  return { factor, from, start: from - backMs }
}

/** The URL for `node --import`, alone or in NODE_OPTIONS. */
export function hurryPreload(clock: HurriedClock, twist: Twist = {}): string {
  const url = new URL(file)
  for (const [name, value] of Object.entries(clock)) url.searchParams.set(name, String(value))
  if (twist.skewMs !== undefined) url.searchParams.set('skew', String(twist.skewMs))
  if (twist.peakFile !== undefined) url.searchParams.set('peak', twist.peakFile)
  if (twist.untilSignal) url.searchParams.set('untilSignal', '')
  return url.href
}

/** How much faster than real time this process lives. */
export function hurryFactor(): number {
  return ofThisProcess()?.asked.factor ?? 1
}

/** The clock of this process, for those that it starts; where it is not hurried, one that goes with real time. */
export function ownClock(): HurriedClock {
  const now = realNow()
  return ofThisProcess()?.asked ?? { factor: 1, from: now, start: now }
}

/** The real time in milliseconds since 1970, also where the process is hurried. */
export function realNow(): number {
  return ofThisProcess()?.realNow() ?? performance.timeOrigin + performance.now()
}

/** Resolves after that many real milliseconds, or as soon as the signal aborts. */
export function realDelay(ms: number, signal?: AbortSignal): Promise<void> {
  const timers = ofThisProcess()?.timers ?? globalThis
  return new Promise((resolve) => {
    const timer = timers.setTimeout(end, ms)
    signal?.addEventListener('abort', end)
    if (signal?.aborted === true) end()

    function end(): void {
      timers.clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
  })
}

function ofThisProcess(): Real | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for('durable-safe-deployment/hurry')] as Real | undefined
}
