import type { AppPicture } from '../function-app/picture.ts'
import { sameSlot } from '../function-app/picture.ts'
import type { SlotHub } from '../function-app/slot-hub.ts'
import { findHub, runsHub } from '../function-app/slot-hub.ts'
import type { SwapAim } from './plan.ts'

/**
 * Where a requested swap stands, told from the slots alone:
 * `done` the target runs the wanted hub, the source runs another, nothing is under way;
 * `notDone` the source still runs it, nothing is under way;
 * `underWay` an operation or a pending swap shows on a slot, or the settings have moved on one side only;
 * `unclear` a slot could not be read.
 */
export type SwapProgress = 'done' | 'notDone' | 'underWay' | 'unclear'

export function progressOf(picture: AppPicture, hubs: readonly SlotHub[], aim: SwapAim): SwapProgress {
  const source = findHub(hubs, aim.source)
  const target = findHub(hubs, aim.target)
  if (!source || !target) return 'unclear'
  if (source.name.kind === 'unreadable' || target.name.kind === 'unreadable') return 'unclear'
  if (somethingRuns(picture, aim)) return 'underWay'
  const onSource = runsHub(source, aim.taskHub)
  const onTarget = runsHub(target, aim.taskHub)
  if (onTarget && !onSource) return 'done'
  if (onSource && !onTarget) return 'notDone'
  return 'underWay'
}

function somethingRuns(picture: AppPicture, aim: SwapAim): boolean {
  return picture.slots.some(
    (slot) =>
      (sameSlot(slot.name, aim.source) || sameSlot(slot.name, aim.target)) &&
      (slot.targetSwapSlot !== undefined || slot.operationInProgress !== undefined),
  )
}
