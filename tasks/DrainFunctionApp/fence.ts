import type { PlannedStarter } from '../../core/drain/plan-fence.ts'
import { fencedSettings, planFence } from '../../core/drain/plan-fence.ts'
import { disables, disablingKeys, journalOf } from '../../core/drain/names.ts'
import type { HostSeen } from '../../core/drain/observe.ts'
import { seeDisabled } from '../../core/drain/observe.ts'
import type { FunctionsOfSlot } from '../../core/drain/starters.ts'
import { Refusal } from '../../core/failures.ts'
import { isSticky } from '../../core/function-app/hub-setting.ts'
import { sameFunction } from '../../core/function-app/functions.ts'
import type { Settings, SlotName } from '../../core/function-app/picture.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Report } from '../../core/report/report.ts'
import { many } from '../../core/task-hub/words.ts'
import type { Deps } from '../deps.ts'
import { tellHolder } from '../lock/holder.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import { withLock } from '../lock/with-lock.ts'
import type { OpenApp } from '../look-at-app.ts'
import { openApp } from '../look-at-app.ts'
import { slotSettings } from '../slot-settings.ts'
import { writeWhole } from '../write-whole.ts'
import { awaitFunctions, functionsOfTarget, nothingChanged, refusingWith, requireCalmSlot } from './look.ts'
import { watchHost } from './observe.ts'
import { awaitQuiet } from './quiet.ts'
import { reportFenced, reportFencePlan, reportNotObserved } from './report-fence.ts'
import { stickyNames } from './sticky-names.ts'
import type { DrainWanted } from './wanted.ts'

export type Fencing = {
  readonly slot: SlotName
  readonly functions: FunctionsOfSlot
  readonly starters: readonly PlannedStarter[]
  readonly addSticky: readonly string[]
  readonly warnings: readonly string[]
}

/** Somebody who undoes what is done here can do so for ever. */
const mostPasses = 4

/**
 * Keeps the starters of a slot from starting work:
 * 1. looks at the functions of the slot, once its host runs, and of the one that it will be swapped with, and plans;
 * 2. makes the names stay with their slot, and only then writes the settings: a name without a setting does nothing, while a
 *    setting that does not stay would travel into the other slot and disable its functions;
 * 3. waits until the host says that they are disabled;
 * 4. begins again, and is done where nothing is left to do: the host that answers now has started with the settings, so what
 *    it lists is the version that is in the slot, while before it may still have been the one that was deployed over;
 * 5. looks whether new work begins all the same.
 */
export async function fence(wanted: DrainWanted, deps: Deps, signal: AbortSignal): Promise<Report> {
  const app = await openApp(deps, wanted, signal)
  const deadline = deadlineOf(wanted, deps)
  const first = async () => await look(wanted, deps, { app, deadline }, signal)
  const { view, plan } = await refusingWith(nothingChanged, first)
  for (const warning of plan.warnings) deps.log.warn(warning)
  const slots = [plan.slot]
  if (wanted.dryRun) {
    if (wanted.lock.take) await tellHolder(deps, { view, slots }, signal)
    return reportFencePlan(wanted, plan)
  }
  const locking = { wanted: wanted.lock, view, slots, givesBack: 'new' } as const
  return await withLock(deps, locking, (lock) => fenceWithLock(wanted, deps, { app, lock }, signal), signal)
}

type Stand = { readonly app: OpenApp; readonly deadline: number }

async function fenceWithLock(
  wanted: DrainWanted,
  given: Deps,
  { app, lock }: { readonly app: OpenApp; readonly lock: LockInHand },
  signal: AbortSignal,
): Promise<Report> {
  const deps = { ...given, clock: lock.clock }
  // The wait for the lock has a bound of its own.
  const deadline = deadlineOf(wanted, deps)
  // Taking the lock may have taken time, and another version may be in the slot by now.
  const again = async () => await look(wanted, deps, { app, deadline }, signal)
  let { plan } = await refusingWith(nothingChanged, again)
  const before = plan
  for (let pass = 1; ; pass++) {
    if (isOpen(plan) && pass === mostPasses) {
      throw new Refusal(
        `What fence writes into the settings of slot '${plan.slot}' is undone again and again by something else. Find it, then run again.`,
      )
    }
    await write(deps, { app, lock, plan }, signal)
    const fenced = plan.starters.filter(({ state }) => state !== 'open').map(({ name }) => name)
    const watching = {
      ...{ app, slot: plan.slot, timeoutMs: left(deps, deadline), pollMs: wanted.pollMs },
      goal: 'the fenced functions are seen disabled',
      judge: (seen: HostSeen) => seeDisabled(fenced, seen),
    }
    const { last, source } = await watchHost(deps, watching, signal)
    if (last.kind !== 'asWanted') return reportNotObserved(wanted, { fencing: written(plan), before }, last)
    const now = await refusingWith(`What was fenced so far stays; action 'release' takes it back.`, again)
    plan = now.plan
    if (isOpen(plan)) continue
    deps.log.info(`Every fenced function of slot '${plan.slot}' is seen disabled, as told by ${source}.`)
    const found = await awaitQuiet(deps, { view: now.view, functions: plan.functions, quietMs: wanted.quietMs }, signal)
    return reportFenced(deps, wanted, { fencing: plan, before }, found)
  }
}

