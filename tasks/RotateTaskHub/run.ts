import { AzureFailure, Cancelled, Refusal } from '../../core/failures.ts'
import type { SlotHub } from '../../core/function-app/slot-hub.ts'
import { findHub, hubOf } from '../../core/function-app/slot-hub.ts'
import type { AppView } from '../../core/function-app/view.ts'
import { keepRecord, readRecord } from '../../core/record/keep.ts'
import { findRecorded } from '../../core/record/record.ts'
import type { Report } from '../../core/report/report.ts'
import type { RotatePlan, RotateSeen } from '../../core/rotate/plan.ts'
import { planRotation } from '../../core/rotate/plan.ts'
import { packageProblem } from '../../core/rotate/package.ts'
import { recordRotated, recordRotating } from '../../core/rotate/record.ts'
import { acceptsUnknown, takenByData, takenByWorker, whereToLook } from '../../core/rotate/taken.ts'
import type { Evidence } from '../../core/task-hub/idle-proof/evidence.ts'
import { strictPolicy } from '../../core/task-hub/idle-proof/policy.ts'
import { sameHub } from '../../core/task-hub/hub.ts'
import type { Deps } from '../deps.ts'
import { tellHolder } from '../lock/holder.ts'
import { releaseByHand, reportReleased } from '../lock/release.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import { withLock } from '../lock/with-lock.ts'
import type { OpenApp } from '../look-at-app.ts'
import { openApp } from '../look-at-app.ts'
import { hubsOf, ownHubOf, throughApp, throughStorage } from '../look-at-hub.ts'
import { requireIdleNow } from '../require-idle.ts'
import {
  announcedHub,
  nothingRotated,
  previousInWords,
  reportAlreadyRotated,
  reportRotated,
  reportRotation,
} from './report.ts'
import type { RotateWanted } from './wanted.ts'
import { writeHubSetting } from './write.ts'

export type RotateDeps = Deps & {
  /** The text of host.json in a zip, a folder or under its own name. Throws `Refusal`. */
  readonly readHostJson: (path: string) => Promise<string>
  /** Told before anything else where this run may hold the deployment lock, so that the end of the job looks for it. */
  readonly mayHoldLock?: () => void
}

type Rotation = Extract<RotatePlan, { kind: 'rotate' }>

/** Gives a slot a fresh task hub, once the one it has is proven idle. */
export async function rotateTaskHub(wanted: RotateWanted, deps: RotateDeps, signal: AbortSignal): Promise<Report> {
  // At the very start: an earlier attempt of this run may have kept the lock, whatever becomes of this one.
  if (wanted.lock.take && wanted.lock.release === undefined && !wanted.dryRun) deps.mayHoldLock?.()
  if (wanted.lock.release === undefined) await checkPackage(wanted, deps)
  const app = await openApp(deps, wanted, signal)
  const view = await app.look(signal)
  const slots = [wanted.slotName]
  if (wanted.lock.release !== undefined) {
    return reportReleased(await releaseByHand(deps, { view, slots, ...wanted.lock }, signal), nothingRotated)
  }
  const first = await decide(wanted, deps, view, signal)
  if (wanted.dryRun) {
    if (wanted.lock.take) await tellHolder(deps, { view, slots }, signal)
    return await act(wanted, deps, { app, view, plan: first }, signal)
  }
  const locking = { wanted: wanted.lock, view, slots, givesBack: 'own' } as const
  const rotateWithLock = async (lock: LockInHand) => {
    // Taking the lock may have taken time, and the slot may have moved meanwhile.
    const now = await app.look(signal)
    const plan = await decide(wanted, deps, now, signal)
    return await act(wanted, { ...deps, clock: lock.clock, lock }, { app, view: now, plan }, signal)
  }
  return await withLock(deps, locking, rotateWithLock, signal)
}

type Accepted = Exclude<RotatePlan, { kind: 'refuse' }>

async function decide(wanted: RotateWanted, deps: Deps, view: AppView, signal: AbortSignal): Promise<Accepted> {
  const plan = planRotation(await look(wanted, deps, view, signal), { slot: wanted.slotName, taskHub: wanted.taskHub })
  if (plan.kind === 'refuse') throw new Refusal(`${plan.problem} Nothing was changed.`)
  return plan
}

/** Without a lock: only tells what would be done. */
async function act(
  wanted: RotateWanted,
  deps: Deps & { readonly lock?: LockInHand },
  { app, view, plan }: { readonly app: OpenApp; readonly view: AppView; readonly plan: Accepted },
  signal: AbortSignal,
): Promise<Report> {
  const { lock } = deps
  const announced = announcedHub(wanted, view.hubs)
  if (plan.kind === 'alreadyRotated') {
    return reportAlreadyRotated(wanted, { announced, previous: await announcedBefore(wanted, deps, view, signal) })
  }
  for (const warning of plan.warnings) deps.log.warn(warning)
  const evidence = wanted.requireIdle ? await proveIdle(wanted, deps, { app, plan }, signal) : undefined
  if (!lock) return reportRotation(wanted, { plan, announced }, evidence)
  await rotate(wanted, { ...deps, lock }, { app, plan, evidence }, signal)
  return reportRotated(wanted, { plan, announced }, evidence)
}

