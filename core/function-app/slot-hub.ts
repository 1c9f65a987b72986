import type { Hub } from '../task-hub/hub.ts'
import type { HubName } from '../task-hub/name.ts'
import { sameHubName } from '../task-hub/name.ts'
import type { WantedHub } from '../task-hub/wanted-hub.ts'
import type { SlotName } from './picture.ts'
import { sameSlot } from './picture.ts'
import type { ReadableStorage } from './storage-reference.ts'

/** A tracking store that hubs share: tables `<prefix>Instances` and `<prefix>History` in an account of their own. */
export type TrackingTables = { readonly reference: ReadableStorage; readonly prefix: string }

/** The task hub of one slot, as far as its settings tell. */
export type SlotHub = {
  readonly slot: SlotName
  /** The spelling that the slot's settings use for the hub setting, or the one asked for where it is not set. */
  readonly settingKey: string
  readonly name:
    | { readonly kind: 'set'; readonly value: HubName }
    | { readonly kind: 'unset' }
    | { readonly kind: 'invalid'; readonly value: string }
    | { readonly kind: 'unreadable'; readonly because: string }
  /** `unknown`: hidden by a Key Vault reference, missing, or not a connection; `because` is fit for a message. */
  readonly storage:
    | { readonly kind: 'known'; readonly reference: ReadableStorage }
    | { readonly kind: 'unknown'; readonly because: string }
  /** Where Instances and History are, when settings say that it is not the hub's own account. */
  readonly tracking?:
    { readonly kind: 'known'; readonly store: TrackingTables } | { readonly kind: 'unknown'; readonly because: string }
  /** A setting that overrides host.json at run time behind the scale controller's back; its own spelling. */
  readonly overrideSetting?: string
}

/** The hub of a slot, by the slot's name. */
export function findHub(hubs: readonly SlotHub[], slot: string): SlotHub | undefined {
  return hubs.find((each) => sameSlot(each.slot, slot))
}

export function hubOf(slot: SlotHub): Hub | undefined {
  if (slot.name.kind !== 'set' || slot.storage.kind !== 'known') return undefined
  return { account: slot.storage.reference.account, name: slot.name.value }
}

/** How a slot's hub reads in a message: `'shop101'`, or what stands in its place. */
export function hubInWords(slot: SlotHub): string {
  switch (slot.name.kind) {
    case 'set':
      return `'${slot.name.value}'`
    case 'unset':
      return 'no task hub'
    case 'invalid':
      return isPlain(slot.name.value)
        ? `'${slot.name.value}', which is not a task hub name`
        : `a text in '${slot.settingKey}' that is not a task hub name`
    case 'unreadable':
      return `an unknown task hub (${slot.name.because})`
  }
}

/** Where taskHubSetting names the wrong setting, its value may be a secret: shown is only what looks like a name. */
function isPlain(value: string): boolean {
  return /^[\w .%-]{1,60}$/.test(value)
}

/** Whether the slot's settings name the wanted hub. */
export function runsHub(slot: SlotHub, wanted: WantedHub): boolean {
  if (slot.name.kind !== 'set' || !sameHubName(slot.name.value, wanted.name)) return false
  if (wanted.accountName === undefined) return true
  return hubOf(slot)?.account.name.toLowerCase() === wanted.accountName.toLowerCase()
}
