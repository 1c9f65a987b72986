import { asClause, AzureFailure, Cancelled, Refusal } from '../../core/failures.ts'
import { requireSlot } from '../../core/function-app/slot-rules.ts'
import type { Log } from '../../core/ports.ts'
import type { Report } from '../../core/report/report.ts'
import { withoutLock } from '../../core/record/fence.ts'
import { keepRecord } from '../../core/record/keep.ts'
import type { Fate, HubFacts, RetireRules } from '../../core/retire/plan.ts'
import { fateOf, guardOf, sparedByKeepLast } from '../../core/retire/plan.ts'
import { recordAbsent, recordDeleted } from '../../core/retire/record.ts'
import type { Deps } from '../deps.ts'
import type { OpenApp } from '../look-at-app.ts'
import { openApp } from '../look-at-app.ts'
import { quietProof } from '../require-idle.ts'
import { findCandidates } from './candidates.ts'
import { deleteHub } from './delete-hub.ts'
import type { Candidate } from './facts.ts'
import { gatherFacts } from './facts.ts'
import type { HubOutcome } from './report.ts'
import { reportCleanup } from './report.ts'
import type { CleanupWanted } from './wanted.ts'

type Seen = { readonly candidate: Candidate; readonly facts: HubFacts | string }

/** Deletes retired task hubs, each only after all its guards were read again. */
export async function cleanupTaskHub(wanted: CleanupWanted, given: Deps, signal: AbortSignal): Promise<Report> {
  const deps = { ...given, log: warningOnce(given.log) }
  const app = await openApp(deps, wanted, signal)
  const view = await app.look(signal)
  const slot = requireSlot(view.picture, wanted.slotName)
  if ('problem' in slot) throw new Refusal(`${slot.problem} Nothing was changed.`)
  const candidates = await findCandidates(wanted, deps, view, signal)

  const seen: Seen[] = []
  for (const candidate of candidates) {
    const facts = await orMessage(async () => await gatherFacts(deps, view.picture, candidate, signal))
    seen.push({ candidate, facts })
  }
  const read = seen.flatMap(({ facts }) => (typeof facts === 'string' ? [] : [facts]))
  const spared = sparedByKeepLast(read, wanted.keepLast, rules(wanted, deps))

  const deleted: string[] = []
  const outcomes: HubOutcome[] = []
  for (const [index, { candidate, facts }] of seen.entries()) {
    deps.log.progress(Math.round((100 * index) / seen.length), `Task hub '${candidate.hub.name}'`)
    const kept: Fate = { kind: 'kept', reason: `it is one of the ${wanted.keepLast} newest, which keepLast spares` }
    const isSpared = typeof facts !== 'string' && spared.has(facts)
    const act = async () => await retire(wanted, deps, { app, candidate, deleted }, signal)
    const fate = isSpared ? kept : await orMessage(async () => await naming(deleted, act))
    // What was done to the hubs before this one must be told, whatever becomes of it.
    outcomes.push({ hub: candidate.hub, fate: typeof fate === 'string' ? { kind: 'held', reason: fate } : fate })
  }
  return reportCleanup(wanted, outcomes)
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
  deps: Deps,
  { app, candidate, deleted }: { readonly app: OpenApp; readonly candidate: Candidate; readonly deleted: string[] },
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

  const left = await deleteHub({ ...deps, fence: withoutLock }, candidate, facts.parts, signal)
  if (left !== undefined) return { kind: 'held', reason: left }
  deleted.push(hub.name)
  await keepDeletion(deps, app, { candidate, evidence: evidence.because }, signal)
  return fate
}

/** A cancel tells which hubs are gone already, because no report comes. */
async function naming<T>(deleted: readonly string[], act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Cancelled) || deleted.length === 0) throw error
    throw new Cancelled(`${error.message} Deleted before that: '${deleted.join("', '")}'.`)
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

async function keepAbsence(
  { azure, clock, log }: Deps,
  app: OpenApp,
  { hub, storage }: Candidate,
  signal: AbortSignal,
): Promise<void> {
  const keeper = { store: azure.records(storage), log }
  const at = clock.now().toISOString()
  await keepRecord(keeper, app.address.name, (record) => recordAbsent(record, { hub, at }), signal)
}

async function keepDeletion(
  { azure, clock, log, run }: Deps,
  app: OpenApp,
  { candidate, evidence }: { readonly candidate: Candidate; readonly evidence: string },
  signal: AbortSignal,
): Promise<void> {
  const deletion = { hub: candidate.hub, at: clock.now().toISOString(), by: run, evidence }
  const store = azure.records(candidate.storage)
  await keepRecord({ store, log }, app.address.name, (record) => recordDeleted(record, deletion), signal)
}
