import { setTimeout as delay } from 'node:timers/promises'

/** The fixed-delay policy of a function (learn: azure-functions/functions-bindings-error-pages). */
export type RetryPolicy = {
  readonly delayMs: number
  /** Further tries after the first; -1: without end. */
  readonly maxRetryCount: number
}

/**
 * Runs a function until it succeeds or the policy is used up, then throws what it threw last. The count is this process's
 * alone, and a wait between two tries ends with the signal: then it is not run again (SDK
 * Executors/FunctionExecutorExtensions.cs, "If the invocation is cancelled retries must stop").
 */
export async function withRetry(
  policy: RetryPolicy | undefined,
  signal: AbortSignal,
  run: (retryCount: number) => unknown,
): Promise<void> {
  for (let retryCount = 0; ; retryCount++) {
    try {
      await run(retryCount)
      return
    } catch (error) {
      const isUsedUp = policy === undefined || (policy.maxRetryCount >= 0 && retryCount >= policy.maxRetryCount)
      if (isUsedUp) throw error
      await delay(policy.delayMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) throw error
    }
  }
}
