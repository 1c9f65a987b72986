import type { WantedSlot } from '../wanted-app.ts'

/** What the actions signal, resume and status want of the App Mode. */
export type AppModeWanted = WantedSlot & {
  /** Begins with a slash, such as `/api/app-mode`. */
  readonly appModePath: string
  /** Not set: the slot's own default host key. */
  readonly appModeKey?: string
  readonly dryRun: boolean
}

export type SignalWanted = AppModeWanted & {
  /** From 60 to 86 400: how long the app stays prepared by itself. */
  readonly holdSeconds: number
  readonly timeoutMs: number
  readonly pollMs: number
}
