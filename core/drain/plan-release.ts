import { isSticky } from '../function-app/hub-setting.ts'
import type { AppPicture, Settings, SlotName } from '../function-app/picture.ts'
import { findSlot, sameSlot } from '../function-app/picture.ts'
import { remoteText } from '../remote-text.ts'
import type { Before } from './names.ts'
import { disables, disablingKeys, journalledFunction, journalOf, markedSetting } from './names.ts'

/** `changed`: it does not disable the function any more, so somebody else changed it, and it is left as it is. */
export type ReleasedFunction = {
  readonly name: string
  /** The setting's name in the record of the fence. */
  readonly journalKey: string
  readonly state: 'toRelease' | 'changed'
  /** What has to become of it; not set where nothing. */
  readonly restore?: { readonly setting: string; readonly before: Exclude<Before, { kind: 'unreadable' }> }
}

export type ReleasePlan =
  | { readonly kind: 'refuse'; readonly problem: string }
  | {
      readonly kind: 'release'
      readonly functions: readonly ReleasedFunction[]
      /** Names that need not stay with their slot any more once the settings are written. */
      readonly removeSticky: readonly string[]
      readonly warnings: readonly string[]
    }

type Sides = readonly { readonly slot: SlotName; readonly settings: Settings }[]

/**
 * What has to be undone in a slot:
 * 1. the slot's settings can be read, and so can what the fence recorded in them;
 * 2. a setting that the fence wrote gets its former value back, or goes; one that somebody else has changed since stays;
 * 3. a name that the fence made stay with its slot goes once no slot has it fenced any more, and no slot is disabled by it;
 * 4. where a slot cannot be read its names stay: one too many does no harm.
 * What an earlier release or fence that died left of 3 is undone too.
 */
export function planRelease(picture: AppPicture, slotName: SlotName): ReleasePlan {
  const slot = findSlot(picture, slotName)
  if (!slot) return refuse(`Function app '${picture.app.name}' has no slot '${slotName}'.`)
  if (slot.settings.kind === 'unreadable') {
    return refuse(`The app settings of slot '${slot.name}' cannot be read: ${slot.settings.because}.`)
  }
  const { values } = slot.settings
  const functions: ReleasedFunction[] = []
  for (const { key, functionName, before } of journalOf(values)) {
    const name = remoteText(functionName, 130)
    if (before.kind === 'unreadable') {
      return refuse(
        `App setting '${remoteText(key, 200)}' of slot '${slot.name}' is not what fence wrote. Set it to 'absent', or to 'was:' and the value ` +
          `that the setting which disables function '${name}' had before, then run again.`,
      )
    }
    const keys = disablingKeys(values, functionName)
    if (keys.length > 1) {
      return refuse(
        `Slot '${slot.name}' has ${keys.length} settings that say whether function '${name}' is disabled ('${keys.join("', '")}'). Remove those ` +
          'that are yours, then run again.',
      )
    }
    const [setting] = keys
    // The fence writes 'true' and nothing else.
    if (setting === undefined || values[setting] !== 'true')
      functions.push({ name: functionName, journalKey: key, state: 'changed' })
    else functions.push({ name: functionName, journalKey: key, state: 'toRelease', restore: { setting, before } })
  }
  const released = releasedSettings(values, functions)
  const unreadable = picture.slots.filter(({ settings }) => settings.kind === 'unreadable').map(({ name }) => name)
  const sides = picture.slots.flatMap(({ name, settings }) =>
    settings.kind === 'read' ? [{ slot: name, settings: sameSlot(name, slot.name) ? released : settings.values }] : [],
  )
  const changed = functions.filter(({ state }) => state === 'changed')
  return {
    kind: 'release',
    functions,
    removeSticky: unreadable.length > 0 ? [] : removable(picture.stickySettings, sides),
    warnings: [
      ...changed.map(
        ({ name }) =>
          `The setting that fenced function '${remoteText(name, 130)}' was changed or removed since by somebody else, and stays as it is.`,
      ),
      ...unreadable.map(
        (name) =>
          `The app settings of slot '${name}' cannot be read, so the names of deployment slot settings stay as they are.`,
      ),
    ],
  }
}

/** The settings of the slot with what the fence wrote undone. */
export function releasedSettings(settings: Settings, functions: readonly ReleasedFunction[]): Settings {
  const gone = new Set(functions.map(({ journalKey }) => journalKey))
  const former = new Map<string, string>()
  for (const { restore } of functions) {
    if (restore?.before.kind === 'was') former.set(restore.setting, restore.before.value)
    else if (restore) gone.add(restore.setting)
  }
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([key]) => !gone.has(key))
      .map(([key, value]) => [key, former.get(key) ?? value]),
  )
}

/** Names of ours that no slot needs any more, in their own spelling. */
function removable(stickyNames: readonly string[], sides: Sides): readonly string[] {
  const fenced = new Set(sides.flatMap(({ settings }) => journalOf(settings).map(({ key }) => key.toLowerCase())))
  const isFenced = (setting: string) =>
    sides.some(({ settings }) => journalOf(settings).some(({ functionName }) => isOf(setting, functionName)))
  const isUsed = (setting: string) =>
    sides.some(({ settings }) =>
      Object.entries(settings).some(([key, value]) => key.toLowerCase() === setting.toLowerCase() && disables(value)),
    )
  const free = stickyNames.flatMap((name) => {
    const setting = markedSetting(name)
    return setting === undefined || isFenced(setting) || isUsed(setting) ? [] : [{ name, setting }]
  })
  const ours = free.flatMap(({ name, setting }) => [name, setting])
  return stickyNames.filter(
    (name) => isSticky(ours, name) || (journalledFunction(name) !== undefined && !fenced.has(name.toLowerCase())),
  )
}

/** Whether a setting is the one that disables a function. */
function isOf(setting: string, functionName: string): boolean {
  return disablingKeys({ [setting]: '' }, functionName).length > 0
}

function refuse(problem: string): ReleasePlan {
  return { kind: 'refuse', problem }
}
