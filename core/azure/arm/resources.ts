import type { AppAddress, Settings } from '../../function-app/picture.ts'
import type { StickyNames } from '../../function-app/functions.ts'
import { fieldsOf, isObject } from '../../json.ts'

/**
 * The parts of ARM's documents for Microsoft.Web/sites that are used, checked. Every reader answers undefined where the
 * document is not what the schema promises. ARM writes `null` for what is not set.
 */
export type Site = {
  /** `app`, or `app/slot` of a slot. */
  readonly name: string
  readonly kind: string
  readonly hostName: string
  readonly state: string
  readonly sku?: string
  readonly targetSwapSlot?: string
  readonly lastSwap?: { readonly at: string; readonly source: string; readonly target: string }
  readonly operationInProgress?: string
}

export type Page = { readonly items: readonly unknown[]; readonly nextLink?: string }

export function readSite(json: unknown): Site | undefined {
  const root = fieldsOf(json)
  const properties = fieldsOf(root?.get('properties'))
  if (!root || !properties) return undefined
  const name = text(root.get('name'))
  const hostName = text(properties.get('defaulthostname'))
  const state = optionalText(properties.get('state'))
  const kind = optionalText(root.get('kind'))
  const sku = optionalText(properties.get('sku'))
  const target = optionalText(properties.get('targetswapslot'))
  const operation = optionalText(properties.get('inprogressoperationid'))
  const swap = lastSwap(properties.get('slotswapstatus'))
  if (!name || !hostName || !state || !kind || !sku || !target || !operation || !swap) return undefined
  return {
    name,
    kind: kind.value ?? '',
    hostName,
    state: state.value ?? '',
    ...(sku.value !== undefined && { sku: sku.value }),
    ...(target.value !== undefined && { targetSwapSlot: target.value }),
    ...(swap.value && { lastSwap: swap.value }),
    ...(operation.value !== undefined && { operationInProgress: operation.value }),
  }
}

export function readPage(json: unknown): Page | undefined {
  const root = fieldsOf(json)
  const items = root?.get('value')
  const link = optionalText(root?.get('nextlink'))
  if (!Array.isArray(items) || !link) return undefined
  return { items, ...(link.value !== undefined && { nextLink: link.value }) }
}

export function readSettings(json: unknown): Settings | undefined {
  const properties = objectAt(json, 'properties')
  return properties && isTextMap(properties) ? properties : undefined
}

/** `appSettingNames` of slotConfigNames; null means that none is sticky. */
export function readStickySettings(json: unknown): readonly string[] | undefined {
  const properties = fieldsOf(fieldsOf(json)?.get('properties'))
  if (!properties) return undefined
  const names = properties.get('appsettingnames') ?? []
  return Array.isArray(names) && names.every((name): name is string => typeof name === 'string') ? names : undefined
}

/** The whole of slotConfigNames: all other lists as they stand, for a write replaces them too. */
export function readStickyNames(json: unknown): StickyNames | undefined {
  const appSettings = readStickySettings(json)
  const properties = objectAt(json, 'properties')
  if (!appSettings || !isObject(properties)) return undefined
  const others = Object.entries(properties).filter(([key]) => key.toLowerCase() !== 'appsettingnames')
  return { appSettings, others: Object.fromEntries(others) }
}

export type HostKeys = {
  readonly masterKey?: string
  readonly systemKeys: Readonly<Record<string, string>>
  /** Host keys that call every function, `default` among them. */
  readonly functionKeys: Readonly<Record<string, string>>
}

export function readHostKeys(json: unknown): HostKeys | undefined {
  const root = fieldsOf(json)
  const masterKey = optionalText(root?.get('masterkey'))
  const systemKeys = root?.get('systemkeys') ?? {}
  const functionKeys = root?.get('functionkeys') ?? {}
  if (!root || !masterKey || !fieldsOf(systemKeys) || !isTextMap(systemKeys)) return undefined
  if (!fieldsOf(functionKeys) || !isTextMap(functionKeys)) return undefined
  return { systemKeys, functionKeys, ...(masterKey.value !== undefined && { masterKey: masterKey.value }) }
}

/** The address in a list of sites: a function app's, `other` for another kind of site, undefined where it can't be read. */
export function readListedApp(json: unknown): AppAddress | 'other' | undefined {
  const root = fieldsOf(json)
  const name = text(root?.get('name'))
  const kind = optionalText(root?.get('kind'))
  const id = text(root?.get('id'))
  const resourceGroup = /\/resourceGroups\/([^/]+)\//i.exec(id ?? '')?.[1]
  if (!name || !kind || resourceGroup === undefined) return undefined
  const kinds = (kind.value ?? '').toLowerCase().split(',')
  return kinds.includes('functionapp') ? { name, resourceGroup: decodeURIComponent(resourceGroup) } : 'other'
}

/** The schema requires none of its three fields (SlotSwapStatus): without one of them there is nothing to tell. */
function lastSwap(value: unknown): { value?: Site['lastSwap'] } | undefined {
  if (value === undefined || value === null) return {}
  const fields = fieldsOf(value)
  const at = optionalText(fields?.get('timestamputc'))
  const source = optionalText(fields?.get('sourceslotname'))
  const target = optionalText(fields?.get('destinationslotname'))
  if (!fields || !at || !source || !target) return undefined
  if (at.value === undefined || source.value === undefined || target.value === undefined) return {}
  return { value: { at: at.value, source: source.value, target: target.value } }
}

/** A text that is not empty. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Missing, null and empty mean not set; undefined where it is something else. */
function optionalText(value: unknown): { value?: string } | undefined {
  if (value === undefined || value === null || value === '') return {}
  return typeof value === 'string' ? { value } : undefined
}

/** Keeps the spelling of the keys inside, which `fieldsOf` would lower. */
function objectAt(json: unknown, name: string): object | undefined {
  const value = fieldsOf(json)?.get(name)
  return isObject(value) ? value : undefined
}

function isTextMap(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string')
}
