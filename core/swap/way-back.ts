import type { AppPicture, SlotName } from '../function-app/picture.ts'
import { findSlot, isStopped } from '../function-app/picture.ts'
import type { SlotHub } from '../function-app/slot-hub.ts'
import { findHub, hubInWords, runsHub } from '../function-app/slot-hub.ts'
import { unmoved } from '../function-app/unmoved.ts'
import type { WantedHub } from '../task-hub/wanted-hub.ts'

type WayBack = {
  /** Where the former version is since the swap. */
  readonly slot: SlotName
  /** The hub that it ran on. */
  readonly former: SlotHub
  /** The hub that the swap brought to the target, and that comes back. */
  readonly taskHub: WantedHub
}

/**
 * Why a swap back would not put the former version back, or undefined: the slot has been given another hub, and with it
 * another version, since the swap, or nothing runs in it. A slot that cannot be read is no reason: it is read again.
 */
export function wayBackProblem(
  picture: AppPicture,
  hubs: readonly SlotHub[],
  { slot, former, taskHub }: WayBack,
): string | undefined {
  const now = findHub(hubs, slot)
  const there = findSlot(picture, slot)
  if (!now || !there || now.name.kind === 'unreadable') return undefined
  if (isStopped(there)) return `slot '${slot}', where the former version is, is stopped; start it and swap by hand`
  if (unmoved(now, former) || runsHub(now, taskHub)) return undefined
  return (
    `slot '${slot}' has ${hubInWords(now)} now, and the former version ran on ${hubInWords(former)}: somebody has given it ` +
    'another since the swap'
  )
}
