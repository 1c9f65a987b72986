import { Refusal } from '../failures.ts'
import { parseHubName } from '../task-hub/name.ts'
import { hubSettingOf, overrideFormOf, trackingStoreOf } from './hub-setting.ts'
import type { AppPicture, Settings, SlotPicture } from './picture.ts'
import type { SlotHub } from './slot-hub.ts'
import type { ReadableStorage, StorageReference } from './storage-reference.ts'
import { isReadable, storageReferenceOf, storageSettingKeys } from './storage-reference.ts'

/** A picture of an app with what its settings mean for task hubs. */
export type AppView = {
  readonly picture: AppPicture
  /** One for each slot, in the picture's order. */
  readonly hubs: readonly SlotHub[]
  /** Every setting of any slot that takes part in naming the storage account. */
  readonly storageKeys: readonly string[]
}

export type SettingNames = {
  readonly taskHubSetting: string
  readonly storageSetting: string
  readonly storageSuffix: string
  /** The account that the user named where the settings hide it. */
  readonly givenStorage?: ReadableStorage
}

/** Throws `Refusal` where the user named another account than a slot's settings show. */
export function viewOf(picture: AppPicture, names: SettingNames): AppView {
  const hubs = picture.slots.map((slot) => slotHubOf(slot, names))
  const storageKeys = picture.slots.flatMap((slot) =>
    slot.settings.kind === 'read' ? storageSettingKeys(slot.settings.values, names.storageSetting) : [],
  )
  return { picture, hubs, storageKeys: [...new Set(storageKeys)] }
}

function slotHubOf(slot: SlotPicture, names: SettingNames): SlotHub {
  if (slot.settings.kind === 'unreadable') {
    const { because } = slot.settings
    return {
      slot: slot.name,
      settingKey: names.taskHubSetting,
      name: { kind: 'unreadable', because },
      storage: { kind: 'unknown', because },
    }
  }
  const { values } = slot.settings
  const setting = hubSettingOf(values, names.taskHubSetting)
  const overrideSetting = overrideFormOf(values)
  return {
    slot: slot.name,
    settingKey: setting.key,
    name: nameOf(setting.value),
    storage: storageOf(slot, storageReferenceOf(values, names.storageSetting, names.storageSuffix), names),
    ...trackingOf(values, names.storageSuffix),
    ...(overrideSetting === undefined ? {} : { overrideSetting }),
  }
}

function trackingOf(values: Settings, storageSuffix: string): Pick<SlotHub, 'tracking'> {
  const tracking = trackingStoreOf(values)
  if (!tracking) return {}
  const { setting, connectionName, prefix } = tracking
  const reference = storageReferenceOf(values, connectionName, storageSuffix)
  if (isReadable(reference)) return { tracking: { kind: 'known', store: { reference, prefix } } }
  const because = `'${setting}' keeps its instances in the account of '${connectionName}', which the settings do not show`
  return { tracking: { kind: 'unknown', because } }
}

function nameOf(value: string | undefined): SlotHub['name'] {
  if (value === undefined || value.trim() === '') return { kind: 'unset' }
  const name = parseHubName(value.trim())
  return name ? { kind: 'set', value: name } : { kind: 'invalid', value }
}

function storageOf(slot: SlotPicture, shown: StorageReference, { givenStorage }: SettingNames): SlotHub['storage'] {
  if (!isReadable(shown)) {
    return givenStorage
      ? { kind: 'known', reference: givenStorage }
      : { kind: 'unknown', because: whyUnknown(slot, shown) }
  }
  if (!givenStorage) return { kind: 'known', reference: shown }
  if (givenStorage.account.id === shown.account.id) return { kind: 'known', reference: givenStorage }
  throw new Refusal(
    `The inputs name storage account '${givenStorage.account.name}', but slot '${slot.name}' uses '${shown.account.name}'. Leave ` +
      'storageConnectionString and storageAccountName empty, or name the account that the slot uses.',
  )
}

function whyUnknown(slot: SlotPicture, shown: Exclude<StorageReference, ReadableStorage>): string {
  switch (shown.kind) {
    case 'hidden':
      return (
        `app setting '${shown.setting}' of slot '${slot.name}' does not show its storage account (${shown.because}). Give ` +
        'storageConnectionString or storageAccountName'
      )
    case 'missing':
      return (
        `slot '${slot.name}' has no app setting '${shown.setting}' that names its storage account. Give storageSetting as ` +
        "host.json's storageProvider.connectionName has it"
      )
    case 'invalid':
      return `app setting '${shown.setting}' of slot '${slot.name}' names no storage account (${shown.because})`
  }
}
