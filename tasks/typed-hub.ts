import type { Azure } from '../core/azure-port.ts'
import { Refusal } from '../core/failures.ts'
import type { ReadableStorage } from '../core/function-app/storage-reference.ts'
import type { UsedStorage } from '../core/function-app/typed-hub.ts'
import { spelledAs, storagesFor, storagesOf, whereHubIs } from '../core/function-app/typed-hub.ts'
import type { AppView } from '../core/function-app/view.ts'
import type { Hub } from '../core/task-hub/hub.ts'
import type { HubParts, TaskHubs } from '../core/task-hub/ports.ts'
import type { WantedHub } from '../core/task-hub/wanted-hub.ts'
import { hubsOf } from './look-at-hub.ts'

export type UsedAccount = { readonly storage: ReadableStorage; readonly taskHubs: TaskHubs }

export type FoundHub = UsedAccount & { readonly hub: Hub; readonly parts: HubParts }

/** The storage accounts that the app's slots use, each once. Throws `Refusal` as `hubsOf` does. */
export function accountsOf(azure: Azure, { hubs }: AppView): readonly UsedAccount[] {
  return open(azure, storagesOf(hubs))
}

/**
 * Finds a hub that the user typed in the accounts of the app's slots. A name that exists in two accounts is refused until
 * it is written as `account/name`. A hub that exists nowhere is given with no parts, in the first account.
 */
export async function typedHub(azure: Azure, typed: WantedHub, view: AppView, signal: AbortSignal): Promise<FoundHub> {
  const storages = storagesFor(typed, view)
  if ('problem' in storages) throw new Refusal(storages.problem)
  const places: FoundHub[] = []
  for (const { storage, taskHubs } of open(azure, storages)) {
    const parts = await taskHubs.parts(typed.name, signal)
    places.push({ hub: { account: storage.account, name: spelledAs(parts, typed.name) }, storage, taskHubs, parts })
  }
  const found = whereHubIs(typed, places)
  if ('problem' in found) throw new Refusal(found.problem)
  return found
}

function open(azure: Azure, storages: readonly UsedStorage[]): readonly UsedAccount[] {
  return storages.map(({ slotHub, storage }) => ({ storage, taskHubs: hubsOf(azure, slotHub, storage) }))
}
