import type { FunctionsOfSlot } from '../../core/drain/starters.ts'
import { Refusal } from '../../core/failures.ts'
import { findSlot, isStopped, sameSlot } from '../../core/function-app/picture.ts'
import { pendingSwap, requireSlot } from '../../core/function-app/slot-rules.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Deps } from '../deps.ts'
import type { OpenApp } from '../look-at-app.ts'
import type { DrainWanted } from './wanted.ts'

/** Throws `Refusal` where there is no such slot, or a swap of it is under way. */
export function requireCalmSlot(wanted: DrainWanted, { picture }: AppView): { readonly isStopped: boolean } {
  const slot = requireSlot(picture, wanted.slotName)
  if ('problem' in slot) throw new Refusal(`${slot.problem} Nothing was changed.`)
  const pending = pendingSwap(picture, [slot])
  if (pending !== undefined) throw new Refusal(`${pending} Nothing was changed.`)
  return { isStopped: isStopped(slot) }
}

/** The functions of the slot, and of the one that it will be swapped with. Throws `AzureFailure`. */
export async function functionsOfSlots(
  wanted: DrainWanted,
  { azure }: Deps,
  { app, view }: { readonly app: OpenApp; readonly view: AppView },
  signal: AbortSignal,
): Promise<readonly FunctionsOfSlot[]> {
  const target = findSlot(view.picture, wanted.targetSlot)
  const own = findSlot(view.picture, wanted.slotName)?.name ?? wanted.slotName
  const slots = [own, ...(target && !sameSlot(target.name, own) ? [target.name] : [])]
  const found: FunctionsOfSlot[] = []
  for (const slot of slots) found.push({ slot, functions: await azure.functions.list(app.address, slot, signal) })
  return found
}
