import { Refusal } from '../../core/failures.ts'
import { findHub } from '../../core/function-app/slot-hub.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Report } from '../../core/report/report.ts'
import type { RotatePlan, RotateSeen } from '../../core/rotate/plan.ts'
import { planRotation } from '../../core/rotate/plan.ts'
import { packageProblem } from '../../core/rotate/package.ts'
import type { News } from '../../core/service/ports.ts'
import type { Deps } from '../deps.ts'
import { tellHolder } from '../lock/holder.ts'
import { releaseByHand, reportReleased } from '../lock/release.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import { withLock } from '../lock/with-lock.ts'
import type { OpenApp } from '../look-at-app.ts'
import { openApp } from '../look-at-app.ts'
import { tellStateService } from '../tell-state-service.ts'
import { announcedBefore, announcedHub } from './announced.ts'
import { lookForData } from './look-for-data.ts'
import { newsOfRotation } from './news.ts'
import { nothingRotated, reportAlreadyRotated, reportRotated, reportRotation } from './report.ts'
import { proveIdle, rotate } from './rotate.ts'
import type { RotateWanted } from './wanted.ts'

export type RotateDeps = Deps & {
  /** The text of host.json in a zip, a folder or under its own name. Throws `Refusal`. */
  readonly readHostJson: (path: string) => Promise<string>
  /** Told before anything else where this run may hold the deployment lock, so that the end of the job looks for it. */
  readonly mayHoldLock?: () => void
}

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
  const tell = async (news: News) => await tellStateService(wanted, deps, { app: app.address, news: [news] }, signal)
  const announced = announcedHub(wanted, view.hubs)
  if (plan.kind === 'alreadyRotated') {
    const previous = await announcedBefore(wanted, deps, view, signal)
    await tell(newsOfRotation(wanted, plan, { view, previous, run: deps.run }))
    return reportAlreadyRotated(wanted, { announced, previous })
  }
  for (const warning of plan.warnings) deps.log.warn(warning)
  const evidence = wanted.requireIdle ? await proveIdle(wanted, deps, { app, plan }, signal) : undefined
  const news = newsOfRotation(wanted, plan, { view, run: deps.run })
  if (!lock) {
    await tell(news)
    return reportRotation(wanted, { plan, announced }, evidence)
  }
  await rotate(wanted, { ...deps, lock }, { app, plan, evidence }, signal)
  await tell(news)
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