/** As it stands once its settings are written. */
function written(plan: Fencing): Fencing {
  const starters = plan.starters.map((each): PlannedStarter => {
    return each.state === 'toFence' ? { ...each, state: 'fenced' } : each
  })
  return { ...plan, starters, addSticky: [] }
}

type Look = { readonly view: AppView; readonly plan: Fencing }

async function look(wanted: DrainWanted, deps: Deps, { app, deadline }: Stand, signal: AbortSignal): Promise<Look> {
  requireRunning(wanted, await app.look(signal))
  const { slotName: slot, pollMs } = wanted
  const own = await awaitFunctions(deps, { app, slot, timeoutMs: left(deps, deadline), pollMs }, signal)
  // Looked at after the wait, which may have been long.
  const view = await app.look(signal)
  const functions = [own, ...(await functionsOfTarget(wanted, deps, { app, view }, signal))]
  return { view, plan: decide(wanted, view, functions) }
}

function deadlineOf({ timeoutMs }: DrainWanted, { clock }: Deps): number {
  return clock.now().getTime() + timeoutMs
}

function left({ clock }: Deps, deadline: number): number {
  return Math.max(0, deadline - clock.now().getTime())
}

/** Of a slot that is not there, or does not run, no functions can be listed. */
function requireRunning(wanted: DrainWanted, view: AppView): void {
  if (!requireCalmSlot(wanted, view).isStopped) return
  throw new Refusal(
    `Slot '${wanted.slotName}' is stopped, so that nothing can be seen of its functions. Start it, then run again.`,
  )
}

function decide(wanted: DrainWanted, view: AppView, functions: readonly FunctionsOfSlot[]): Fencing {
  requireRunning(wanted, view)
  const plan = planFence({ picture: view.picture, functions }, wanted)
  if (plan.kind === 'refuse') throw new Refusal(plan.problem)
  const [own] = functions
  if (!own) throw new Refusal(`Slot '${wanted.slotName}' has no functions.`)
  const { starters, addSticky, warnings } = plan
  return { slot: own.slot, functions: own, starters, addSticky, warnings }
}

function isOpen({ starters, addSticky }: Fencing): boolean {
  return addSticky.length > 0 || starters.some(({ state }) => state === 'toFence')
}

type Writing = { readonly app: OpenApp; readonly lock: LockInHand; readonly plan: Fencing }

async function write(deps: Deps, writing: Writing, signal: AbortSignal): Promise<void> {
  if (writing.plan.addSticky.length > 0) await writeNames(deps, writing, signal)
  if (writing.plan.starters.some(({ state }) => state === 'toFence')) await writeSettings(deps, writing, signal)
}

async function writeNames(deps: Deps, { app, lock, plan }: Writing, signal: AbortSignal): Promise<void> {
  const { addSticky, slot } = plan
  const missing = (names: readonly string[]) => addSticky.filter((name) => !isSticky(names, name))
  await writeWhole(
    deps,
    stickyNames(deps, app),
    {
      what: `make ${many(addSticky.length, 'app setting')} of '${app.address.name}' stay with their slot`,
      announcement: `Making the settings that fence slot '${slot}' deployment slot settings, so that no swap takes them along.`,
      merge: ({ names }) => ({ ...names, appSettings: [...names.appSettings, ...missing(names.appSettings)] }),
      isDone: ({ names }) => missing(names.appSettings).length === 0,
      notDone: () => `Function app '${app.address.name}' did not take all deployment slot settings. Run again.`,
      cancelled: cancelled(slot),
      fence: lock.fence,
      settled: lock.settled,
    },
    signal,
  )
}

async function writeSettings(deps: Deps, { app, lock, plan }: Writing, signal: AbortSignal): Promise<void> {
  const { slot } = plan
  const open = plan.starters.filter(({ state }) => state === 'toFence')
  const howMany = many(open.length, 'function')
  await writeWhole(
    deps,
    slotSettings(deps, app, slot),
    {
      what: `fence ${howMany} of slot '${slot}'`,
      announcement: `Disabling ${howMany} of slot '${slot}': '${open.map(({ name }) => name).join("', '")}'; Azure restarts the slot.`,
      merge: ({ settings }) => {
        requireUnmoved(slot, settings, open)
        return fencedSettings(settings, open)
      },
      isDone: ({ settings }) => open.every((starter) => isFenced(settings, starter)),
      notDone: () => `Slot '${slot}' did not take all settings that disable its functions. Run again.`,
      cancelled: cancelled(slot),
      fence: lock.fence,
      settled: lock.settled,
    },
    signal,
  )
}

function requireUnmoved(slot: SlotName, settings: Settings, open: readonly PlannedStarter[]): void {
  const moved = open.find(({ name, setting }) =>
    disablingKeys(settings, name).some((key) => key !== setting || disables(settings[key])),
  )
  if (!moved) return
  throw new Refusal(
    `The setting that says whether function '${moved.name}' of slot '${slot}' is disabled was changed by somebody else since this task ` +
      'looked at it. Run again.',
  )
}

function isFenced(settings: Settings, { name, setting }: PlannedStarter): boolean {
  return (
    settings[setting] === 'true' && journalOf(settings).some(({ functionName }) => sameFunction(functionName, name))
  )
}

function cancelled(slot: SlotName): string {
  return (
    `Cancelled while slot '${slot}' was fenced; whether Azure did it is not known. Run action 'fence' again with the same inputs to ` +
    "end it, or action 'release' to undo it."
  )
}
