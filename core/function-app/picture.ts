/** A slot as a user names it; the site itself is `production`. */
export type SlotName = string & { readonly __brand: 'SlotName' }

export const production = 'production' as SlotName

/** Slot names compare without case in ARM. */
export function sameSlot(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}

export type AppAddress = { readonly resourceGroup: string; readonly name: string }

/** All app settings of a slot, as ARM gives them. Values are secrets: never print one. */
export type Settings = Readonly<Record<string, string>>

export type SlotSettings =
  | { readonly kind: 'read'; readonly values: Settings }
  /** The connection may not list them, or the answer was not understood. `because` is fit for a message. */
  | { readonly kind: 'unreadable'; readonly because: string }

/** One slot at one moment. */
export type SlotPicture = {
  readonly name: SlotName
  /** As ARM gives it, port included. */
  readonly hostName: string
  /** `Running`, `Stopped` or whatever ARM said; empty where it said nothing. */
  readonly state: string
  /** Set while a swap or a swap with preview is pending on the slot. */
  readonly targetSwapSlot?: string
  /** The last swap that finished, whichever it was. */
  readonly lastSwap?: { readonly at: string; readonly source: string; readonly target: string }
  /** Set while ARM runs an operation on the slot, where ARM tells. */
  readonly operationInProgress?: string
  readonly settings: SlotSettings
}

/** A function app with all its slots at one moment; `slots[0]` is production. */
export type AppPicture = {
  readonly app: AppAddress
  /** Such as `functionapp,linux`. */
  readonly kind: string
  /** `FlexConsumption`, `Dynamic`, `ElasticPremium`…; not set where ARM did not tell. */
  readonly sku?: string
  /** Names of app settings that stay with their slot in a swap (site-level `slotConfigNames`). */
  readonly stickySettings: readonly string[]
  readonly slots: readonly SlotPicture[]
}

export function findSlot(picture: AppPicture, name: string): SlotPicture | undefined {
  return picture.slots.find((slot) => sameSlot(slot.name, name))
}

/** Nothing answers or works in a slot that is stopped, and a swap does not start it. */
export function isStopped({ state }: SlotPicture): boolean {
  return state.toLowerCase() === 'stopped'
}
