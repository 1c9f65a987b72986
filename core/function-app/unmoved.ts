import type { SlotHub } from './slot-hub.ts'
import { sameHubName } from '../task-hub/name.ts'

/** Whether a slot still has the hub that it was seen with, so that nobody else's change is overwritten. */
export function unmoved(now: SlotHub, before: SlotHub): boolean {
  return sameName(now.name, before.name) && sameStorage(now.storage, before.storage)
}

function sameName(now: SlotHub['name'], before: SlotHub['name']): boolean {
  if (now.kind === 'set' && before.kind === 'set') return sameHubName(now.value, before.value)
  if (now.kind === 'invalid' && before.kind === 'invalid') return now.value === before.value
  return now.kind === before.kind
}

/** One name in another account is another hub. */
function sameStorage(now: SlotHub['storage'], before: SlotHub['storage']): boolean {
  if (now.kind === 'unknown' || before.kind === 'unknown') return now.kind === before.kind
  return now.reference.account.id === before.reference.account.id
}
