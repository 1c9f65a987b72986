import { Refusal } from '../../core/failures.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Report } from '../../core/report/report.ts'
import { cancelledBefore } from '../../core/swap/execute.ts'
import type { SwapAim, SwapPlan } from '../../core/swap/plan.ts'
import { planSwap } from '../../core/swap/plan.ts'
import type { Deps } from '../deps.ts'
import { heldByThisRun, tellHolder } from '../lock/holder.ts'
import { releaseByHand, reportReleased } from '../lock/release.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import { withLock } from '../lock/with-lock.ts'
import type { OpenApp } from '../look-at-app.ts'
import { openApp } from '../look-at-app.ts'
import { sayingWhere } from './after-swap.ts'
import { busySlot, lookWhenFree, prepare } from './before-swap.ts'
import type { SwapNews } from './news.ts'
import { tellingAtEnd, tellSwap } from './news.ts'
import { nothingSwapped, reportAlreadySwapped, reportPlan } from './report.ts'
import { readStanding } from './standing.ts'
import { confirmAlreadyDone, swapAndSeeHealth } from './swap.ts'
import type { SlotSwapWanted } from './wanted.ts'

type Accepted = Exclude<SwapPlan, { kind: 'refuse' }>

/** Makes the target run the wanted hub, proves that it does and that it is healthy, and swaps back where it is not. */
export async function slotSwap(wanted: SlotSwapWanted, deps: Deps, signal: AbortSignal): Promise<Report> {
  const app = await sayingWhere(cancelledBefore, () => openApp(deps, wanted, signal))
  if (wanted.dryRun) return await sayingWhere(cancelledBefore, () => dryRun(wanted, deps, app, signal))
  const view = await sayingWhere(cancelledBefore, () => app.look(signal))
  const slots = [wanted.sourceSlot, wanted.targetSlot]
  if (wanted.lock.release !== undefined) {
    return reportReleased(await releaseByHand(deps, { view, slots, ...wanted.lock }, signal), nothingSwapped)
  }
  const act = async (news: SwapNews) => await swapOrConfirm(wanted, { ...deps, news }, { app, view }, signal)
  return await tellingAtEnd(wanted, deps, act, signal)
}

async function swapOrConfirm(
  wanted: SlotSwapWanted,
  deps: Deps & { readonly news: SwapNews },
  { app, view }: { readonly app: OpenApp; readonly view: AppView },
  signal: AbortSignal,
): Promise<Report> {
  const slots = [wanted.sourceSlot, wanted.targetSlot]
  // An operation that still runs, half-way through which both slots show one hub, may be this run's own.
  const first = busySlot(wanted, view) ? undefined : accepted(planSwap(view, aimOf(wanted)))
  if (first?.kind === 'alreadyDone') {
    const held = await sayingWhere(cancelledBefore, () =>
      heldByThisRun(deps, { view, slots, wanted: wanted.lock }, signal),
    )
    if (!held) return await confirmAlreadyDone(wanted, deps, { app, plan: first }, signal)
  }
  const act = async (lock: LockInHand) => await swapWithLock(wanted, { ...deps, clock: lock.clock, lock }, app, signal)
  return await withLock(deps, { wanted: wanted.lock, view, slots, givesBack: 'own' }, act, signal)
}

function aimOf(wanted: SlotSwapWanted): SwapAim {
  return { source: wanted.sourceSlot, target: wanted.targetSlot, taskHub: wanted.taskHub }
}

async function dryRun(wanted: SlotSwapWanted, deps: Deps, app: OpenApp, signal: AbortSignal): Promise<Report> {
  const deadline = new Date(deps.clock.now().getTime() + wanted.timeoutMs)
  const { plan, view } = await decide(wanted, deps, { app, deadline }, signal)
  if (wanted.lock.take) await tellHolder(deps, { view, slots: [wanted.sourceSlot, wanted.targetSlot] }, signal)
  await tellSwap(wanted, deps, { app, plan, what: plan.kind === 'swap' ? 'swapped' : 'found' }, signal)
  if (plan.kind === 'swap') return reportPlan(wanted, plan)
  return reportAlreadySwapped(wanted, await readStanding(app, wanted, signal))
}

/** Taking the lock may have taken time, and the slots may have moved meanwhile. */
async function swapWithLock(
  wanted: SlotSwapWanted,
  deps: Deps & { readonly lock: LockInHand; readonly news: SwapNews },
  app: OpenApp,
  signal: AbortSignal,
): Promise<Report> {
  const startedAt = deps.clock.now()
  const deadline = new Date(startedAt.getTime() + wanted.timeoutMs)
  const { plan } = await sayingWhere(cancelledBefore, () => decide(wanted, deps, { app, deadline }, signal))
  if (plan.kind === 'alreadyDone') return await confirmAlreadyDone(wanted, deps, { app, plan }, signal)
  return await swapAndSeeHealth(wanted, deps, { app, plan, aim: aimOf(wanted), startedAt, deadline }, signal)
}

/** What is to be done, with everything that must be so before it. */
async function decide(
  wanted: SlotSwapWanted,
  deps: Deps & { readonly lock?: LockInHand },
  { app, deadline }: { readonly app: OpenApp; readonly deadline: Date },
  signal: AbortSignal,
): Promise<{ readonly plan: Accepted; readonly view: AppView }> {
  const look = async () => await lookWhenFree(wanted, deps, { app, deadline }, signal)
  const view = await look()
  const plan = accepted(planSwap(view, aimOf(wanted)))
  if (plan.kind === 'alreadyDone' || (!wanted.warmUp && wanted.requireIdle === 'none')) return { plan, view }
  await prepare(wanted, deps, { app, plan, deadline }, signal)
  // Warm-up and proof take time, and the slots may have moved meanwhile.
  const later = await look()
  return { plan: accepted(planSwap(later, aimOf(wanted))), view: later }
}

function accepted(plan: SwapPlan): Accepted {
  if (plan.kind === 'refuse') throw new Refusal(`${plan.problem} Nothing was changed.`)
  return plan
}
