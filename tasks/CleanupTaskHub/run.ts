import { asClause, AzureFailure, Cancelled, Refusal } from '../../core/failures.ts'
import { findHub } from '../../core/function-app/slot-hub.ts'
import { requireSlot } from '../../core/function-app/slot-rules.ts'
import type { ReadableStorage } from '../../core/function-app/storage-reference.ts'
import type { AppView } from '../../core/function-app/view.ts'
import type { Log } from '../../core/ports.ts'
import type { Report } from '../../core/report/report.ts'
import type { RecordPlace } from '../../core/record/change-record.ts'
import { unguarded } from '../../core/record/fence.ts'
import { keepRecord } from '../../core/record/keep.ts'
import type { Fate, Guarded, HubFacts, RetireRules } from '../../core/retire/plan.ts'
import { fateOf, guardOf, sparedByKeepLast } from '../../core/retire/plan.ts'
import { recordAbsent, recordDeleted } from '../../core/retire/record.ts'
import type { News } from '../../core/service/ports.ts'
import type { Hub } from '../../core/task-hub/hub.ts'
import type { Deps } from '../deps.ts'
import type { OpenApp } from '../look-at-app.ts'
import { openApp } from '../look-at-app.ts'
import { heldByThisRun, tellHolder } from '../lock/holder.ts'
import type { LockInHand } from '../lock/with-lock.ts'
import { unplanned, withLock } from '../lock/with-lock.ts'
import { quietProof } from '../require-idle.ts'
import { tellStateService } from '../tell-state-service.ts'
import { findCandidates } from './candidates.ts'
import { deleteHub } from './delete-hub.ts'
import type { Candidate } from './facts.ts'
import { gatherFacts } from './facts.ts'
import type { HubOutcome } from './report.ts'
import { reportCleanup } from './report.ts'
import type { CleanupWanted } from './wanted.ts'

/** `fate` is set where it was decided for all hubs at once, and stands whatever a later look shows. */
type Seen = { readonly candidate: Candidate; readonly facts: HubFacts | string; readonly fate?: Guarded }

type Plan = { readonly view: AppView; readonly seen: readonly Seen[] }

type DepsWithLock = Deps & { readonly lock: LockInHand }

/** Deletes retired task hubs, each only after all its guards were read again. */
export async function cleanupTaskHub(wanted: CleanupWanted, given: Deps, signal: AbortSignal): Promise<Report> {
  const deps = { ...given, log: warningOnce(given.log) }
  const app = await openApp(deps, wanted, signal)
  const plan = await decide(wanted, deps, app, signal)
  const actedOn = { view: plan.view, slots: [], accounts: accountsIn(wanted, plan) }
  if (wanted.dryRun && wanted.lock.take) await tellHolder(deps, actedOn, signal)
  const hasWork = plan.seen.some((each) => mayBeDeleted(wanted, deps, each))
  // All that a task of this run left undone when it died may be that it still holds the lock.
  const held = async () => await heldByThisRun(deps, { ...actedOn, wanted: wanted.lock }, signal)
  if (wanted.dryRun || !(hasWork || (await held()))) {
    const lock = { fence: unplanned, guard: unguarded, settled: () => undefined, clock: deps.clock }
    return await cleanUp(wanted, { ...deps, lock }, { app, plan }, signal)
  }
  const cleanUpWithLock = async (lock: LockInHand) => {
    // Taking the lock may have taken time, and other hubs may be the newest by now.
    const now = await decide(wanted, deps, app, signal)
    refuseOtherAccounts(actedOn.accounts, accountsIn(wanted, now))
    return await cleanUp(wanted, { ...deps, clock: lock.clock, lock }, { app, plan: now }, signal)
  }
  return await withLock(deps, { ...actedOn, wanted: wanted.lock, givesBack: 'new' }, cleanUpWithLock, signal)
}

