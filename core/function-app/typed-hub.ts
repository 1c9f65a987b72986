import { parseHubName } from '../task-hub/name.ts'
import type { HubName } from '../task-hub/name.ts'
import type { Hub } from '../task-hub/hub.ts'
import { qualifiedHubName } from '../task-hub/hub.ts'
import type { HubParts } from '../task-hub/ports.ts'
import type { WantedHub } from '../task-hub/wanted-hub.ts'
import type { SlotHub } from './slot-hub.ts'
import type { ReadableStorage } from './storage-reference.ts'
import type { AppView } from './view.ts'

/** A storage account of the app, and a slot that uses it. */
export type UsedStorage = { readonly slotHub: SlotHub; readonly storage: ReadableStorage }

/** The storage accounts that the slots use, each once. */
export function storagesOf(hubs: readonly SlotHub[]): readonly UsedStorage[] {
  const byId = new Map<string, UsedStorage>()
  for (const slotHub of hubs) {
    if (slotHub.storage.kind !== 'known') continue
    const storage = slotHub.storage.reference
    if (!byId.has(storage.account.id)) byId.set(storage.account.id, { slotHub, storage })
  }
  return [...byId.values()]
}

/**
 * The accounts in which a typed hub can be: all that the slots use, or the one that was typed with it. Refused where no
 * slot's account can be told, and where no slot uses the one that was typed.
 */
export function storagesFor(
  typed: WantedHub,
  { picture, hubs }: Pick<AppView, 'picture' | 'hubs'>,
): readonly UsedStorage[] | { readonly problem: string } {
  const used = storagesOf(hubs)
  if (used.length === 0) {
    const [first] = hubs
    const because = first?.storage.kind === 'unknown' ? first.storage.because : 'no slot names one'
    return { problem: `The storage account of task hub '${typed.name}' cannot be told: ${because}.` }
  }
  const { accountName } = typed
  if (accountName === undefined) return used
  const named = used.filter(({ storage }) => storage.account.name.toLowerCase() === accountName.toLowerCase())
  if (named.length > 0) return named
  const known = used.map(({ storage }) => `'${storage.account.name}'`).join(', ')
  return {
    problem: `Storage account '${accountName}' of task hub '${typed.name}' is used by no slot of '${picture.app.name}', which use ${known}. Correct taskHubName.`,
  }
}

/**
 * Which of the places that were looked at has the hub; the first one where none has. A hub whose parts cannot be told from
 * those of others counts as there. Refused where it is in more than one: the user then names the account.
 */
export function whereHubIs<Place extends { readonly hub: Hub; readonly parts: HubParts }>(
  typed: WantedHub,
  places: readonly Place[],
): Place | { readonly problem: string } {
  const existing = places.filter(({ parts }) => parts.parts.length > 0 || parts.obstacle !== undefined)
  if (existing.length > 1) {
    const where = existing.map(({ hub }) => `'${qualifiedHubName(hub)}'`).join(' and ')
    return { problem: `Task hub '${typed.name}' exists more than once: ${where}. Write it as account/name.` }
  }
  return existing[0] ?? places[0] ?? { problem: `Task hub '${typed.name}' was looked for in no storage account.` }
}

/** The name as the hub's tables spell it, which keep the case of the name that made them. */
export function spelledAs({ parts }: HubParts, typed: HubName): HubName {
  const [table = ''] = parts.flatMap((part) => (part.kind === 'table' ? [part.name] : []))
  return parseHubName(table.slice(0, typed.length)) ?? typed
}
