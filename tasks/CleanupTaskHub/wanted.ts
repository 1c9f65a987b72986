import type { StateServiceAddress } from '../../core/service/ports.ts'
import type { IdlePolicy } from '../../core/task-hub/idle-proof/policy.ts'
import type { WantedHub } from '../../core/task-hub/wanted-hub.ts'
import type { LockWanted } from '../lock/wanted.ts'
import type { WantedSlot } from '../wanted-app.ts'

export type CleanupWanted = WantedSlot & {
  /** Empty: the retired hubs of the app's deployment record. */
  readonly taskHubs: readonly WantedHub[]
  readonly keepLast: number
  readonly minimumAgeMs: number
  readonly policy: IdlePolicy
  readonly lock: LockWanted
  /** Told of what was done; not set: nobody is. */
  readonly stateService?: StateServiceAddress
  readonly dryRun: boolean
}
