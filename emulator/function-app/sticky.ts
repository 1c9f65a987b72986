// Which settings stay with the slot in a swap. learn.microsoft.com/azure/app-service/deploy-staging-slots
import type { Settings } from './slot.ts'

const yes = (settings: Readonly<Settings>, name: string) => settings[name] === '0'

/**
 * `*_EXTENSION_VERSION` stays unless WEBSITE_OVERRIDE_STICKY_EXTENSION_VERSIONS=0 is set in all slots (learn:
 * app-service/reference-app-settings).
 */
function isSticky(name: string, stickyNames: readonly string[], bothOverride: boolean): boolean {
  const key = name.toLowerCase()
  if (stickyNames.some((sticky) => sticky.toLowerCase() === key)) return true
  return key.endsWith('_extension_version') && !bothOverride
}

/** What `ours` runs with once `theirs` has given it its slot: our own settings, except the sticky ones, which are theirs. */
export function settingsInSlotOf(
  ours: Readonly<Settings>,
  theirs: Readonly<Settings>,
  stickyNames: readonly string[],
): Settings {
  const name = 'WEBSITE_OVERRIDE_STICKY_EXTENSION_VERSIONS'
  const override = yes(ours, name) && yes(theirs, name)
  const pick = (settings: Readonly<Settings>, sticky: boolean) =>
    Object.entries(settings).filter(([key]) => isSticky(key, stickyNames, override) === sticky)
  return Object.fromEntries([...pick(ours, false), ...pick(theirs, true)])
}

export type SettingDifference = {
  readonly name: string
  readonly current: string | undefined
  readonly target: string | undefined
  readonly swapped: boolean
}

/** Settings whose value differs between two slots, and whether a swap would exchange them. */
export function settingDifferences(
  ours: Readonly<Settings>,
  theirs: Readonly<Settings>,
  stickyNames: readonly string[],
): SettingDifference[] {
  const after = settingsInSlotOf(ours, theirs, stickyNames)
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort()
  return names
    .filter((name) => ours[name] !== theirs[name])
    .map((name) => ({ name, current: ours[name], target: theirs[name], swapped: after[name] === ours[name] }))
}
