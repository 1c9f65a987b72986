import type { SlotName } from '../../core/function-app/picture.ts'
import type { FailureLimit } from '../../core/swap/failure-share.ts'
import type { PathCheck } from '../../core/swap/health.ts'
import type { StateServiceAddress } from '../../core/service/ports.ts'
import type { WantedHub } from '../../core/task-hub/wanted-hub.ts'
import type { LockWanted } from '../lock/wanted.ts'
import type { WantedApp } from '../wanted-app.ts'

export type SlotSwapWanted = WantedApp & {
  readonly sourceSlot: SlotName
  readonly targetSlot: SlotName
  readonly taskHub: WantedHub
  readonly preserveVnet: boolean
  readonly requireIdle: 'none' | 'source' | 'target' | 'both'
  readonly evidence: 'storage' | 'managementApi'
  readonly warmUp?: PathCheck
  readonly healthCheck?: PathCheck
  readonly healthCheckTimeoutMs: number
  readonly settleMs: number
  /** Not set: the failure share is not looked at. */
  readonly failureLimit?: FailureLimit
  /** For how long health and failure share are judged after the first healthy answer. */
  readonly observeMs: number
  readonly rollbackOnFailure: boolean
  /** For warm-up, idle proof and swap. */
  readonly timeoutMs: number
  readonly lock: LockWanted
  /** Told of what was done; not set: nobody is. */
  readonly stateService?: StateServiceAddress
  readonly dryRun: boolean
}
