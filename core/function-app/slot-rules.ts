import { sameHubName } from '../task-hub/name.ts'
import { isSticky } from './hub-setting.ts'
import type { AppPicture, SlotPicture } from './picture.ts'
import { findSlot } from './picture.ts'
import { preparedSlot, resetCommand } from './prepared-slot.ts'
import type { SlotHub } from './slot-hub.ts'
import { findHub } from './slot-hub.ts'

/** A refusal's text, or undefined where the rule is kept. */
export type Problem = string | undefined

/** Finds the slot, or says which ones there are; a plan without slots is told by name. */
export function requireSlot(picture: AppPicture, name: string): SlotPicture | { readonly problem: string } {
  const slot = findSlot(picture, name)
  if (slot) return slot
  const withoutSlots = planWithoutSlots(picture)
  if (withoutSlots !== undefined) return { problem: withoutSlots }
  const names = picture.slots.map((each) => `'${each.name}'`).join(', ')
  return { problem: `Function app '${picture.app.name}' has no slot '${name}'. It has ${names}. Name one of these.` }
}

/** A slot with what its settings say of task hubs. */
export type SlotSide = { readonly slot: SlotPicture; readonly hub: SlotHub }

/** The slot with its hub, or why it cannot be acted on: it does not exist, or its settings cannot be read. */
export function requireSide(
  seen: { readonly picture: AppPicture; readonly hubs: readonly SlotHub[] },
  name: string,
): SlotSide | { readonly problem: string } {
  const slot = requireSlot(seen.picture, name)
  if ('problem' in slot) return slot
  const hub = findHub(seen.hubs, slot.name)
  if (hub && hub.name.kind !== 'unreadable') return { slot, hub }
  const because = hub?.name.kind === 'unreadable' ? hub.name.because : 'they were not listed'
  return { problem: `The app settings of slot '${slot.name}' cannot be read: ${because}.` }
}

/** Flex Consumption has no slots at all (functions-deployment-slots, "Plan: number of slots"). */
function planWithoutSlots(picture: AppPicture): Problem {
  if (picture.sku?.toLowerCase() !== 'flexconsumption') return undefined
  return (
    `Function app '${picture.app.name}' runs on a plan without deployment slots ('${picture.sku}'). Move it to a plan with ` +
    'slots, or use orchestration versioning instead.'
  )
}

/**
 * The hub setting must travel with the code. Sticky, it would attach the new code to the other slot's hub in the first
 * step of a swap, and running orchestrations would be replayed on code that does not match (durable-extension #2696).
 */
export function stickyHubSetting(picture: AppPicture, settingKey: string): Problem {
  if (!isSticky(picture.stickySettings, settingKey)) return undefined
  return (
    `App setting '${settingKey}' of '${picture.app.name}' is a deployment slot setting, so it would not travel with the ` +
    `code in a swap. Clear 'Deployment slot setting' for '${settingKey}'.`
  )
}

/** The scale controller reads only host.json, so an app with this setting does not scale on its hub (#2803). */
export function overriddenHub(picture: AppPicture, slots: readonly SlotHub[]): Problem {
  const found = slots.find((slot) => slot.overrideSetting !== undefined)
  if (found?.overrideSetting === undefined) return undefined
  return (
    `Slot '${found.slot}' of '${picture.app.name}' sets its task hub through '${found.overrideSetting}', which the scale ` +
    `controller does not see. Remove that setting and write "hubName": "%${found.settingKey}%" in host.json.`
  )
}

/**
 * A storage setting that stays with its slot, while the slots use different accounts, gives the swapped code another
 * account and with it an empty hub. Accounts that cannot be told apart count as different.
 */
export function stickyStorageSetting(
  picture: AppPicture,
  storageKeys: readonly string[],
  slots: readonly SlotHub[],
): Problem {
  const sticky = storageKeys.find((key) => isSticky(picture.stickySettings, key))
  if (sticky === undefined) return undefined
  const hidden = slots.find((slot) => slot.storage.kind === 'unknown')
  const accounts = new Map(
    slots.flatMap((slot) =>
      slot.storage.kind === 'known' ? [[slot.storage.reference.account.id, slot.storage.reference.account.name]] : [],
    ),
  )
  if (!hidden && accounts.size < 2) return undefined
  const why = hidden
    ? `the storage account of slot '${hidden.slot}' cannot be told`
    : `the slots use different storage accounts ('${[...accounts.values()].join("', '")}')`
  return (
    `App setting '${sticky}' of '${picture.app.name}' is a deployment slot setting and ${why}, so a swap would part a task ` +
    `hub from its code. Clear 'Deployment slot setting' for '${sticky}', or use one account for both slots.`
  )
}

/**
 * `targetSwapSlot` marks a swap or swap with preview under way, on one of its two slots; `slotSwapStatus` alone is a
 * finished one. Azure changes neither slot meanwhile (azure-cli #27820).
 */
export function pendingSwap(picture: AppPicture, slots: readonly SlotPicture[]): Problem {
  const names = slots.map(({ name }) => name)
  const pending = preparedSlot(picture, names)
  if (pending?.targetSwapSlot === undefined) return undefined
  return (
    `Slot '${pending.name}' of '${picture.app.name}' is already being swapped with '${pending.targetSwapSlot}'. Complete or ` +
    `cancel that swap (in the portal: Deployment slots, Swap; or cancel it with ${resetCommand(picture.app, pending.name)}), ` +
    'then run again.'
  )
}

/** Whether two slots may run one hub: same name, and the same account or accounts that cannot be told apart. */
export function mayShareHub(left: SlotHub, right: SlotHub): boolean {
  if (left.name.kind !== 'set' || right.name.kind !== 'set') return false
  return sameHubName(left.name.value, right.name.value) && mayShareAccount(left, right)
}

export function mayShareAccount(left: SlotHub, right: SlotHub): boolean {
  if (left.storage.kind === 'unknown' || right.storage.kind === 'unknown') return true
  return left.storage.reference.account.id === right.storage.reference.account.id
}
