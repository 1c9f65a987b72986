import type { RotateEvidence } from '../../core/rotate/taken.ts'
import type { StateServiceAddress } from '../../core/service/ports.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import type { LockWanted } from '../lock/wanted.ts'
import type { WantedSlot } from '../wanted-app.ts'

export type RotateWanted = WantedSlot & {
  /** Typed, or made of the app's name and the run. */
  readonly taskHub: HubName
  /** Path of a zip, a folder or a host.json; not set: not checked. */
  readonly package?: string
  readonly requireIdle: boolean
  readonly evidence: RotateEvidence
  readonly lock: LockWanted
  /** Told of what was done; not set: nobody is. */
  readonly stateService?: StateServiceAddress
  readonly dryRun: boolean
}
