// The settings by which a function is fenced, and by which a fence remembers what it changed.
import type { Settings } from '../function-app/picture.ts'

/**
 * What the fence changed in a slot, one setting a function: `absent`, or `was:` and the value before. It is written in the
 * same request as what it records. Its name stays with the slot, so that a swap leaves it beside the setting.
 */
const journal = 'DurableSafeDeployment.Fenced.'
/**
 * A name without a setting, among the names that stay with their slot: the fence made the setting of that name stay. It is
 * written in the same request as the name that it records.
 */
const mark = 'DurableSafeDeployment.FencedSticky.'

export function journalName(functionName: string): string {
  return `${journal}${functionName}`
}

export function markName(settingName: string): string {
  return `${mark}${settingName}`
}

/** The setting that disables a function where it has none yet. */
export function disablingName(functionName: string): string {
  return `AzureWebJobs.${functionName}.Disabled`
}

/**
 * The settings of a slot that say whether a function is disabled, in their own spelling. The form with underscores is what
 * Linux makes of the one with dots; the host takes either everywhere, and one that disables is enough (SDK
 * Listeners/HostListenerFactory.cs:140-149).
 */
export function disablingKeys(settings: Settings, functionName: string): readonly string[] {
  const name = functionName.toLowerCase()
  const forms = [`azurewebjobs.${name}.disabled`, `azurewebjobs_${name}_disabled`]
  return Object.keys(settings).filter((key) => forms.includes(key.toLowerCase()))
}

/** The host takes these two, without case, for yes, and everything else for no (SDK IConfigurationExtensions.cs:82-95). */
export function disables(value: string | undefined): boolean {
  return value === '1' || value?.toLowerCase() === 'true'
}

export type Journalled = { readonly key: string; readonly functionName: string; readonly before: Before }

/** What the setting was before the fence; `unreadable`: not what a fence writes. */
export type Before = { readonly kind: 'absent' | 'unreadable' } | { readonly kind: 'was'; readonly value: string }

/** Everything that a fence recorded in the settings of a slot. */
export function journalOf(settings: Settings): readonly Journalled[] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const functionName = afterPrefix(key, journal)
    return functionName === undefined ? [] : [{ key, functionName, before: beforeOf(value) }]
  })
}

/** The setting's name that a mark is about; undefined where it is no mark. */
export function markedSetting(stickyName: string): string | undefined {
  return afterPrefix(stickyName, mark)
}

/** The function that a journal name is about; undefined where it is none. */
export function journalledFunction(name: string): string | undefined {
  return afterPrefix(name, journal)
}

export function journalValue(before: string | undefined): string {
  return before === undefined ? 'absent' : `was:${before}`
}

function beforeOf(value: string): Before {
  if (value === 'absent') return { kind: 'absent' }
  return value.startsWith('was:') ? { kind: 'was', value: value.slice('was:'.length) } : { kind: 'unreadable' }
}

function afterPrefix(text: string, prefix: string): string | undefined {
  return text.toLowerCase().startsWith(prefix.toLowerCase()) && text.length > prefix.length
    ? text.slice(prefix.length)
    : undefined
}
