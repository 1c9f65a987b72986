import type { FunctionsOfSlot } from '../../core/drain/starters.ts'
import { asClause, AzureFailure, Refusal } from '../../core/failures.ts'
import { isDurable } from '../../core/function-app/functions.ts'
import { findHub, hubInWords } from '../../core/function-app/slot-hub.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import type { RootsSeen, TaskHubs } from '../../core/task-hub/ports.ts'
import type { Deps } from '../deps.ts'
import { hubsOf } from '../look-at-hub.ts'

/** What became of the wait for new work in the slot's hub. Clauses and sentences are fit for messages. */
export type Quiet =
  | { readonly kind: 'notAsked' }
  /** There is nothing that could begin. */
  | { readonly kind: 'nothing'; readonly because: string }
  | { readonly kind: 'quiet'; readonly hub: HubName }
  | {
      readonly kind: 'begun'
      readonly hub: HubName
      readonly roots: RootsSeen['roots']
      /** False: there are more. */
      readonly areAll: boolean
    }
  | { readonly kind: 'unknown'; readonly because: string }

type Question = {
  readonly view: AppView
  readonly functions: FunctionsOfSlot
  readonly quietMs: number
}

/** More are as bad as these. */
const mostRoots = 100
const withinMs = 120_000
const toldEveryMs = 15_000
/** A server whose time does not pass is given up. */
const mostReadings = 5

/**
 * Waits for the quiet period from now on, by the storage account's clock, and reads which instances were begun from outside
 * meanwhile. Throws `Cancelled`; what cannot be read is `unknown`.
 */
export async function awaitQuiet(
  deps: Deps,
  { view, functions, quietMs }: Question,
  signal: AbortSignal,
): Promise<Quiet> {
  if (quietMs === 0) return { kind: 'notAsked' }
  const slotHub = findHub(view.hubs, functions.slot)
  if (!slotHub) return { kind: 'unknown', because: `slot '${functions.slot}' is gone` }
  const { name, storage, settingKey } = slotHub
  if (name.kind !== 'set') {
    const durable = functions.functions.find(({ trigger }) => trigger !== undefined && isDurable(trigger))
    if (name.kind === 'unset' && !durable) {
      return { kind: 'nothing', because: `slot '${functions.slot}' has no durable functions and no task hub` }
    }
    return {
      kind: 'unknown',
      because: `app setting '${settingKey}' of slot '${functions.slot}' has ${hubInWords(slotHub)}`,
    }
  }
  if (storage.kind === 'unknown') return { kind: 'unknown', because: storage.because }
  try {
    return await watchHub(
      deps,
      { name: name.value, hubs: hubsOf(deps.azure, slotHub, storage.reference), quietMs },
      signal,
    )
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    return { kind: 'unknown', because: asClause(error.message) }
  }
}

async function watchHub(
  deps: Deps,
  { name, hubs, quietMs }: { readonly name: HubName; readonly hubs: TaskHubs; readonly quietMs: number },
  signal: AbortSignal,
): Promise<Quiet> {
  const { exists, at: after } = await hubs.roots(name, { most: mostRoots, withinMs }, signal)
  if (!exists) return { kind: 'nothing', because: `task hub '${name}' was never provisioned` }
  deps.log.info(`Task hub '${name}': for ${quietMs / 1000} s no new instance may begin from outside.`)
  let left = quietMs
  for (let reading = 1; reading <= mostReadings; reading++) {
    // The account tells its time in whole seconds.
    await wait(deps, { left: Math.max(left, 1_000), quietMs, name }, signal)
    const seen = await hubs.roots(name, { after, most: mostRoots, withinMs }, signal)
    if (!seen.areAll || seen.roots.length > 0)
      return { kind: 'begun', hub: name, roots: seen.roots, areAll: seen.areAll }
    left = after.getTime() + quietMs - seen.at.getTime()
    if (left <= 0) return { kind: 'quiet', hub: name }
  }
  return { kind: 'unknown', because: `the time of the storage account of task hub '${name}' does not pass` }
}

async function wait(
  { clock, log }: Deps,
  { left, quietMs, name }: { readonly left: number; readonly quietMs: number; readonly name: HubName },
  signal: AbortSignal,
): Promise<void> {
  for (let rest = left; rest > 0; rest -= toldEveryMs) {
    log.progress(Math.round((100 * (quietMs - rest)) / quietMs), `looking for new instances in task hub '${name}'`)
    await clock.sleep(Math.min(rest, toldEveryMs), signal)
  }
}
