import type { Settings } from '../function-app/picture.ts'

/** All settings as they were, with one changed. ARM replaces the whole set, so what is left out would be lost. */
export function withSetting(settings: Settings, key: string, value: string): Settings {
  return { ...settings, [key]: value }
}

/** Names of settings that differ from what was written; names only, values are secrets. */
export function differingSettings(written: Settings, readBack: Settings): readonly string[] {
  const keys = new Set([...Object.keys(written), ...Object.keys(readBack)])
  return [...keys].filter((key) => written[key] !== readBack[key]).toSorted()
}
