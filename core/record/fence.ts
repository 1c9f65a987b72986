import type { RecordPlace } from './change-record.ts'
import type { DeploymentRecord } from './record.ts'

/**
 * Run right before each change of Azure: renews the deployment lock and announces the change. Throws `Refusal` where this
 * run no longer holds the lock, and `AzureFailure` where that could not be told; nothing may be changed then. `change`
 * reads after "was about to": "swap slot 'staging' with slot 'production'".
 */
export type Fence = (change: string, signal: AbortSignal) => Promise<void>

/** Of a run that takes no lock. */
export const withoutLock: Fence = () => Promise.resolve()

/**
 * Run on the record as it was read, before what a task enters is written under the ETag of that reading. Throws `Refusal`
 * where the record does not show this task's own claim: a task whose lock another run has by now leaves nothing in it.
 */
export type RecordGuard = (place: RecordPlace, record: DeploymentRecord) => void

/** Of a run that takes no lock. */
export const unguarded: RecordGuard = () => undefined
