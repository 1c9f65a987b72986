import { AzureFailure, Cancelled } from '../../../failures.ts'
import type { Clock } from '../../../ports.ts'
import { failureOf, type Operation } from './failure.ts'
import type { StorageConnection } from './connection.ts'
import { Pace } from './pace.ts'

const tryTimeoutMs = 30_000
/** The first two tries of a read: storage answers within seconds, or is not going to. */
const firstTryTimeoutMs = 15_000
/** With one request in twenty failing, six in a row fail once in sixty million. */
const mostTries = 6
const mostMs = 75_000
const mostThrottledMs = 120_000
const again: ReadonlySet<string> = new Set(['server', 'network', 'timeout'])

/**
 * Calls storage. What fails at once is given up after a quarter of a minute; no try of a read begins after the first minute
 * and a quarter, and each ends within half a one. A read that the service throttles goes on for two minutes, for that is no failure but a request to ask less.
 */
export class Caller {
  readonly pace: Pace
  private readonly connection: Pick<StorageConnection, 'account' | 'signIn'>
  private readonly clock: Clock
  /** How many were sent so far. */
  requests = 0

  constructor(connection: Pick<StorageConnection, 'account' | 'signIn'>, clock: Clock) {
    this.connection = connection
    this.clock = clock
    this.pace = new Pace(clock)
  }

  /** The time by the clock that the pauses are taken with. */
  now(): Date {
    return this.clock.now()
  }

  /** A read, tried again after a failure that may pass; Retry-After is honoured. Throws `AzureFailure` or `Cancelled`. */
  async read<T>(operation: Operation, act: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    let failures = 0
    let start: number | undefined
    const attempt = () => {
      start ??= this.clock.now().getTime()
      return this.once(operation, act, signal, failures < 2 ? firstTryTimeoutMs : tryTimeoutMs)
    }
    for (;;) {
      try {
        const result = await this.pace.run(attempt, signal)
        this.pace.passed()
        return result
      } catch (error) {
        if (!(error instanceof Failed)) throw error
        const { failure, retryAfterMs } = error
        const spent = this.clock.now().getTime() - (start ?? Infinity)
        if (failure.kind === 'throttled') {
          const pause = this.pace.throttled(retryAfterMs)
          if (spent + pause > mostThrottledMs) throw failure
        } else {
          failures += 1
          const pause = retryAfterMs ?? 250 * 2 ** failures
          if (!again.has(failure.kind) || failures === mostTries || spent + pause > mostMs) throw failure
          await this.clock.sleep(pause, signal)
        }
      }
    }
  }

  /** A mutation: sent once. Throws `AzureFailure`, whose `mayHaveHappened` tells a lost reply, or `Cancelled`. */
  async change<T>(
    operation: Omit<Operation, 'mutation'>,
    act: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      return await this.once({ ...operation, mutation: true }, act, signal)
    } catch (error) {
      throw unwrapped(error)
    }
  }

  private async once<T>(
    operation: Operation,
    act: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    timeoutMs = tryTimeoutMs,
  ): Promise<T> {
    throwIfCancelled(signal)
    this.requests += 1
    const attempt = new AbortController()
    const cancel = () => {
      attempt.abort()
    }
    signal.addEventListener('abort', cancel, { once: true })
    const timer = setTimeout(cancel, timeoutMs)
    try {
      return await act(attempt.signal)
    } catch (error) {
      throwIfCancelled(signal)
      const { failure, retryAfterMs } = failureOf(error, operation, this.connection, attempt.signal.aborted)
      throw new Failed(failure, retryAfterMs)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancel)
    }
  }
}

/** A failure on its way through the tries, with how long the service asked to wait. */
class Failed extends Error {
  readonly failure: AzureFailure
  readonly retryAfterMs: number | undefined
  constructor(failure: AzureFailure, retryAfterMs: number | undefined) {
    super(failure.message)
    this.failure = failure
    this.retryAfterMs = retryAfterMs
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new Cancelled()
}

function unwrapped(error: unknown): unknown {
  return error instanceof Failed ? error.failure : error
}
