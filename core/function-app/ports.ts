import type { RunningFunctions, SlotFunction, StickyNames } from './functions.ts'
import type { AppAddress, AppPicture, Settings, SlotName } from './picture.ts'

/** What ARM answered to a swap request. Never proof of what happened: the slots are. */
export type SwapReply =
  /** `at`: when Azure accepted it, by its own clock; not set where it did not tell. */
  | { readonly kind: 'accepted'; readonly operationUrl: string; readonly at?: Date; readonly retryAfterMs?: number }
  | { readonly kind: 'done' }
  /** ARM said no, with a status that names the cause (409, 429, other 4xx); nothing was started by this request. */
  | {
      readonly kind: 'rejected'
      readonly status: number
      readonly code?: string
      readonly message: string
      readonly retryAfterMs?: number
    }
  /** No answer or a 5xx: it may or may not have been started. Asked again only after the slots were seen unchanged. */
  | { readonly kind: 'lost'; readonly message: string }
  /** An answer that is not what it promises (HTML, broken JSON, 202 without an operation URL): never asked again. */
  | { readonly kind: 'unreadable'; readonly message: string }

export type OperationState =
  | { readonly kind: 'running'; readonly retryAfterMs?: number }
  | { readonly kind: 'succeeded' }
  /** `status` where the operation ended with an error of its own, such as 417 of a slot that does not start. */
  | { readonly kind: 'failed'; readonly status?: number; readonly code?: string; readonly message: string }
  /** Gone, denied, lost or not understood: read the slots instead. */
  | { readonly kind: 'unknown'; readonly message: string; readonly retryAfterMs?: number }

/** What the site of one slot shows of swaps and operations, read with one request. */
export type SlotGlance =
  | {
      readonly kind: 'seen'
      readonly targetSwapSlot?: string
      readonly lastSwap?: { readonly at: string; readonly source: string; readonly target: string }
      readonly operationInProgress?: string
    }
  /** Throttled, lost or not understood. */
  | { readonly kind: 'missed'; readonly message: string; readonly retryAfterMs?: number }

/** Function apps of the subscription, through Azure Resource Manager. Every method throws `AzureFailure`. */
export interface FunctionApps {
  /** Every app whose kind contains `functionapp` that the connection can see. */
  list(signal: AbortSignal): Promise<readonly AppAddress[]>
  /** The app with all slots, their settings and the sticky names, read now. */
  look(app: AppAddress, signal: AbortSignal): Promise<AppPicture>
  /** Replaces the whole set of app settings: one PUT, never repeated by the client. Restarts the slot. */
  writeSettings(app: AppAddress, slot: SlotName, settings: Settings, signal: AbortSignal): Promise<void>
  /** One POST, never repeated by the client; every answer is data. */
  requestSwap(app: AppAddress, swap: SwapRequest, signal: AbortSignal): Promise<SwapReply>
  readOperation(url: string, signal: AbortSignal): Promise<OperationState>
  /** One GET, never repeated by the client; every answer is data. Tells when a whole look is worth its requests. */
  glance(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<SlotGlance>
}

export type SwapRequest = {
  readonly source: SlotName
  readonly target: SlotName
  readonly preserveVnet: boolean
}

/** The functions of slots, and which names of settings stay with their slot. Every method throws `AzureFailure`. */
export interface SlotFunctions {
  /**
   * What Azure Resource Manager lists. It is a copy that the host leaves there when it has started, so it can be older than
   * the host that runs (HOST FunctionsSyncManager.cs:304-345).
   */
  list(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<readonly SlotFunction[]>
  /** What the host that runs says itself (`/admin/functions`). A host that is down is an answer. */
  running(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<RunningFunctions>
  stickyNames(app: AppAddress, signal: AbortSignal): Promise<StickyNames>
  /** Replaces all lists: one PUT, never repeated by the client. Nothing restarts. */
  writeStickyNames(app: AppAddress, names: StickyNames, signal: AbortSignal): Promise<void>
}

/** What the host of a slot says of itself (`/admin/host/status`). */
export type HostState =
  | {
      readonly kind: 'known'
      readonly state: string
      readonly errors: readonly string[]
      readonly version?: string
      /** How long its process has run; not set where it did not tell. */
      readonly uptimeMs?: number
    }
  | { readonly kind: 'unknown'; readonly because: string }

export type ProbeAnswer =
  { readonly kind: 'status'; readonly status: number } | { readonly kind: 'noAnswer'; readonly because: string }

/** The Functions host of a slot. Nothing here throws for a host that is down: that is an answer. */
export interface SlotHosts {
  state(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<HostState>
  /** GET `https://<hostName><path>` without following redirects. */
  probe(hostName: string, path: string, signal: AbortSignal): Promise<ProbeAnswer>
}
