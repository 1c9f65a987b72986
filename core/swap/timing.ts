/**
 * How often a swap is looked at, and how long it is waited for. While it runs that makes 40 glances of one request, 6 looks of
 * about 5 and 4 readings of the operation a minute at Azure's usual Retry-After: some 75 reads a minute, where Azure Resource
 * Manager grants a principal 25 a second (learn: azure-resource-manager/management/request-limits-and-throttling).
 */
export type SwapTiming = {
  /** Between two looks at the slots while nothing is known to run, and between two readings of an operation that names no pause. */
  readonly pollMs: number
  /** Between two glances at the target while something runs: half of it is how late the end is noticed, on average. */
  readonly glanceMs: number
  /** Between two whole looks while something runs and no glance shows a change. */
  readonly lookMs: number
  /** Looks in a row, `pollMs` apart, that must show nothing done and nothing under way before a lost request is sent again. */
  readonly calmReadings: number
  /** The same after Azure reported success: what the slots show may lag behind, and a second swap would undo the first. */
  readonly calmReadingsAfterSuccess: number
  /**
   * The same after Azure was busy while an earlier request had no answer: it may be busy with that one, for as long as a swap
   * takes that shows on no slot, and a request at its very end would undo it.
   */
  readonly calmReadingsWhileBusy: number
  /** Pause after ARM said that it is busy or throttled and gave no Retry-After, or after a cause that passes. */
  readonly busyPauseMs: number
  /** Longest pause that a Retry-After is granted. */
  readonly longestPauseMs: number
  readonly mostRequests: number
  /** Further requests after the source did not answer its warm-up. */
  readonly mostWarmUps: number
  /** How long the source's host may take until it runs again after such a failure. */
  readonly hostMs: number
  /** A fence that took longer leaves what was read before it too old to act on. */
  readonly longestFenceMs: number
}

/** What SlotSwap goes by; tests may have another. Times in ms. */
export const swapTiming: SwapTiming = {
  pollMs: 5_000,
  glanceMs: 1_500,
  lookMs: 10_000,
  calmReadings: 12,
  calmReadingsAfterSuccess: 8,
  calmReadingsWhileBusy: 120,
  busyPauseMs: 15_000,
  longestPauseMs: 60_000,
  mostRequests: 5,
  mostWarmUps: 2,
  hostMs: 60_000,
  longestFenceMs: 5_000,
}

/** A pause that was asked for, within reason. */
export function capped(ms: number, timing: SwapTiming): number {
  return Math.min(Math.max(ms, 0), timing.longestPauseMs)
}
