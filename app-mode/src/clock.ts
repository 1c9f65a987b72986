/** Time, as a dependency. */
export interface AppModeClock {
  /** Milliseconds since 1970; what `until` is told in. */
  now(): number
  /** Milliseconds that never go back. */
  ticks(): number
  /** Calls once after `ms`; what is returned calls it off. Does not keep the process alive. */
  after(ms: number, call: () => void): () => void
}

export const systemClock: AppModeClock = {
  now: () => Date.now(),
  ticks: () => performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