async function decide(wanted: CleanupWanted, deps: Deps, app: OpenApp, signal: AbortSignal): Promise<Plan> {
  const view = await app.look(signal)
  const slot = requireSlot(view.picture, wanted.slotName)
  if ('problem' in slot) throw new Refusal(`${slot.problem} Nothing was changed.`)
  const seen: Seen[] = []
  for (const candidate of await findCandidates(wanted, deps, view, signal)) {
    const facts = await orMessage(async () => await gatherFacts(deps, view.picture, candidate, signal))
    seen.push({ candidate, facts })
  }
  return { view, seen: withKeepLast(wanted, deps, seen) }
}

/**
 * With keepLast the order of all hubs decides, and it is told once. One that could not be ranked then, because it could not
 * be read or was held back, may be the newest: it is not deleted, though it may be readable and idle when its turn comes.
 */
function withKeepLast(wanted: CleanupWanted, deps: Deps, seen: readonly Seen[]): readonly Seen[] {
  if (wanted.keepLast === 0) return seen
  const read = seen.flatMap(({ facts }) => (typeof facts === 'string' ? [] : [facts]))
  const spared = sparedByKeepLast(read, wanted.keepLast, rules(wanted, deps))
  const kept: Guarded = { kind: 'kept', reason: `it is one of the ${wanted.keepLast} newest, which keepLast spares` }
  return seen.map((each): Seen => {
    if (typeof each.facts === 'string') {
      const reason = `it may be one of the ${wanted.keepLast} newest, which keepLast spares, because ${each.facts}`
      return { ...each, fate: { kind: 'held', reason } }
    }
    if (spared.has(each.facts)) return { ...each, fate: kept }
    const guarded = guardOf(each.facts, rules(wanted, deps))
    return guarded?.kind === 'held' ? { ...each, fate: guarded } : each
  })
}

/** What could not be read now may be readable when its turn comes. */
function mayBeDeleted(wanted: CleanupWanted, deps: Deps, { facts, fate }: Seen): boolean {
  return fate === undefined && (typeof facts === 'string' || guardOf(facts, rules(wanted, deps)) === undefined)
}

function accountsIn(wanted: CleanupWanted, { view, seen }: Plan): readonly ReadableStorage[] {
  const own = findHub(view.hubs, wanted.slotName)?.storage
  const all = seen.map(({ candidate }) => candidate.storage)
  return own?.kind === 'known' ? [own.reference, ...all] : all
}

/** The lock was taken in the accounts of the plan before: in another one it keeps nobody out. */
function refuseOtherAccounts(locked: readonly ReadableStorage[], now: readonly ReadableStorage[]): void {
  const other = now.find(({ account }) => !locked.some((each) => each.account.id === account.id))
  if (!other) return
  throw new Refusal(
    `The settings of the slots have changed while the deployment lock was taken: they name storage account '${other.account.name}' now. ` +
      'Nothing was changed. Run again.',
  )
}

async function cleanUp(
  wanted: CleanupWanted,
  deps: DepsWithLock,
  { app, plan }: { readonly app: OpenApp; readonly plan: Plan },
  signal: AbortSignal,
): Promise<Report> {
  const deleted: Hub[] = []
  const outcomes: HubOutcome[] = []
  try {
    for (const [index, { candidate, fate: decided }] of plan.seen.entries()) {
      deps.log.progress(Math.round((100 * index) / plan.seen.length), `Task hub '${candidate.hub.name}'`)
      const act = async () => await retire(wanted, deps, { app, candidate, deleted }, signal)
      const fate = decided ?? (await orMessage(async () => await naming(deleted, act)))
      // What was done to the hubs before this one must be told, whatever becomes of it.
      outcomes.push({ hub: candidate.hub, fate: typeof fate === 'string' ? { kind: 'held', reason: fate } : fate })
    }
  } finally {
    const gone = wanted.dryRun ? outcomes.flatMap(({ hub, fate }) => (fate.kind === 'delete' ? [hub] : [])) : deleted
    await tellStateService(wanted, deps, { app: app.address, news: gone.map(newsOfDeletion) }, signal)
  }
  return reportCleanup(wanted, outcomes)
}

