import type { AppAddress, SlotName } from '../function-app/picture.ts'
import type { ModeDocument } from './mode-document.ts'

/** What one request to the App Mode of an app came to. `because` is a clause, fit for a message. */
export type ModeAnswer =
  | { readonly kind: 'document'; readonly document: ModeDocument }
  /** 409: another generation prepares the app, or holds it prepared. */
  | { readonly kind: 'otherGeneration'; readonly because: string }
  /** The same request would meet the same answer: wrong key, wrong path, something that is no App Mode. */
  | { readonly kind: 'refused'; readonly because: string; readonly remedy: string }
  /** No answer, or one of the moment (5xx, 408, 429): asked again until the time is up. */
  | { readonly kind: 'later'; readonly because: string; readonly retryAfterMs?: number }

/** The App Mode of one slot. Every request is sent once, and has its own time limit. Only `Cancelled` is thrown. */
export interface AppModeEndpoint {
  /** Idempotent for one generation; renews the hold. */
  prepare(hold: { readonly generation: string; readonly holdSeconds: number }, signal: AbortSignal): Promise<ModeAnswer>
  read(signal: AbortSignal): Promise<ModeAnswer>
  resume(generation: string, signal: AbortSignal): Promise<ModeAnswer>
}

export type AppModeAddress = {
  /** As ARM gives it, port included. */
  readonly hostName: string
  /** The input appModePath, such as `/api/app-mode`. */
  readonly path: string
  /** Not set: none is sent. Goes into a header, never into a URL or a message. */
  readonly key?: string
}

/** What the App Mode client asks of Azure beside the app itself. */
export interface AppModeAzure {
  open(address: AppModeAddress): AppModeEndpoint
  /** How many instances ARM lists for the slot (`GET …/instances`). Throws `AzureFailure`. */
  instances(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<number>
  /**
   * The slot's default host key (`functionKeys.default` of `POST …/host/default/listkeys`), announced as a secret before it is
   * given; undefined where it has none. Throws `AzureFailure`.
   */
  defaultHostKey(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<string | undefined>
}
