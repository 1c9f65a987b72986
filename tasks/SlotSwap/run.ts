import { asClause, Refusal } from '../../core/failures.ts'
import type { SlotSide } from '../../core/function-app/slot-rules.ts'
import type { Report } from '../../core/report/report.ts'
import { withoutLock } from '../../core/record/fence.ts'
import { cancelledBefore, executeSwap, swapTiming } from '../../core/swap/execute.ts'
import type { SwapAim, SwapPlan } from '../../core/swap/plan.ts'
import { planSwap } from '../../core/swap/plan.ts'
import type { Deps } from '../deps.ts'
import type { OpenApp } from '../look-at-app.ts'
import { openApp } from '../look-at-app.ts'
import { cancelledAfter, cancelledAfterFailure, sayingWhere, seeHealth, swapBack } from './after-swap.ts'
import { lookWhenFree, prepare } from './before-swap.ts'
import { whatStillRuns } from './left-behind.ts'
import { recordFound, recordSwap } from './record.ts'
import { reportAlreadySwapped, reportFailure, reportPlan, reportSwapped } from './report.ts'
import { readStanding } from './standing.ts'
import type { SlotSwapWanted } from './wanted.ts'

/** Makes the target run the wanted hub, proves that it does and that it is healthy, and swaps back where it is not. */
export async function slotSwap(wanted: SlotSwapWanted, deps: Deps, signal: AbortSignal): Promise<Report> {
  const startedAt = deps.clock.now()
  const deadline = new Date(startedAt.getTime() + wanted.timeoutMs)
  const aim: SwapAim = { source: wanted.sourceSlot, target: wanted.targetSlot, taskHub: wanted.taskHub }
  const { app, plan } = await sayingWhere(cancelledBefore, () => decide(wanted, deps, { aim, deadline }, signal))
  if (plan.kind === 'alreadyDone') return await confirmAlreadyDone(wanted, deps, { app, plan }, signal)
  if (wanted.dryRun) return reportPlan(wanted, plan)

  const request = { source: plan.source.slot.name, target: plan.target.slot.name, preserveVnet: wanted.preserveVnet }
  const swapped = await executeSwap(
    { ...deps, apps: deps.azure.apps, look: app.look, timing: swapTiming, fence: withoutLock },
    { app: app.address, request, aim, startedAt, deadline },
    signal,
  )
  if (swapped.kind === 'failed') {
    const problem = `The swap did not succeed: ${asClause(swapped.problem)}.`
    const now = await sayingWhere(cancelledAfterFailure(problem), () => readStanding(app, wanted, signal))
    return reportFailure(wanted, now, problem, { swapped: now.targetRuns === 'wanted' })
  }
  await sayingWhere(cancelledAfter(wanted), () => recordSwap(deps, { app, plan, action: 'swap' }, signal))

  const health = await seeHealth(wanted, deps, { app, plan }, signal)
  const { failureShare } = health
  if (health.healthy) {
    const now = await sayingWhere(cancelledAfter(wanted), () => readStanding(app, wanted, signal))
    if (now.targetRuns === 'wanted') return reportSwapped(wanted, now, failureShare)
    return reportFailure(wanted, now, movedOn(wanted), { swapped: true, failureShare })
  }
  const problem = unhealthy(wanted, health.because)
  if (!wanted.rollbackOnFailure) {
    const now = await sayingWhere(cancelledAfterFailure(problem), () => readStanding(app, wanted, signal))
    return reportFailure(wanted, now, problem, { swapped: true, failureShare })
  }
  deps.log.warn(`${problem} Swapping back.`)
  const back = await swapBack(wanted, deps, { app, plan }, signal)
  const rolledBack = back.kind === 'done'
  const both = `${problem} ${
    rolledBack
      ? `It was swapped back: slot '${wanted.targetSlot}' runs the former version again.`
      : `Swapping back failed too: ${back.problem}. Look at both slots now.`
  }`
  return await sayingWhere(cancelledAfterFailure(both), async () => {
    if (rolledBack) await recordSwap(deps, { app, plan, action: 'swapBack' }, signal)
    const now = await readStanding(app, wanted, signal)
    const stays = rolledBack ? ` ${await whatStillRuns(wanted, deps, plan.source.hub, signal)}` : ''
    return reportFailure(wanted, now, `${both}${stays}`, { swapped: true, rolledBack, failureShare })
  })
}

/** What is to be done, with everything that must be so before it. */
async function decide(
  wanted: SlotSwapWanted,
  deps: Deps,
  { aim, deadline }: { readonly aim: SwapAim; readonly deadline: Date },
  signal: AbortSignal,
): Promise<{ app: OpenApp; plan: Exclude<SwapPlan, { kind: 'refuse' }> }> {
  const app = await openApp(deps, wanted, signal)
  const plan = accepted(planSwap(await lookWhenFree(wanted, deps, { app, deadline }, signal), aim))
  if (plan.kind === 'alreadyDone' || (!wanted.warmUp && wanted.requireIdle === 'none')) return { app, plan }
  await prepare(wanted, deps, { app, plan, deadline }, signal)
  // Warm-up and proof take time, and the slots may have moved meanwhile.
  return { app, plan: accepted(planSwap(await lookWhenFree(wanted, deps, { app, deadline }, signal), aim)) }
}

function accepted(plan: SwapPlan): Exclude<SwapPlan, { kind: 'refuse' }> {
  if (plan.kind === 'refuse') throw new Refusal(`${plan.problem} Nothing was changed.`)
  return plan
}

function unhealthy(wanted: SlotSwapWanted, because: string): string {
  return `After the swap slot '${wanted.targetSlot}' is not healthy: ${asClause(because)}.`
}

function movedOn(wanted: SlotSwapWanted): string {
  return (
    `Slot '${wanted.targetSlot}' was healthy, but the slots do not show at the end that it runs task hub '${wanted.taskHub.name}'. See ` +
    'whether another deployment has changed it, then run the task again with the same inputs.'
  )
}

/** A run before this one swapped; whether the target is healthy is still asked, and never answered by swapping. */
async function confirmAlreadyDone(
  wanted: SlotSwapWanted,
  deps: Deps,
  { app, plan }: { readonly app: OpenApp; readonly plan: { readonly source: SlotSide; readonly target: SlotSide } },
  signal: AbortSignal,
): Promise<Report> {
  if (wanted.dryRun) {
    const now = await sayingWhere(cancelledBefore, () => readStanding(app, wanted, signal))
    return reportAlreadySwapped(wanted, now)
  }
  await sayingWhere(cancelledAfter(wanted), () => recordFound(deps, { app, plan }, signal))
  const health = await seeHealth(wanted, deps, { app, plan }, signal)
  const { failureShare } = health
  const now = await sayingWhere(cancelledAfter(wanted), () => readStanding(app, wanted, signal))
  if (health.healthy) {
    return now.targetRuns === 'wanted'
      ? reportAlreadySwapped(wanted, now, failureShare)
      : reportFailure(wanted, now, movedOn(wanted), { failureShare })
  }
  return reportFailure(
    wanted,
    now,
    `Slot '${wanted.targetSlot}' already runs task hub '${wanted.taskHub.name}' and is not healthy: ${asClause(health.because)}. It was not ` +
      'swapped back, because this run did not swap it.',
    { alreadySwapped: true, failureShare },
  )
}
