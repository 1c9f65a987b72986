import { AzureFailure, Refusal } from '../../core/failures.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Report } from '../../core/report/report.ts'
import { executeSwap, swapTiming } from '../../core/swap/execute.ts'
import { warmUp } from '../../core/swap/health.ts'
import type { SlotSide } from '../../core/function-app/slot-rules.ts'
import type { SwapAim, SwapPlan } from '../../core/swap/plan.ts'
import { planSwap } from '../../core/swap/plan.ts'
import { strictPolicy } from '../../core/task-hub/evidence.ts'
import type { Deps, OpenApp } from '../look-at-app.ts'
import { openApp } from '../look-at-app.ts'
import { ownHubOf, throughApp, throughStorage } from '../look-at-hub.ts'
import { requireIdleNow } from '../require-idle.ts'
import { recordSwap } from './record.ts'
import { reportAlreadySwapped, reportFailure, reportPlan, reportSwapped, type Standing } from './report.ts'
import { seeHealth, swapBack } from './after-swap.ts'
import type { SlotSwapWanted } from './wanted.ts'

export type PlannedSwap = Extract<SwapPlan, { kind: 'swap' }>

/** Makes the target run the wanted hub, proves that it does and that it is healthy, and swaps back where it is not. */
export async function slotSwap(wanted: SlotSwapWanted, deps: Deps, signal: AbortSignal): Promise<Report> {
  const startedAt = deps.clock.now()
  const deadline = new Date(startedAt.getTime() + wanted.timeoutMs)
  const aim: SwapAim = { source: wanted.sourceSlot, target: wanted.targetSlot, taskHub: wanted.taskHub }
  const app = await openApp(deps, wanted, signal)

  let plan = accepted(planSwap(await app.look(signal), aim))
  if (plan.kind === 'alreadyDone') return await confirmAlreadyDone(wanted, deps, { app, plan }, signal)
  if (wanted.warmUp || wanted.requireIdle !== 'none') {
    await prepare(wanted, deps, { app, plan, deadline }, signal)
    // Warm-up and proof take time, and the slots may have moved meanwhile.
    plan = accepted(planSwap(await app.look(signal), aim))
    if (plan.kind === 'alreadyDone') return await confirmAlreadyDone(wanted, deps, { app, plan }, signal)
  }
  if (wanted.dryRun) return reportPlan(wanted, plan)

  const request = { source: plan.source.slot.name, target: plan.target.slot.name, preserveVnet: wanted.preserveVnet }
  const swapped = await executeSwap(
    { ...deps, apps: deps.azure.apps, look: app.look, timing: swapTiming },
    { app: app.address, request, aim, startedAt, deadline },
    signal,
  )
  if (swapped.kind === 'failed') {
    return reportFailure(wanted, await standing(app, wanted, signal), `The swap did not succeed: ${swapped.problem}.`)
  }
  await recordSwap(deps, { app, plan, action: 'swap' }, signal)

  const health = await seeHealth(wanted, deps, { app, plan }, signal)
  if (health.healthy) return reportSwapped(wanted, await standing(app, wanted, signal))
  if (!wanted.rollbackOnFailure) {
    return reportFailure(wanted, await standing(app, wanted, signal), unhealthy(wanted, health.because), {
      swapped: true,
    })
  }
  deps.log.warn(`${unhealthy(wanted, health.because)} Swapping back.`)
  const back = await swapBack(wanted, deps, { app, plan }, signal)
  if (back.kind === 'done') await recordSwap(deps, { app, plan, action: 'swapBack' }, signal)
  return reportFailure(
    wanted,
    await standing(app, wanted, signal),
    `${unhealthy(wanted, health.because)} ${
      back.kind === 'done'
        ? `It was swapped back: slot '${wanted.targetSlot}' runs the former version again.`
        : `Swapping back failed too: ${back.problem}. Look at both slots now.`
    }`,
    { swapped: true, rolledBack: back.kind === 'done' },
  )
}

