import type { Azure } from '../core/azure-port.ts'
import { Refusal } from '../core/failures.ts'
import type { ReadableStorage } from '../core/function-app/storage-reference.ts'
import type { AppView } from '../core/function-app/view.ts'
import type { Hub } from '../core/task-hub/hub.ts'
import type { HubName } from '../core/task-hub/name.ts'
import { parseHubName } from '../core/task-hub/name.ts'
import type { HubParts, TaskHubs } from '../core/task-hub/ports.ts'
import type { WantedHub } from '../core/task-hub/wanted-hub.ts'
import { hubsOf } from './look-at-hub.ts'

export type FoundHub = {
  readonly hub: Hub
  readonly storage: ReadableStorage
  readonly taskHubs: TaskHubs
  readonly parts: HubParts
}

export type UsedAccount = { readonly storage: ReadableStorage; readonly taskHubs: TaskHubs }

/** The storage accounts that the app's slots use, each once. Throws `Refusal` as `hubsOf` does. */
export function accountsOf(azure: Azure, view: AppView): readonly UsedAccount[] {
  const byId = new Map<string, UsedAccount>()
  for (const slotHub of view.hubs) {
    if (slotHub.storage.kind !== 'known') continue
    const storage = slotHub.storage.reference
    if (byId.has(storage.account.id)) continue
    byId.set(storage.account.id, { storage, taskHubs: hubsOf(azure, slotHub, storage) })
  }
  return [...byId.values()]
}

/**
 * Finds a hub that the user typed in the accounts of the app's slots. A name that exists in two accounts is refused until
 * it is written as `account/name`. A hub that exists nowhere is given with no parts, in the first account.
 */
export async function typedHub(azure: Azure, typed: WantedHub, view: AppView, signal: AbortSignal): Promise<FoundHub> {
  const accounts = accountsOf(azure, view)
  if (accounts.length === 0) {
    const unknown = view.hubs.find((hub) => hub.storage.kind === 'unknown')
    const because = unknown?.storage.kind === 'unknown' ? unknown.storage.because : 'no slot names one'
    throw new Refusal(`The storage account of task hub '${typed.name}' cannot be told: ${because}.`)
  }
  const named = accounts.filter(
    ({ storage: { account } }) =>
      typed.accountName === undefined || account.name.toLowerCase() === typed.accountName.toLowerCase(),
  )
  if (named.length === 0) {
    const known = accounts.map(({ storage }) => `'${storage.account.name}'`).join(', ')
    throw new Refusal(
      `Storage account '${typed.accountName ?? ''}' of task hub '${typed.name}' is used by no slot of '${view.picture.app.name}', which use ${known}. Correct taskHubName.`,
    )
  }
  const found: FoundHub[] = []
  for (const { storage, taskHubs } of named) {
    const parts = await taskHubs.parts(typed.name, signal)
    const hub = { account: storage.account, name: spelledAs(parts, typed.name) }
    found.push({ hub, storage, taskHubs, parts })
  }
  const existing = found.filter((each) => each.parts.parts.length > 0 || each.parts.obstacle !== undefined)
  if (existing.length > 1) {
    const where = existing.map(({ hub }) => `'${hub.account.name}/${hub.name}'`).join(' and ')
    throw new Refusal(`Task hub '${typed.name}' exists more than once: ${where}. Write it as account/name.`)
  }
  const [first] = existing.length > 0 ? existing : found
  if (!first) throw new RangeError('no account was asked')
  return first
}

/** As the hub's tables spell it, which keep the case of the name that made them. */
function spelledAs({ parts }: HubParts, typed: HubName): HubName {
  const table = parts.find(({ kind }) => kind === 'table')
  return (table?.kind === 'table' && parseHubName(table.name.slice(0, typed.length))) || typed
}
