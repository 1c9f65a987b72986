import { asClause, AzureFailure, mayPassLater, Refusal } from '../../core/failures.ts'
import type { SlotPicture } from '../../core/function-app/picture.ts'
import { sameSlot } from '../../core/function-app/picture.ts'
import { preparedSlot } from '../../core/function-app/prepared-slot.ts'
import type { SlotSide } from '../../core/function-app/slot-rules.ts'
import type { AppView } from '../../core/function-app/view.ts'
import { warmUp } from '../../core/swap/health.ts'
import type { SwapPlan } from '../../core/swap/plan.ts'
import { strictPolicy } from '../../core/task-hub/idle-proof/policy.ts'
import type { Deps } from '../deps.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import type { OpenApp } from '../look-at-app.ts'
import { ownHubOf, throughApp, throughStorage } from '../look-at-hub.ts'
import { requireIdleNow } from '../require-idle.ts'
import type { SlotSwapWanted } from './wanted.ts'

type PlannedSwap = Extract<SwapPlan, { kind: 'swap' }>

const pollMs = 5_000

/**
 * A slot that Azure runs an operation on, or one that is prepared for a swap: the first half of a swap that runs looks no
 * other than one that stopped half-way.
 */
export function busySlot({ sourceSlot, targetSlot }: SlotSwapWanted, { picture }: AppView): SlotPicture | undefined {
  const slots = [sourceSlot, targetSlot]
  const operated = picture.slots.find(
    ({ name, operationInProgress }) => operationInProgress !== undefined && slots.some((each) => sameSlot(each, name)),
  )
  return operated ?? preparedSlot(picture, slots)
}

/** Looks that show a slot prepared and nothing that runs, before that counts as a swap that nothing carries on. */
const preparedLooks = 4
const preparedPollMs = 3_000

/**
 * Reads the slots once no operation runs on them: it may be the very swap, begun by a run that was cut off, and half-way
 * through it both slots show one hub. A slot that stays prepared is shown as it is. A look that fails in between is no end.
 * Throws `Refusal` where an operation runs until the deadline.
 */
export async function lookWhenFree(
  wanted: SlotSwapWanted,
  { clock, log, lock }: Deps & { readonly lock?: LockInHand },
  { app, deadline }: { readonly app: OpenApp; readonly deadline: Date },
  signal: AbortSignal,
): Promise<AppView> {
  let seen: AppView | undefined
  for (let prepared = 0; ;) {
    const view: AppView | undefined = await lookUnlessItPasses(app, seen, signal)
    seen = view ?? seen
    const busy = seen && busySlot(wanted, seen)
    if (view && !busy) return view
    const waits = busy?.operationInProgress === undefined
    if (view) prepared = waits ? prepared + 1 : 0
    // What a run before this one began is waited for: half-way through it a swap looks like one that stopped there.
    if (view && prepared >= preparedLooks && lock?.leftOver === undefined) return view
    const left = deadline.getTime() - clock.now().getTime()
    if (left <= 0) {
      throw new Refusal(
        `Azure still carries out another operation on slot '${busy?.name ?? wanted.targetSlot}' of '${app.address.name}', and the time ` +
          'is up. Wait for its end, then run again. Nothing was changed.',
      )
    }
    log.progress(
      Math.round(Math.max(0, 100 * (1 - left / wanted.timeoutMs))),
      `waiting for an operation of Azure on slot '${busy?.name ?? wanted.targetSlot}' to end`,
    )
    await clock.sleep(Math.min(waits ? preparedPollMs : pollMs, left), signal)
  }
}

/** Undefined where a look fails for now, once another has shown something to wait for. */
async function lookUnlessItPasses(
  app: OpenApp,
  seen: AppView | undefined,
  signal: AbortSignal,
): Promise<AppView | undefined> {
  try {
    return await app.look(signal)
  } catch (error) {
    if (seen && error instanceof AzureFailure && mayPassLater(error)) return undefined
    throw error
  }
}

/** Warms the source up and proves the hubs idle, as far as that was asked for. Throws `Refusal`. */
export async function prepare(
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
      throw new Refusal(`Slot '${slot.name}' did not warm up: ${asClause(warm.because)}. Nothing was changed.`)
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