function accepted(plan: SwapPlan): Exclude<SwapPlan, { kind: 'refuse' }> {
  if (plan.kind === 'refuse') throw new Refusal(`${plan.problem} Nothing was changed.`)
  return plan
}

function unhealthy(wanted: SlotSwapWanted, because: string): string {
  return `After the swap slot '${wanted.targetSlot}' is not healthy: ${because}.`
}

/** A run before this one swapped; whether the target is healthy is still asked, and never answered by swapping. */
async function confirmAlreadyDone(
  wanted: SlotSwapWanted,
  deps: Deps,
  { app, plan }: { readonly app: OpenApp; readonly plan: { readonly source: SlotSide; readonly target: SlotSide } },
  signal: AbortSignal,
): Promise<Report> {
  if (wanted.dryRun) return reportAlreadySwapped(wanted, await standing(app, wanted, signal))
  const health = await seeHealth(wanted, deps, { app, plan }, signal)
  const now = await standing(app, wanted, signal)
  if (health.healthy) return reportAlreadySwapped(wanted, now)
  return reportFailure(
    wanted,
    now,
    `Slot '${wanted.targetSlot}' already runs task hub '${wanted.taskHub.name}' and is not healthy: ${health.because}. It was not ` +
      'swapped back, because this run did not swap it.',
    { alreadySwapped: true },
  )
}

async function prepare(
  wanted: SlotSwapWanted,
  deps: Deps,
  { app, plan, deadline }: { readonly app: OpenApp; readonly plan: PlannedSwap; readonly deadline: Date },
  signal: AbortSignal,
): Promise<void> {
  const left = (): number => Math.max(0, deadline.getTime() - deps.clock.now().getTime())
  if (wanted.warmUp) {
    const { slot } = plan.source
    deps.log.info(`Warming up slot '${slot.name}' at '${wanted.warmUp.path}'.`)
    const address = { app: app.address, slot: slot.name, hostName: slot.hostName }
    const warm = await warmUp(
      { ...deps, hosts: deps.azure.hosts },
      address,
      { check: wanted.warmUp, timeoutMs: left() },
      signal,
    )
    if (!warm.healthy) {
      throw new Refusal(`Slot '${slot.name}' did not warm up: ${warm.because}. Nothing was changed.`)
    }
  }
  for (const side of sidesToProve(wanted, plan)) {
    const question = { app: app.address, slot: side.slot, hub: ownHubOf(side.hub), policy: strictPolicy }
    await requireIdleNow(
      deps,
      {
        look: wanted.evidence === 'storage' ? throughStorage(deps.azure, question) : throughApp(deps.azure, question),
        where: `slot '${side.slot.name}'`,
        remedy: 'Nothing was changed. Let the work finish, or set requireIdle to none.',
        waitMs: left(),
      },
      signal,
    )
  }
}

function sidesToProve(wanted: SlotSwapWanted, plan: PlannedSwap): readonly SlotSide[] {
  switch (wanted.requireIdle) {
    case 'none':
      return []
    case 'source':
      return [plan.source]
    case 'target':
      return [plan.target]
    case 'both':
      return [plan.source, plan.target]
  }
}

/** The hubs as they stand at the end, for the outputs; read once more, because only the slots tell. */
async function standing(app: OpenApp, wanted: SlotSwapWanted, signal: AbortSignal): Promise<Standing> {
  let view: AppView
  try {
    view = await app.look(signal)
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    return { targetTaskHub: '', sourceTaskHub: '' }
  }
  const hubIn = (name: string): string => {
    const hub = view.hubs.find((each) => each.slot.toLowerCase() === name.toLowerCase())
    return hub?.name.kind === 'set' ? hub.name.value : ''
  }
  return { targetTaskHub: hubIn(wanted.targetSlot), sourceTaskHub: hubIn(wanted.sourceSlot) }
}
