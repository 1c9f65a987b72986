import type { SlotName } from '../core/function-app/picture.ts'

/** The inputs that every agent task has. */
export type WantedApp = {
  readonly azureSubscription: string
  readonly appName: string
  /** Not set: looked up. */
  readonly resourceGroupName?: string
  readonly taskHubSetting: string
  readonly storageSetting: string
  /** At most one of the two is set. */
  readonly storageConnectionString?: string
  readonly storageAccountName?: string
}

/** Tasks that act on one slot. */
export type WantedSlot = WantedApp & { readonly slotName: SlotName }
