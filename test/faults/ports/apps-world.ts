// Function apps in memory: slots with settings, and swaps as operations that move the settings on one side first.
import type { Settings } from '../../../core/function-app/picture.ts'
import type { Execution } from './execution.ts'

export type SlotWorld = {
  readonly name: string
  settings: Record<string, string>
  /** Why they cannot be listed. */
  unreadable?: string
  targetSwapSlot?: string
  lastSwap?: { readonly at: string; readonly source: string; readonly target: string }
}

export type Operation = {
  readonly url: string
  readonly source: SlotWorld
  readonly target: SlotWorld
  readonly by: Execution
  state: 'running' | 'succeeded' | 'failed'
}

export type AppWorld = {
  readonly name: string
  readonly resourceGroup: string
  readonly slots: SlotWorld[]
  /** `hidden`: not even listed; `unreadable`: listed, and a look at it fails. */
  sight: 'full' | 'unreadable' | 'hidden'
  readonly sticky: readonly string[]
  operation?: Operation
}

/** A connection string of an account on the public cloud. */
export function connectionTo(account: string): string {
  return `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=a2V5;EndpointSuffix=core.windows.net`
}

export function appWorld(name: string, slots: Readonly<Record<string, Settings>>): AppWorld {
  return {
    name,
    resourceGroup: 'shop-rg',
    slots: Object.entries(slots).map(([slot, settings]) => ({ name: slot, settings: { ...settings } })),
    sight: 'full',
    sticky: [],
  }
}

export function slotOf(app: AppWorld, name: string): SlotWorld | undefined {
  return app.slots.find((slot) => slot.name.toLowerCase() === name.toLowerCase())
}
