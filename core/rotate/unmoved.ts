import type { SlotHub } from '../function-app/slot-hub.ts'
import { sameHubName } from '../task-hub/name.ts'

/** Whether the slot still has the hub that the rotation was planned for, so that nobody else's change is overwritten. */
export function unmoved(now: SlotHub, before: SlotHub): boolean {
  if (now.name.kind !== 'set' || before.name.kind !== 'set') return now.name.kind === before.name.kind
  return sameHubName(now.name.value, before.name.value)
}
