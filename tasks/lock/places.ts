import type { Azure } from '../../core/azure-port.ts'
import { asClause, Refusal } from '../../core/failures.ts'
import type { SlotName } from '../../core/function-app/picture.ts'
import { production } from '../../core/function-app/picture.ts'
import { findHub } from '../../core/function-app/slot-hub.ts'
import type { ReadableStorage } from '../../core/function-app/storage-reference.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { RecordPlace } from '../../core/record/change-record.ts'

/** The slots that a task acts on, and accounts that it acts on beside theirs. */
export type ActedOn = { readonly slots: readonly SlotName[]; readonly accounts?: readonly ReadableStorage[] }

/**
 * Where the lock of an app is: in the account of every slot that is acted on and in production's, each account once and in
 * the same order for all tasks, so that two of them never wait for each other. Throws `Refusal` where the account of a slot
 * that is acted on cannot be told; production's is then left out.
 */
export function lockPlaces(azure: Azure, view: AppView, { slots, accounts = [] }: ActedOn): readonly RecordPlace[] {
  const app = view.picture.app.name
  const storages = new Map(accounts.map((storage) => [storage.account.id, storage]))
  for (const slot of [...slots, production]) {
    const storage = findHub(view.hubs, slot)?.storage
    if (storage?.kind === 'known') storages.set(storage.reference.account.id, storage.reference)
    else if (storage && slots.includes(slot)) throw unknownAccount(app, slot, storage.because)
  }
  if (storages.size === 0) throw unknownAccount(app, slots[0] ?? production, 'there is no such slot')
  return [...storages.values()]
    .toSorted((left, right) => (left.account.id < right.account.id ? -1 : 1))
    .map((storage) => ({ store: azure.records(storage), account: storage.account.name, app }))
}

function unknownAccount(app: string, slot: SlotName, because: string): Refusal {
  return new Refusal(
    `The deployment lock of '${app}' is kept in the storage account of its task hubs, and that of slot '${slot}' is not known: ` +
      `${asClause(because)}; or set lock to false, and nothing keeps another run from deploying at the same time. Nothing was changed.`,
  )
}
