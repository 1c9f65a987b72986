import type { SlotName } from '../function-app/picture.ts'
import type { SlotHub } from '../function-app/slot-hub.ts'
import { findHub, hubOf } from '../function-app/slot-hub.ts'
import type { AskedHub } from '../task-hub/hub.ts'
import { sameHubName } from '../task-hub/name.ts'

/**
 * Why what was proven is not what the slot runs now: somebody may have given it another hub meanwhile. Undefined where it
 * is the same one: the same name, and the same account or both times one that the settings hide.
 */
export function hubMoved(proven: AskedHub, slot: SlotName, now: readonly SlotHub[]): string | undefined {
  const own = findHub(now, slot)
  if (own?.name.kind === 'unreadable') return `whether slot '${slot}' still has it cannot be told: ${own.name.because}`
  if (own?.name.kind === 'set' && sameHubName(own.name.value, proven.name)) {
    if (hubOf(own)?.account.id === proven.account?.id) return undefined
    if (own.storage.kind === 'unknown')
      return `whether slot '${slot}' still has it cannot be told: ${own.storage.because}`
  }
  return `slot '${slot}' was given another task hub than '${proven.name}' while it was being checked`
}
