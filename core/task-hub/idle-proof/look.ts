// One look at a hub through its storage: the order in which things are read, and what follows from it.
import { asClause, AzureFailure } from '../../failures.ts'
import { withAccount } from '../account/with-account.ts'
import type { Ask, Evidence, LookQuestion } from './evidence.ts'
import type { IdlePolicy } from './policy.ts'
import type { HubReader, QueueLook } from './hub-reader.ts'
import { judgeHub, unknownEvidence, type HubLook } from './idle.ts'
import { explainHidden } from './leftover-timers.ts'
import { recheck } from './recheck.ts'
import { silentWatch } from './scan-watch.ts'
import { surveyRows } from './survey.ts'
import { mostExamples, newTally } from './tally.ts'

/** How far before a look its changes begin: more than the clocks of a table's servers may differ. */
const changesBeforeMs = 120_000

/**
 * One look. Rows are read before queues: work goes from a row that is unfinished to a message that is there before that row
 * ends (DT AzureStorageOrchestrationService.cs:1219-1282), so that what the rows no longer show, the queues do. A failure is
 * evidence of nothing: `unknown`. Only a cancel is thrown.
 */
export async function lookAtHub(
  reader: HubReader,
  question: LookQuestion,
  ask: Ask,
  signal: AbortSignal,
): Promise<Evidence> {
  try {
    const before = ask.before?.memory
    if (ask.before && before) {
      const busy = await recheck(reader, question, { ...ask.before, memory: before }, { account: ask.account, signal })
      if (busy) return busy
    }
    return await lookInFull(reader, question, ask, signal)
  } catch (error) {
    if (error instanceof AzureFailure) return unknownEvidence(question.hub, 'storage', asClause(error.message))
    throw error
  }
}

async function lookInFull(
  reader: HubReader,
  { hub, policy }: LookQuestion,
  ask: Ask,
  signal: AbortSignal,
): Promise<Evidence> {
  const start = reader.requests()
  const names = await reader.queues.names(signal)
  const since = ask.since ?? new Date(reader.now().getTime() - changesBeforeMs)
  const watch = ask.watch ?? silentWatch
  const { foundWork } = ask
  const survey = await surveyRows(reader, { hub: hub.name, policy, since, watch, foundWork }, signal)
  const queues = await reader.queues.look(names, signal)
  const look: HubLook = {
    hub,
    provisioned:
      names.length > 0 || (survey !== undefined && !reader.instances.shared) || (await reader.isThere(signal)),
    instances: survey ? 'read' : names.length > 0 ? 'lost' : 'absent',
    tally: survey?.tally ?? newTally(),
    queues,
    cut: survey?.cut === true,
  }
  const explained = hinges(look, policy)
    ? await unexplainedWhereDenied(queues, () => explainHidden(reader, { hub, policy }, queues, signal))
    : queues
  const judged = judgeHub({ ...look, queues: explained }, policy)
  const known = survey?.known ?? []
  const requests = reader.requests() - start
  const memory = survey && { known, requests, ...(survey.cut ? {} : { changes: survey.changes }) }
  const evidence = memory ? { ...judged, memory } : judged
  if (!ask.account || evidence.verdict !== 'busy') return evidence
  const found = { hub: hub.name, evidence, tally: look.tally, queues: explained, known }
  return await withAccount(reader, found, { memory: ask.account, mostHistories: mostExamples }, signal)
}

/**
 * Messages are there, so where what would explain them may not be read the hub is busy: `unknown` would let a weaker
 * source, which sees no queue, speak in its place.
 */
async function unexplainedWhereDenied(
  queues: readonly QueueLook[],
  explain: () => Promise<readonly QueueLook[]>,
): Promise<readonly QueueLook[]> {
  try {
    return await explain()
  } catch (error) {
    if (error instanceof AzureFailure && error.kind === 'denied') return queues
    throw error
  }
}

/** Whether the verdict depends on what History says of hidden messages: a walk through all of it, not made for nothing. */
function hinges(look: HubLook, policy: IdlePolicy): boolean {
  if (!look.queues.some(({ kind, messages, visible }) => kind === 'control' && messages > 0 && visible === 0))
    return false
  const explained = look.queues.map((queue) => ({ ...queue, leftoverTimers: queue.messages }))
  return judgeHub({ ...look, queues: explained }, policy).verdict === 'idle'
}
