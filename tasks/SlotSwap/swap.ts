import { asClause, AzureFailure, Refusal } from '../../core/failures.ts'
import type { Report } from '../../core/report/report.ts'
import type { SwapResult } from '../../core/swap/execute.ts'
import { executeSwap, swapTiming } from '../../core/swap/execute.ts'
import type { SwapAim } from '../../core/swap/plan.ts'
import type { Deps } from '../deps.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import { cancelledAfter, cancelledAfterFailure, sayingWhere, seeHealth, swapBack } from './after-swap.ts'
import { whatStillRuns } from './left-behind.ts'
import type { SwapNews } from './news.ts'
import type { OpenSwap } from './open-swap.ts'
import { recordFound, recordSwap } from './record.ts'
import { reportAlreadySwapped, reportFailure, reportSwapped } from './report.ts'
import type { Standing } from './standing.ts'
import { readStanding } from './standing.ts'
import type { SlotSwapWanted } from './wanted.ts'

type Timed = { readonly aim: SwapAim; readonly startedAt: Date; readonly deadline: Date }

/** Swaps with the deployment lock in hand, proves it, sees whether the target is healthy, and swaps back where it is not. */
export async function swapAndSeeHealth(
  wanted: SlotSwapWanted,
  deps: Deps & { readonly lock: LockInHand; readonly news: SwapNews },
  { app, plan, aim, startedAt, deadline }: OpenSwap & Timed,
  signal: AbortSignal,
): Promise<Report> {
  const { lock, news } = deps
  const request = { source: plan.source.slot.name, target: plan.target.slot.name, preserveVnet: wanted.preserveVnet }
  const swapped = await executeSwap(
    { ...deps, apps: deps.azure.apps, hosts: deps.azure.hosts, look: app.look, timing: swapTiming, ...lock },
    { app: app.address, request, aim, startedAt, deadline, mayHaveBeenAsked: lock.leftOver !== undefined },
    signal,
  )
  if (swapped.kind === 'failed') {
    const problem = `The swap did not succeed: ${asClause(swapped.problem)}.`
    const now = await sayingWhere(cancelledAfterFailure(problem), () => readStanding(app, wanted, signal))
    return reportFailure(wanted, now, problem, { swapped: now.targetRuns === 'wanted' })
  }
  const swappedAt = deps.clock.now()
  news.stands({ app, plan, what: 'swapped' })
  await sayingWhere(cancelledAfter(wanted), () => recordSwap(deps, { app, plan, action: 'swap' }, signal))

  const health = await seeHealth(wanted, deps, { app, plan, swappedAt }, signal)
  const { failureShare } = health
  if (health.healthy) {
    const now = await sayingWhere(cancelledAfter(wanted), () => readStanding(app, wanted, signal))
    unlessMoved(news, now)
    if (now.targetRuns === 'wanted') return reportSwapped(wanted, now, failureShare)
    return reportFailure(wanted, now, movedOn(wanted), { swapped: true, failureShare })
  }
  const problem = unhealthy(wanted, health.because)
  if (!wanted.rollbackOnFailure) {
    const now = await sayingWhere(cancelledAfterFailure(problem), () => readStanding(app, wanted, signal))
    unlessMoved(news, now)
    return reportFailure(wanted, now, problem, { swapped: true, failureShare })
  }
  deps.log.warn(`${problem} Swapping back.`)
  news.isNotKnown()
  const back = await orProblem(async () => await swapBack(wanted, { ...deps, ...lock }, { app, plan }, signal))
  const rolledBack = back.kind === 'done'
  if (rolledBack) news.stands({ app, plan, what: 'rolledBack' })
  const both = `${problem} ${
    rolledBack
      ? `It was swapped back: slot '${wanted.targetSlot}' runs the former version again.`
      : `Swapping back failed too: ${asClause(back.problem)}. Look at both slots now.`
  }`
  return await sayingWhere(cancelledAfterFailure(both), async () => {
    if (rolledBack) await recordSwap(deps, { app, plan, action: 'swapBack' }, signal)
    const now = await readStanding(app, wanted, signal)
    if (!rolledBack && now.targetRuns === 'wanted') news.stands({ app, plan, what: 'swapped' })
    const stays = rolledBack ? ` ${await whatStillRuns(wanted, deps, plan.source, signal)}` : ''
    return reportFailure(wanted, now, `${both}${stays}`, { swapped: true, rolledBack, failureShare })
  })
}

/** What this run proved stands, unless the slots show another hub at the end. */
function unlessMoved(news: SwapNews, { targetRuns }: Standing): void {
  if (targetRuns === 'another') news.isNotKnown()
}

/** A swap back that the lock does not let through fails like any other: what led to it must still be told. */
async function orProblem(act: () => Promise<SwapResult>): Promise<SwapResult> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    return { kind: 'failed', problem: error.message, requests: 0 }
  }
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
export async function confirmAlreadyDone(
  wanted: SlotSwapWanted,
  deps: Deps & { readonly lock?: LockInHand; readonly news: SwapNews },
  { app, plan }: OpenSwap,
  signal: AbortSignal,
): Promise<Report> {
  const { news } = deps
  news.stands({ app, plan, what: 'found' })
  await sayingWhere(cancelledAfter(wanted), () => recordFound(deps, { app, plan }, signal))
  const health = await seeHealth(wanted, deps, { app, plan }, signal)
  const { failureShare } = health
  const now = await sayingWhere(cancelledAfter(wanted), () => readStanding(app, wanted, signal))
  unlessMoved(news, now)
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
