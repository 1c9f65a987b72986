import { Cancelled } from '../../core/failures.ts'
import type { SwapResult } from '../../core/swap/execute.ts'
import { executeSwap, swapTiming } from '../../core/swap/execute.ts'
import type { Health } from '../../core/swap/health.ts'
import { waitUntilHealthy } from '../../core/swap/health.ts'
import type { SlotSide } from '../../core/function-app/slot-rules.ts'
import type { SwapAim } from '../../core/swap/plan.ts'
import type { Deps, OpenApp } from '../look-at-app.ts'
import type { SlotSwapWanted } from './wanted.ts'

type Done = { readonly app: OpenApp; readonly plan: { readonly source: SlotSide; readonly target: SlotSide } }

/** Waits the settle time, in which the old instance still answers, then asks the target until it is healthy. */
export async function seeHealth(
  wanted: SlotSwapWanted,
  deps: Deps,
  { app, plan }: Done,
  signal: AbortSignal,
): Promise<Health> {
  try {
    return await settleAndAsk(wanted, deps, { app, plan }, signal)
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    throw new Cancelled(
      `Cancelled after the swap and before slot '${wanted.targetSlot}' was proven healthy; nothing is under way. Run the task ` +
        'again with the same inputs: it asks for the health and swaps nothing.',
    )
  }
}

async function settleAndAsk(
  wanted: SlotSwapWanted,
  deps: Deps,
  { app, plan }: Done,
  signal: AbortSignal,
): Promise<Health> {
  const { slot } = plan.target
  if (wanted.settleMs > 0) {
    deps.log.info(`Waiting ${wanted.settleMs / 1000} s until the old instances no longer answer on '${slot.name}'.`)
    await deps.clock.sleep(wanted.settleMs, signal)
  }
  deps.log.info(`Asking whether slot '${slot.name}' is healthy.`)
  return await waitUntilHealthy(
    { ...deps, hosts: deps.azure.hosts },
    { app: app.address, slot: slot.name, hostName: slot.hostName },
    { check: wanted.healthCheck, timeoutMs: wanted.healthCheckTimeoutMs },
    signal,
  )
}

/**
 * Swaps back, with a bound of its own. What must be true afterwards is told from the source's side: it runs the new hub
 * again. (The target's former hub may never have been set.)
 */
export async function swapBack(
  wanted: SlotSwapWanted,
  deps: Deps,
  { app, plan }: Done,
  signal: AbortSignal,
): Promise<SwapResult> {
  const startedAt = deps.clock.now()
  const aim: SwapAim = { source: wanted.targetSlot, target: wanted.sourceSlot, taskHub: wanted.taskHub }
  return await executeSwap(
    { ...deps, apps: deps.azure.apps, look: app.look, timing: swapTiming },
    {
      app: app.address,
      request: { source: plan.source.slot.name, target: plan.target.slot.name, preserveVnet: wanted.preserveVnet },
      aim,
      startedAt,
      deadline: new Date(startedAt.getTime() + wanted.timeoutMs),
    },
    signal,
  )
}
