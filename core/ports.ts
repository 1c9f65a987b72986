/** Time, as a dependency: rules never read a clock of their own. */
export interface Clock {
  now(): Date
  /** Resolves after `ms`, or rejects with `Cancelled` as soon as the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** What a task says while it runs. Text from outside must have been neutralised before it gets here. */
export interface Log {
  info(text: string): void
  warn(text: string): void
  /** `percent` from 0 to 100, shown by the agent beside the step. */
  progress(percent: number, text: string): void
}
