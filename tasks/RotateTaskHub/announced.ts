import { AzureFailure, Refusal } from '../../core/failures.ts'
import type { SlotHub } from '../../core/function-app/slot-hub.ts'
import { findHub, hubOf } from '../../core/function-app/slot-hub.ts'
import type { AppView } from '../../core/function-app/view.ts'
import { keepRecord, readRecord } from '../../core/record/keep.ts'
import { findRecorded } from '../../core/record/record.ts'
import { recordRotated } from '../../core/rotate/record.ts'
import type { Hub } from '../../core/task-hub/hub.ts'
import { qualifiedHubName, sameHub } from '../../core/task-hub/hub.ts'
import { sameHubName } from '../../core/task-hub/name.ts'
import type { Deps } from '../deps.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import type { RotateWanted } from './wanted.ts'

/** The bare name, unless another slot has a hub of that name in another account: then a name alone would be ambiguous. */
export function announcedHub(wanted: RotateWanted, hubs: readonly SlotHub[]): string {
  const own = findHub(hubs, wanted.slotName)
  const twice = hubs.some(
    (each) => each !== own && each.name.kind === 'set' && sameHubName(each.name.value, wanted.taskHub),
  )
  if (!twice || own?.storage.kind !== 'known') return wanted.taskHub
  return qualifiedHubName({ account: own.storage.reference.account, name: wanted.taskHub })
}

/**
 * The hub that an earlier run of this rotation announced, from the record; a hint, so a record that fails is no failure. A
 * run that died right after the change has not yet entered that this hub has retired: that is made good.
 */
export async function announcedBefore(
  wanted: RotateWanted,
  deps: Deps & { readonly lock?: LockInHand },
  view: AppView,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { azure, clock, log, run } = deps
  const own = findHub(view.hubs, wanted.slotName)
  const hub = own && hubOf(own)
  if (!hub || own.storage.kind !== 'known') return undefined
  const app = view.picture.app.name
  const store = azure.records(own.storage.reference)
  try {
    const record = await readRecord(store, app, signal)
    const previous = record && findRecorded(record, hub)?.previous
    if (!previous) return undefined
    const now = {
      hub,
      previous,
      at: clock.now().toISOString(),
      by: run,
      evidence: 'an earlier run changed the setting',
    }
    const inUse = view.hubs.map(hubOf).some((each) => each && sameHub(each, previous))
    if (!wanted.dryRun && !inUse && findRecorded(record, previous)?.retiredAt === undefined) {
      const place = { store, account: own.storage.reference.account.name, app }
      await keepRecord(deps, place, (latest) => recordRotated(latest, now), signal)
    }
    return previousInWords(previous, hub)
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    log.warn(`Which task hub the slot had before is not known. ${error.message}`)
    return undefined
  }
}

/** The bare name, unless it lies in another account than the new hub: then a name alone would be ambiguous. */
function previousInWords(previous: Hub, now: Hub): string {
  return previous.account.id === now.account.id ? previous.name : qualifiedHubName(previous)
}
