import type { AppPicture, Settings } from '../function-app/picture.ts'
import { production, sameSlot } from '../function-app/picture.ts'
import { accountsIn } from '../function-app/storage-reference.ts'
import { defaultHubName } from '../task-hub/layout.ts'
import type { Hub } from '../task-hub/hub.ts'
import { sameHubName } from '../task-hub/name.ts'

export type Reference = { readonly app: string; readonly slot: string; readonly setting: string }

/** What a function app says of a hub. A slot that could not be read says nothing, and that is said. */
type References = {
  readonly found: readonly Reference[]
  readonly unreadableSlots: readonly { readonly app: string; readonly slot: string; readonly because: string }[]
}

/**
 * Looks through every setting of every slot, because each app is free to name its hub setting as it likes. A setting counts
 * when its value is the hub's name, or when production has the hub as its default name, and the slot uses the hub's
 * storage account or does not show which one it uses.
 */
export function referencesTo(hub: Hub, picture: AppPicture, storageSuffix: string): References {
  const found: Reference[] = []
  const unreadable: { app: string; slot: string; because: string }[] = []
  for (const slot of picture.slots) {
    if (slot.settings.kind === 'unreadable') {
      unreadable.push({ app: picture.app.name, slot: slot.name, because: slot.settings.because })
      continue
    }
    const { values } = slot.settings
    if (!mayUse(values, hub, storageSuffix)) continue
    for (const [setting, value] of Object.entries(values)) {
      if (sameHubName(value.trim(), hub.name)) found.push({ app: picture.app.name, slot: slot.name, setting })
    }
    const standard = sameSlot(slot.name, production) ? defaultHubName(picture.app.name) : undefined
    if (standard !== undefined && sameHubName(standard, hub.name)) {
      found.push({ app: picture.app.name, slot: slot.name, setting: 'the default task hub name' })
    }
  }
  return { found, unreadableSlots: unreadable }
}

function mayUse(settings: Settings, hub: Hub, storageSuffix: string): boolean {
  const accounts = accountsIn(settings, storageSuffix)
  return accounts.someHidden || accounts.known.some((account) => account.id === hub.account.id)
}
