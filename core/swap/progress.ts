import type { AppPicture } from '../function-app/picture.ts'
import { findSlot, sameSlot } from '../function-app/picture.ts'
import type { SlotGlance } from '../function-app/ports.ts'
import { preparedSlot } from '../function-app/prepared-slot.ts'
import type { SlotHub } from '../function-app/slot-hub.ts'
import { findHub, runsHub } from '../function-app/slot-hub.ts'
import type { SwapAim } from './plan.ts'

/**
 * Where a requested swap stands, told from the slots alone:
 * `done` the target runs the wanted hub, the source runs another, nothing is under way;
 * `notDone` the source still runs it, nothing is under way;
 * `underWay` an operation shows on a slot, or the settings have moved on one side only;
 * `prepared` a slot is prepared for a swap and no operation shows: under way where Azure does not tell, else half done;
 * `unclear` a slot could not be read.
 */
export type SwapProgress = 'done' | 'notDone' | 'underWay' | 'prepared' | 'unclear'

/** Tells where the swap stands from one look at both slots. A hub or a setting that cannot be read makes it `unclear`. */
export function progressOf(picture: AppPicture, hubs: readonly SlotHub[], aim: SwapAim): SwapProgress {
  const source = findHub(hubs, aim.source)
  const target = findHub(hubs, aim.target)
  if (!source || !target) return 'unclear'
  if (source.name.kind === 'unreadable' || target.name.kind === 'unreadable') return 'unclear'
  if (operationShows(picture, aim)) return 'underWay'
  if (preparedSlot(picture, [aim.source, aim.target])) return 'prepared'
  const onSource = runsHub(source, aim.taskHub)
  const onTarget = runsHub(target, aim.taskHub)
  if (onTarget && !onSource) return 'done'
  if (onSource && !onTarget) return 'notDone'
  return 'underWay'
}

type AskedSwap = {
  readonly aim: SwapAim
  /** The target right before the request. */
  readonly before: SlotGlance
  readonly start: { readonly kind: string; readonly at?: Date }
}

/**
 * Whether the slots tell of a swap of theirs that ended after the request: after `before` was seen and, where there was an
 * answer, after that, so that no swap counts which ended in between. All times are Azure's own; no clock of this machine is
 * asked. What was not seen before proves nothing.
 */
export function hasSwappedSince(picture: AppPicture, { aim, before, start }: AskedSwap): boolean {
  if (before.kind !== 'seen') return false
  const last = findSlot(picture, aim.target)?.lastSwap ?? findSlot(picture, aim.source)?.lastSwap
  if (!last || !ofBoth(last, aim)) return false
  const endedAt = Date.parse(last.at)
  if (start.at && !(endedAt >= start.at.getTime())) return false
  return !before.lastSwap || endedAt > Date.parse(before.lastSwap.at)
}

function ofBoth({ source, target }: { readonly source: string; readonly target: string }, aim: SwapAim): boolean {
  if (sameSlot(source, aim.source)) return sameSlot(target, aim.target)
  return sameSlot(source, aim.target) && sameSlot(target, aim.source)
}

function operationShows(picture: AppPicture, aim: SwapAim): boolean {
  return picture.slots.some(
    (slot) =>
      (sameSlot(slot.name, aim.source) || sameSlot(slot.name, aim.target)) && slot.operationInProgress !== undefined,
  )
}
