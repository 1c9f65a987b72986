// What the runner and its worker processes tell each other.

export type ToWorker = { readonly kind: 'play'; readonly cases: readonly number[] } | { readonly kind: 'close' }

/** A case that failed, or that was not reached. */
export type Failure = { readonly index: number; readonly because: string }

export type FromWorker =
  | { readonly kind: 'opened'; readonly shows: string; readonly cases: number }
  | { readonly kind: 'begins'; readonly index: number }
  | {
      readonly kind: 'played'
      readonly cases: number
      readonly failures: readonly Failure[]
      readonly notReached: readonly Failure[]
    }
  | { readonly kind: 'closed'; readonly figures: Readonly<Record<string, number>> }
  /** The suite itself could not be opened, or closed. */
  | { readonly kind: 'broken'; readonly because: string }
