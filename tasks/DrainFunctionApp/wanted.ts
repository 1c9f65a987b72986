import type { SlotName } from '../../core/function-app/picture.ts'
import type { LockWanted } from '../lock/wanted.ts'
import type { SignalWanted } from './signal-wanted.ts'

export const actions = ['fence', 'release', 'signal', 'resume', 'status'] as const
export type DrainAction = (typeof actions)[number]

export type DrainWanted = SignalWanted & {
  readonly action: DrainAction
  /** The slot that `slotName` will be swapped with. */
  readonly targetSlot: SlotName
  readonly includeHttp: boolean
  /** How long no new instance may begin; 0 = the task hub is not looked at. */
  readonly quietMs: number
  readonly lock: LockWanted
}
