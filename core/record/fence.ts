/**
 * Run right before each change of Azure: renews the deployment lock and announces the change. Throws `Refusal` where this
 * run no longer holds the lock, and `AzureFailure` where that could not be told; nothing may be changed then. `change`
 * reads after "was about to": "swap slot 'staging' with slot 'production'".
 */
export type Fence = (change: string, signal: AbortSignal) => Promise<void>

/** Of a run that takes no lock. */
export const withoutLock: Fence = () => Promise.resolve()
