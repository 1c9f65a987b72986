import type { SlotSide } from '../../core/function-app/slot-rules.ts'
import type { OpenApp } from '../look-at-app.ts'

/** A swap of two slots, as it was planned, of an app that can be looked at again. */
export type OpenSwap = {
  readonly app: OpenApp
  readonly plan: { readonly source: SlotSide; readonly target: SlotSide }
}

/** A swap that was done. */
export type DoneSwap = OpenSwap & {
  /** When this run had swapped, by our clock; not set: an earlier run did. */
  readonly swappedAt?: Date | undefined
}
