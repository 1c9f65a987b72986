import { AzureFailure, Cancelled } from '../../failures.ts'
import type { Clock } from '../../ports.ts'
import { failureOf, type Operation } from './failure.ts'
import type { StorageConnection } from './connection.ts'

const tryTimeoutMs = 30_000
const mostTries = 4
const mostMs = 60_000
const again: ReadonlySet<string> = new Set(['throttled', 'server', 'network', 'timeout'])

/** Calls storage; the tries of one read and their pauses end within about a minute, each try within half of one. */
export class Caller {
  private readonly connection: Pick<StorageConnection, 'account' | 'signIn'>
  private readonly clock: Clock
  /** How many were sent so far. */
  requests = 0

  constructor(connection: Pick<StorageConnection, 'account' | 'signIn'>, clock: Clock) {
    this.connection = connection
    this.clock = clock
  }

  /** A read, tried again after a failure that may pass; Retry-After is honoured. Throws `AzureFailure` or `Cancelled`. */
  async read<T>(operation: Operation, act: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const start = this.clock.now().getTime()
    for (let tries = 1; ; tries++) {
      try {
        return await this.once(operation, act, signal)
      } catch (error) {
        if (!(error instanceof Failed) || !again.has(error.failure.kind) || tries === mostTries) throw unwrapped(error)
        const pause = error.retryAfterMs ?? 250 * 2 ** tries
        if (this.clock.now().getTime() - start + pause > mostMs) throw error.failure
        await this.clock.sleep(pause, signal)
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
  ): Promise<T> {
    throwIfCancelled(signal)
    this.requests += 1
    const attempt = new AbortController()
    const cancel = () => {
      attempt.abort()
    }
    signal.addEventListener('abort', cancel, { once: true })
    const timer = setTimeout(cancel, tryTimeoutMs)
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