async function checkPackage(wanted: RotateWanted, deps: RotateDeps): Promise<void> {
  if (wanted.package === undefined) return
  const problem = packageProblem(await deps.readHostJson(wanted.package), wanted)
  if (problem !== undefined) throw new Refusal(`${problem} Nothing was changed.`)
}

async function look(wanted: RotateWanted, deps: Deps, view: AppView, signal: AbortSignal): Promise<RotateSeen> {
  return { ...view, wantedHub: await lookForData(wanted, deps, findHub(view.hubs, wanted.slotName), signal) }
}

/** Whether the wanted name is taken in storage. */
async function lookForData(
  wanted: RotateWanted,
  { azure }: Deps,
  own: SlotHub | undefined,
  signal: AbortSignal,
): Promise<RotateSeen['wantedHub']> {
  const where = whereToLook(own, wanted.taskHub, wanted.evidence)
  if (where.kind === 'refuse') throw new Refusal(`${where.problem} Nothing was changed.`)
  if (where.kind === 'unknown') return 'unknown'
  try {
    const hubs = hubsOf(azure, where.slotHub, where.storage)
    const data = takenByData(await hubs.parts(wanted.taskHub, signal))
    return data === 'noData' ? takenByWorker(await hubs.liveLeases(wanted.taskHub, signal)) : data
  } catch (error) {
    if (error instanceof AzureFailure && acceptsUnknown(wanted.evidence)) return 'unknown'
    throw error
  }
}

/**
 * The hub that an earlier run of this rotation announced, from the record; a hint, so a record that fails is no failure. A
 * run that died right after the change has not yet entered that this hub has retired: that is made good.
 */
async function announcedBefore(
  wanted: RotateWanted,
  deps: Deps & { readonly lock?: LockInHand },
  view: AppView,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { azure, clock, log, run } = deps
  const own = findHub(view.hubs, wanted.slotName)
  const hub = own && hubOf(own)
  if (!hub || own.storage.kind !== 'known') return undefined
  const app = view.picture.app.name
  const store = azure.records(own.storage.reference)
  try {
    const record = await readRecord(store, app, signal)
    const previous = record && findRecorded(record, hub)?.previous
    if (!previous) return undefined
    const now = {
      hub,
      previous,
      at: clock.now().toISOString(),
      by: run,
      evidence: 'an earlier run changed the setting',
    }
    const inUse = view.hubs.map(hubOf).some((each) => each && sameHub(each, previous))
    if (!wanted.dryRun && !inUse && findRecorded(record, previous)?.retiredAt === undefined) {
      const place = { store, account: own.storage.reference.account.name, app }
      await keepRecord(deps, place, (latest) => recordRotated(latest, now), signal)
    }
    return previousInWords(previous, hub)
  } catch (error) {
    if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
    log.warn(`Which task hub the slot had before is not known. ${error.message}`)
    return undefined
  }
}

async function proveIdle(
  wanted: RotateWanted,
  deps: Deps,
  { app, plan }: { readonly app: OpenApp; readonly plan: Rotation },
  signal: AbortSignal,
): Promise<Evidence | undefined> {
  if (plan.from.name.kind !== 'set') return undefined
  const question = { app: app.address, slot: plan.slot, hub: ownHubOf(plan.from), policy: strictPolicy }
  return await requireIdleNow(
    deps,
    {
      look: wanted.evidence === 'storage' ? throughStorage(deps.azure, question) : throughApp(deps.azure, question),
      where: `slot '${plan.slot.name}'`,
      remedy:
        'Nothing was changed. Run CheckNoRunningOrchestrations before this task; it waits until the work is done.',
    },
    signal,
  )
}

/** The record first, so that a run that dies here still knows the previous hub; then the setting; then the record again. */
async function rotate(
  wanted: RotateWanted,
  deps: Deps & { readonly lock: LockInHand },
  { app, plan, evidence }: { readonly app: OpenApp; readonly plan: Rotation; readonly evidence: Evidence | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { from } = plan
  const previous = hubOf(from)
  const rotation = {
    at: deps.clock.now().toISOString(),
    by: deps.run,
    evidence: evidence ? `${evidence.source}: ${evidence.because}` : 'none required',
    ...(previous ? { previous } : {}),
  }
  const storage = from.storage.kind === 'known' ? from.storage.reference : undefined
  const place = storage && {
    store: deps.azure.records(storage),
    account: storage.account.name,
    app: app.address.name,
  }
  const hub = storage && { account: storage.account, name: wanted.taskHub }
  if (!place) deps.log.warn('No deployment record is kept, because the storage account cannot be told.')

  if (place && hub) {
    await keepRecord(deps, place, (record) => recordRotating(record, { ...rotation, hub }), signal)
  }
  const change = { slot: plan.slot.name, from, to: wanted.taskHub, fence: deps.lock.fence, settled: deps.lock.settled }
  await writeHubSetting(deps, app, change, signal)
  if (!place || !hub) return
  try {
    await keepRecord(deps, place, (record) => recordRotated(record, { ...rotation, hub }), signal)
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    throw new Cancelled(
      `Cancelled after slot '${plan.slot.name}' was given task hub '${wanted.taskHub}'. Run the task again with the same inputs: ` +
        'it announces the hub and enters in the deployment record what is missing there.',
    )
  }
}