function newsOfDeletion({ account, name }: Hub): News {
  return { kind: 'cleanup', taskHub: { account: account.name, name } }
}

/** The guards of a hub are read several times over, and say the same each time. */
function warningOnce(log: Log): Log {
  const said = new Set<string>()
  return {
    info: (text) => log.info(text),
    progress: (percent, text) => log.progress(percent, text),
    warn: (text) => {
      if (!said.has(text)) log.warn(text)
      said.add(text)
    },
  }
}

function rules(wanted: CleanupWanted, { clock }: Deps): RetireRules {
  return { now: clock.now(), minimumAgeMs: wanted.minimumAgeMs }
}

/** Guards read now, then the proof that the hub is idle, then the guards once more right before the first delete. */
async function retire(
  wanted: CleanupWanted,
  deps: DepsWithLock,
  { app, candidate, deleted }: { readonly app: OpenApp; readonly candidate: Candidate; readonly deleted: Hub[] },
  signal: AbortSignal,
): Promise<Fate> {
  const look = async (): Promise<HubFacts> =>
    await gatherFacts(deps, (await app.look(signal)).picture, candidate, signal)
  const guarded = guardOf(await look(), rules(wanted, deps))
  if (guarded?.kind === 'absent' && !wanted.dryRun) await keepAbsence(deps, app, candidate, signal)
  if (guarded) return guarded

  const { hub, taskHubs } = candidate
  const evidence = await quietProof(
    { ...deps, hub: hub.name },
    async (now, ask) => await taskHubs.look(hub.name, wanted.policy, now, ask),
    signal,
  )
  const facts = await look()
  const fate = fateOf(facts, evidence, rules(wanted, deps))
  if (fate.kind !== 'delete' || wanted.dryRun) return fate

  const left = await deleteHub({ ...deps, ...deps.lock }, candidate, facts.parts, signal)
  if (left !== undefined) return { kind: 'held', reason: left }
  deleted.push(hub)
  await keepDeletion(deps, app, { candidate, evidence: evidence.because }, signal)
  return fate
}

/** A cancel, or a lock that was lost, tells which hubs are gone already, because no report comes. */
async function naming<T>(deleted: readonly Hub[], act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Cancelled || error instanceof Refusal) || deleted.length === 0) throw error
    // With more than its own words a cancel is no longer told how to go on by whoever catches it.
    const goOn = ' Run the task again with the same inputs: it deletes what is left.'
    const said = `${error.message}${error.message === new Cancelled().message ? goOn : ''}`
    const message = `${said} Deleted before that: '${deleted.map(({ name }) => name).join("', '")}'.`
    throw error instanceof Cancelled ? new Cancelled(message) : new Refusal(message, { cause: error })
  }
}

/** What Azure or storage would not tell or do holds back one hub, and is told with it, as the clause a reason is. */
async function orMessage<T>(act: () => Promise<T>): Promise<T | string> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    return asClause(error.message)
  }
}

async function keepAbsence(deps: DepsWithLock, app: OpenApp, candidate: Candidate, signal: AbortSignal): Promise<void> {
  const absence = { hub: candidate.hub, at: deps.clock.now().toISOString() }
  await keepRecord(deps, recordOf(deps, app, candidate), (record) => recordAbsent(record, absence), signal)
}

async function keepDeletion(
  deps: DepsWithLock,
  app: OpenApp,
  { candidate, evidence }: { readonly candidate: Candidate; readonly evidence: string },
  signal: AbortSignal,
): Promise<void> {
  const deletion = { hub: candidate.hub, at: deps.clock.now().toISOString(), by: deps.run, evidence }
  await keepRecord(deps, recordOf(deps, app, candidate), (record) => recordDeleted(record, deletion), signal)
}

function recordOf({ azure }: Deps, app: OpenApp, { storage }: Candidate): RecordPlace {
  return { store: azure.records(storage), account: storage.account.name, app: app.address.name }
}
