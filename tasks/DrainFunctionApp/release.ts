import { journalOf } from '../../core/drain/names.ts'
import { seeEnabled } from '../../core/drain/observe.ts'
import type { ReleasePlan } from '../../core/drain/plan-release.ts'
import { planRelease, releasedSettings } from '../../core/drain/plan-release.ts'
import { Refusal } from '../../core/failures.ts'
import type { AppPicture, SlotName } from '../../core/function-app/picture.ts'
import { findSlot } from '../../core/function-app/picture.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Report } from '../../core/report/report.ts'
import type { Deps } from '../deps.ts'
import { tellHolder } from '../lock/holder.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import { withLock } from '../lock/with-lock.ts'
import type { OpenApp } from '../look-at-app.ts'
import { openApp } from '../look-at-app.ts'
import { slotSettings } from '../slot-settings.ts'
import { writeWhole } from '../write-whole.ts'
import { nothingChanged, refusingWith, requireCalmSlot } from './look.ts'
import { watchHost } from './observe.ts'
import { reportNothingFenced, reportReleased, reportReleasedUnseen, reportReleasePlan } from './report-release.ts'
import { stickyNames } from './sticky-names.ts'
import type { DrainWanted } from './wanted.ts'

export type Releasing = Extract<ReleasePlan, { kind: 'release' }> & { readonly slot: SlotName }

const mostPasses = 3

/**
 * Takes back what `fence` set in a slot, and nothing else: first the settings, then the names that stay with their slot, and
 * waits until the host says that the functions are enabled. What a run that died left undone is undone too.
 */
export async function release(wanted: DrainWanted, deps: Deps, signal: AbortSignal): Promise<Report> {
  const app = await openApp(deps, wanted, signal)
  const view = await app.look(signal)
  const plan = await refusingWith(nothingChanged, async () => await Promise.resolve(decide(wanted, view)))
  for (const warning of plan.warnings) deps.log.warn(warning)
  const slots = [plan.slot]
  if (wanted.dryRun) {
    if (wanted.lock.take) await tellHolder(deps, { view, slots }, signal)
    return reportReleasePlan(plan)
  }
  const locking = { wanted: wanted.lock, view, slots, givesBack: 'new' } as const
  return await withLock(deps, locking, (lock) => releaseWithLock(wanted, deps, { app, lock }, signal), signal)
}

async function releaseWithLock(
  wanted: DrainWanted,
  given: Deps,
  { app, lock }: { readonly app: OpenApp; readonly lock: LockInHand },
  signal: AbortSignal,
): Promise<Report> {
  const deps = { ...given, clock: lock.clock }
  const view = await app.look(signal)
  const first = await refusingWith(nothingChanged, async () => await Promise.resolve(decide(wanted, view)))
  const writing = { app, lock, slot: first.slot }
  let writtenAt: Date | undefined
  let plan = first
  for (let pass = 1; plan.functions.length > 0 || plan.removeSticky.length > 0; pass++) {
    if (pass > mostPasses) {
      throw new Refusal(
        `What release writes into the settings of slot '${plan.slot}' is undone again and again by something else. Find it, then run again.`,
      )
    }
    if (plan.functions.length > 0) {
      writtenAt = deps.clock.now()
      await writeSettings(deps, writing, signal)
    }
    await writeNames(deps, writing, signal)
    plan = decide(wanted, await app.look(signal))
  }
  const names = first.functions.filter(({ state }) => state === 'toRelease').map(({ name }) => name)
  if (names.length === 0 || !writtenAt) return reportNothingFenced(first)
  if (requireCalmSlot(wanted, view).isStopped) {
    return reportReleasedUnseen(first)
  }
  const changedAt = writtenAt.getTime()
  const { last } = await watchHost(
    deps,
    {
      app,
      slot: first.slot,
      timeoutMs: wanted.timeoutMs,
      pollMs: wanted.pollMs,
      goal: 'the released functions are seen enabled',
      judge: (seen) => seeEnabled(names, seen, deps.clock.now().getTime() - changedAt),
    },
    signal,
  )
  return reportReleased(wanted, first, last)
}

function decide(wanted: DrainWanted, view: AppView): Releasing {
  requireCalmSlot(wanted, view)
  const plan = planRelease(view.picture, wanted.slotName)
  if (plan.kind === 'refuse') throw new Refusal(plan.problem)
  return { ...plan, slot: findSlot(view.picture, wanted.slotName)?.name ?? wanted.slotName }
}

type Writing = { readonly app: OpenApp; readonly lock: LockInHand; readonly slot: SlotName }

async function writeSettings(deps: Deps, { app, lock, slot }: Writing, signal: AbortSignal): Promise<void> {
  await writeWhole(
    deps,
    slotSettings(deps, app, slot),
    {
      what: `release the fenced functions of slot '${slot}'`,
      announcement: `Taking back what fences the functions of slot '${slot}'; Azure restarts the slot.`,
      // Planned anew from what is there now, so that nobody else's change is lost.
      merge: ({ settings }) => {
        const plan = planRelease(withSlotOnly(slot, settings), slot)
        if (plan.kind === 'refuse') throw new Refusal(plan.problem)
        return releasedSettings(settings, plan.functions)
      },
      isDone: ({ settings }) => journalOf(settings).length === 0,
      notDone: () => `Slot '${slot}' still has settings that fence its functions. Run again.`,
      cancelled: cancelled(slot),
      fence: lock.fence,
      settled: lock.settled,
    },
    signal,
  )
}

async function writeNames(deps: Deps, { app, lock, slot }: Writing, signal: AbortSignal): Promise<void> {
  const open = ({ picture }: { readonly picture: AppPicture }) => {
    const plan = planRelease(picture, slot)
    return plan.kind === 'refuse' ? [] : plan.removeSticky
  }
  const names = stickyNames(deps, app)
  if (open(await names.read(signal)).length === 0) return
  await writeWhole(
    deps,
    names,
    {
      what: `take back which app settings of '${app.address.name}' stay with their slot`,
      announcement: `Taking back which settings of '${app.address.name}' are deployment slot settings for the fence.`,
      merge: (seen) => {
        const gone = new Set(open(seen))
        return { ...seen.names, appSettings: seen.names.appSettings.filter((name) => !gone.has(name)) }
      },
      isDone: (seen) => open(seen).length === 0,
      notDone: () => `Function app '${app.address.name}' still has deployment slot settings of the fence. Run again.`,
      cancelled: cancelled(slot),
      fence: lock.fence,
      settled: lock.settled,
    },
    signal,
  )
}

/** An app with one slot, for what is planned of its settings alone. */
function withSlotOnly(slot: SlotName, values: Readonly<Record<string, string>>): AppPicture {
  return {
    app: { name: '', resourceGroup: '' },
    kind: '',
    stickySettings: [],
    slots: [{ name: slot, hostName: '', state: '', settings: { kind: 'read', values } }],
  }
}

function cancelled(slot: SlotName): string {
  return (
    `Cancelled while the fence of slot '${slot}' was taken back; whether Azure did it is not known. Run action 'release' again with ` +
    'the same inputs: it does what is still missing.'
  )
}
