import { AzureFailure } from '../failures.ts'
import type { AppPicture } from '../function-app/picture.ts'
import { findSlot } from '../function-app/picture.ts'
import type { SlotHub } from '../function-app/slot-hub.ts'
import type { SwapAim } from './plan.ts'
import type { SwapProgress } from './progress.ts'
import { progressOf } from './progress.ts'

export type LookAtApp = (
  signal: AbortSignal,
) => Promise<{ readonly picture: AppPicture; readonly hubs: readonly SlotHub[] }>

/** One whole look at both slots; `picture` is not set where they could not be read. */
export type Reading = { readonly progress: SwapProgress; readonly because: string; readonly picture?: AppPicture }

/** A look that fails is `unclear`, not the end: Azure may be busy with the very swap that is being watched. */
export async function readSlots(look: LookAtApp, aim: SwapAim, signal: AbortSignal): Promise<Reading> {
  try {
    const { picture, hubs } = await look(signal)
    const progress = progressOf(picture, hubs, aim)
    return { progress, because: progressInWords(progress, aim), picture }
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    return { progress: 'unclear', because: `the slots cannot be read: ${error.message}` }
  }
}

type SwapMarks = {
  readonly targetSwapSlot?: string
  readonly lastSwap?: { readonly at: string }
  readonly operationInProgress?: string
}

/** What a glance and a look have in common: it changes when a swap begins, moves on or ends. */
export function markOf({ targetSwapSlot, lastSwap, operationInProgress }: SwapMarks): string {
  return JSON.stringify([targetSwapSlot, lastSwap?.at, operationInProgress])
}

/** The mark of the slot that is glanced at, as a look shows it. */
export function markIn({ picture }: Reading, aim: SwapAim): string | undefined {
  const slot = picture && findSlot(picture, aim.target)
  return slot && markOf(slot)
}

function progressInWords(progress: SwapProgress, aim: SwapAim): string {
  switch (progress) {
    case 'done':
      return `slot '${aim.target}' runs task hub '${aim.taskHub.name}'`
    case 'notDone':
      return `slot '${aim.source}' still has task hub '${aim.taskHub.name}' and no swap is under way`
    case 'underWay':
      return 'the slots show a swap under way'
    case 'prepared':
      return 'a slot is prepared for a swap, and no operation shows'
    case 'unclear':
      return 'the settings of a slot cannot be read'
  }
}
