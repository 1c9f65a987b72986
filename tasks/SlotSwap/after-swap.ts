import { Cancelled, Refusal } from '../../core/failures.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Fence } from '../../core/record/fence.ts'
import type { SwapResult } from '../../core/swap/execute.ts'
import { executeSwap, swapTiming } from '../../core/swap/execute.ts'
import { waitUntilHealthy } from '../../core/swap/health.ts'
import { wayBackProblem } from '../../core/swap/way-back.ts'
import type { SwapAim } from '../../core/swap/plan.ts'
import type { Deps } from '../deps.ts'
import { observe, type Observed } from './observe.ts'
import type { DoneSwap, OpenSwap } from './open-swap.ts'
import type { SlotSwapWanted } from './wanted.ts'

export function cancelledAfter({ targetSlot }: SlotSwapWanted): string {
  return (
    `Cancelled after the swap and before slot '${targetSlot}' was proven healthy; nothing is under way. Run the task again with ` +
    'the same inputs: it asks for the health and swaps nothing.'
  )
}

/** The failure is known by then; only which hubs the slots have was still to be told. */
export function cancelledAfterFailure(problem: string): string {
  return `Cancelled before the slots were read once more. ${problem}`
}

/** Waits the settle time, in which the old instance still answers, then asks and observes the target. */
export async function seeHealth(
  wanted: SlotSwapWanted,
  deps: Deps,
  done: DoneSwap,
  signal: AbortSignal,
): Promise<Observed> {
  return await sayingWhere(cancelledAfter(wanted), () => settleAndAsk(wanted, deps, done, signal))
}

async function settleAndAsk(
  wanted: SlotSwapWanted,
  deps: Deps,
  { app, plan, swappedAt }: DoneSwap,
  signal: AbortSignal,
): Promise<Observed> {
  const { slot } = plan.target
  if (wanted.settleMs > 0) {
    deps.log.info(`Waiting ${wanted.settleMs / 1000} s until the old instances no longer answer on '${slot.name}'.`)
    await settle(deps, wanted.settleMs, signal)
  }
  deps.log.info(`Asking whether slot '${slot.name}' is healthy.`)
  const ask = async (asking: AbortSignal) =>
    await waitUntilHealthy(
      { ...deps, hosts: deps.azure.hosts },
      { app: app.address, slot: slot.name, hostName: slot.hostName },
      { check: wanted.healthCheck, timeoutMs: wanted.healthCheckTimeoutMs },
      asking,
    )
  return await observe(wanted, deps, { app, plan, swappedAt, ask }, signal)
}

const toldEveryMs = 15_000

async function settle({ clock, log }: Deps, ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= toldEveryMs) {
    log.progress(Math.round((100 * (ms - left)) / ms), `waiting ${left / 1000} s more for the old instances to end`)
    await clock.sleep(Math.min(left, toldEveryMs), signal)
  }
}

/**
 * Swaps back, with a bound of its own. What must be true afterwards is told from the source's side: it runs the new hub
 * again. (The target's former hub may never have been set.)
 */
export async function swapBack(
  wanted: SlotSwapWanted,
  deps: Deps & { readonly fence: Fence },
  { app, plan }: OpenSwap,
  signal: AbortSignal,
): Promise<SwapResult> {
  const startedAt = deps.clock.now()
  const aim: SwapAim = { source: wanted.targetSlot, target: wanted.sourceSlot, taskHub: wanted.taskHub }
  const cancelled =
    `Cancelled while slot '${wanted.targetSlot}', which is not healthy, was swapped back; Azure goes on with what was begun. Look at ` +
    'both slots, and run the task again only with a version that is healthy.'
  return await sayingWhere(cancelled, () =>
    executeSwap(
      {
        ...deps,
        apps: deps.azure.apps,
        hosts: deps.azure.hosts,
        look: async (now) => requireWayBack(wanted, plan, await app.look(now)),
        timing: swapTiming,
      },
      {
        app: app.address,
        request: { source: plan.source.slot.name, target: plan.target.slot.name, preserveVnet: wanted.preserveVnet },
        aim,
        startedAt,
        deadline: new Date(startedAt.getTime() + wanted.timeoutMs),
        // Settling and the health check took their time: somebody may have swapped back already.
        readFirst: true,
      },
      signal,
    ),
  )
}

function requireWayBack({ sourceSlot, taskHub }: SlotSwapWanted, { target }: OpenSwap['plan'], view: AppView): AppView {
  const problem = wayBackProblem(view.picture, view.hubs, { slot: sourceSlot, former: target.hub, taskHub })
  if (problem !== undefined) throw new Refusal(`${problem}.`)
  return view
}

/** A cancel that says what was under way and how to go on. */
export async function sayingWhere<T>(message: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof Cancelled ? new Cancelled(message) : error
  }
}
