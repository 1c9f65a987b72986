import { seeFunctions } from '../../core/drain/observe.ts'
import type { FunctionsOfSlot } from '../../core/drain/starters.ts'
import { Refusal } from '../../core/failures.ts'
import { findSlot, isStopped, sameSlot } from '../../core/function-app/picture.ts'
import { pendingSwap, requireSlot } from '../../core/function-app/slot-rules.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Deps } from '../deps.ts'
import type { OpenApp } from '../look-at-app.ts'
import type { Watching } from './observe.ts'
import { watchHost } from './observe.ts'
import type { DrainWanted } from './wanted.ts'

/** Throws `Refusal` where there is no such slot, or a swap of it is under way. */
export function requireCalmSlot(wanted: DrainWanted, { picture }: AppView): { readonly isStopped: boolean } {
  const slot = requireSlot(picture, wanted.slotName)
  if ('problem' in slot) throw new Refusal(slot.problem)
  const pending = pendingSwap(picture, [slot])
  if (pending !== undefined) throw new Refusal(pending)
  return { isStopped: isStopped(slot) }
}

export const nothingChanged = 'Nothing was changed.'

/** What `act` refuses is said with a sequel: what has been changed by then. */
export async function refusingWith<T>(sequel: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(`${error.message} ${sequel}`) : error
  }
}

/** A host lists its functions seconds after a deployment; one that does not within these has none, or does not start. */
const longestListingMs = 5 * 60_000

/**
 * The functions of a slot as its host lists them. A host that has just been deployed to does not run yet, and Azure lists what
 * the former version had, or nothing, until it does: that is waited for. Throws `Refusal` where the time is up.
 */
export async function awaitFunctions(
  deps: Deps,
  { app, slot, timeoutMs, pollMs }: Pick<Watching, 'app' | 'slot' | 'timeoutMs' | 'pollMs'>,
  signal: AbortSignal,
): Promise<FunctionsOfSlot> {
  const goal = 'its host runs and lists its functions'
  const watching = {
    ...{ app, slot, pollMs, goal, judge: seeFunctions, inARow: 1 },
    timeoutMs: Math.min(timeoutMs, longestListingMs),
  }
  const { last, functions } = await watchHost(deps, watching, signal)
  if (last.kind === 'asWanted') return { slot, functions }
  const because = last.kind === 'notYet' ? `: ${last.because}` : ''
  throw new Refusal(
    `The functions of slot '${slot}' cannot be told${because}. Deploy to it, or look there why its host does not start, then run again.`,
  )
}

/** The functions of the slot that another one will be swapped with. Throws `AzureFailure`. */
export async function functionsOfTarget(
  { slotName, targetSlot }: DrainWanted,
  { azure }: Deps,
  { app, view }: { readonly app: OpenApp; readonly view: AppView },
  signal: AbortSignal,
): Promise<readonly FunctionsOfSlot[]> {
  const target = findSlot(view.picture, targetSlot)
  if (!target || sameSlot(target.name, slotName)) return []
  return [{ slot: target.name, functions: await azure.functions.list(app.address, target.name, signal) }]
}
