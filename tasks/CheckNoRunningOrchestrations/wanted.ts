import type { EvidenceChoice } from '../../core/check/source.ts'
import type { StateServiceAddress } from '../../core/service/ports.ts'
import type { IdlePolicy } from '../../core/task-hub/idle-proof/policy.ts'
import type { WantedHub } from '../../core/task-hub/wanted-hub.ts'
import type { WantedSlot } from '../wanted-app.ts'

export type CheckWanted = WantedSlot & {
  /** Not set: the slot's own hub. */
  readonly taskHub?: WantedHub
  readonly evidence: EvidenceChoice
  /** Set exactly where evidence is `statusEndpoint`. */
  readonly statusUrl?: string
  readonly statusKey?: string
  /** Set exactly where evidence is `stateService`. */
  readonly stateService?: StateServiceAddress
  /** 0 = one verdict. */
  readonly timeoutMs: number
  readonly pollIntervalMs: number
  readonly quietPeriodMs: number
  readonly policy: IdlePolicy
}
