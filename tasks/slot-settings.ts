import { Refusal } from '../core/failures.ts'
import type { Settings, SlotName } from '../core/function-app/picture.ts'
import { findSlot } from '../core/function-app/picture.ts'
import type { SlotHub } from '../core/function-app/slot-hub.ts'
import { findHub } from '../core/function-app/slot-hub.ts'
import { differingSettings } from '../core/rotate/merge.ts'
import type { Deps } from './deps.ts'
import type { OpenApp } from './look-at-app.ts'
import type { Whole } from './write-whole.ts'

export type SettingsSeen = { readonly hub: SlotHub; readonly settings: Settings }

/** The app settings of a slot, as a document that is written whole. */
export function slotSettings({ azure }: Deps, app: OpenApp, slot: SlotName): Whole<SettingsSeen, Settings> {
  return {
    read: (signal) => slotNow(app, slot, signal),
    contentOf: ({ settings }) => settings,
    send: (settings, signal) => azure.apps.writeSettings(app.address, slot, settings, signal),
    differing: differingSettings,
    owner: `slot '${slot}'`,
    things: 'app settings',
  }
}

async function slotNow(app: OpenApp, name: SlotName, signal: AbortSignal): Promise<SettingsSeen> {
  const view = await app.look(signal)
  const slot = findSlot(view.picture, name)
  const hub = findHub(view.hubs, name)
  if (!slot || !hub) throw new Refusal(`Slot '${name}' is gone. Check the slots of '${app.address.name}'.`)
  if (slot.settings.kind === 'unreadable') {
    throw new Refusal(`The app settings of slot '${name}' cannot be read: ${slot.settings.because}.`)
  }
  return { hub, settings: slot.settings.values }
}
