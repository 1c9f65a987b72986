import { setTimeout as delay } from 'node:timers/promises'
import type { App } from './app.ts'
import { carryOut } from './carry-out.ts'
import { event, isTerminal, newExecutionId } from './events.ts'
import type { HistoryEvent, ParentInstance } from './events.ts'
import { appendHistory, readHistory } from './history.ts'
import type { History } from './history.ts'
import { readInstance, writeCheckpoint, writeEnd } from './instances.ts'
import type { HubMessage } from './message.ts'
import { resultOf } from './payload.ts'
import { sendActivity, sendToInstance } from './queues.ts'
import type { Hub } from './queues.ts'
import { replay } from './replay.ts'
import type { Outcome } from './replay.ts'

/** `later`: the messages cannot be worked on yet and go back to their queue. */
export type EpisodeResult = 'done' | 'later'

export type EpisodeInput = {
  readonly hub: Hub
  readonly app: App
  readonly instanceId: string
  readonly messages: readonly HubMessage[]
  /** Histories as this worker left them, so that they need not be read again; a stale one fails its commit (412) and is forgotten. */
  readonly known: Map<string, History>
  /** Told of each message that goes back to its queue, while the rest is worked on. */
  readonly onPutOff: (message: HubMessage) => void
}

const mostKnown = 10_000

/** One checkpoint in the making. */
type Execution = {
  readonly executionId: string
  readonly etag: string | undefined
  committed: readonly HistoryEvent[]
  fresh: HistoryEvent[]
}

/**
 * Works off the messages of one orchestration: replays its code over History and what is new, then commits in the library's
 * order: outbound messages, History, Instances row (DT AzureStorageOrchestrationService.cs:1219-1282). The caller deletes the
 * messages afterwards. Throws what storage throws; status 409 or 412 means that another worker was faster.
 */
export async function runEpisode(input: EpisodeInput): Promise<EpisodeResult> {
  const { hub, instanceId, messages, known } = input
  const history = known.get(instanceId) ?? (await readHistory(hub, instanceId))
  known.delete(instanceId)
  const hasEnded = history.events.some((each) => each.EventType === 'ExecutionCompleted')
  const start = messages.find(
    ({ event, target }) => event.EventType === 'ExecutionStarted' && target.ExecutionId !== history.executionId,
  )
  if (start && (hasEnded || history.events.length === 0)) return startExecution(input, history, start)
  if (history.events.length === 0) return withoutHistory(input)
  if (hasEnded) return repairRow(hub, instanceId, history)
  const inOrder = messages.filter((message) => !isOutOfOrder(message, history))
  for (const message of messages) if (!inOrder.includes(message)) input.onPutOff(message)
  const fresh = freshEvents(inOrder, history)
  if (fresh.length === 0) return 'done'
  const execution = { executionId: history.executionId ?? '', etag: history.etag, committed: history.events, fresh }
  return commit(input, execution)
}

async function startExecution(input: EpisodeInput, history: History, start: HubMessage): Promise<EpisodeResult> {
  const executionId = start.target.ExecutionId ?? newExecutionId()
  if (!start.event.ParentInstance) {
    const row = await pendingRow(input.hub, input.instanceId, executionId)
    if (row === 'missing') return 'later'
    if (row === 'superseded') return 'done'
  }
  const asked = { ...history, executionId, events: [] }
  const others: HubMessage[] = []
  for (const message of input.messages) {
    if (message === start || !belongs(message, executionId)) continue
    if (isOutOfOrder(message, asked)) input.onPutOff(message)
    else others.push(message)
  }
  const fresh = [event('OrchestratorStarted'), start.event, ...others.map((message) => message.event)]
  return commit(input, { executionId, etag: history.etag, committed: [], fresh })
}

/**
 * A client writes the row right after the message, so a missing one is waited for a moment. A start whose row is of another
 * execution was overtaken (DT OrchestrationSessionManager.cs:236-356).
 */
async function pendingRow(
  hub: Hub,
  instanceId: string,
  executionId: string,
): Promise<'there' | 'missing' | 'superseded'> {
  for (let attempt = 0; attempt < 10; attempt++) {
    const row = await readInstance(hub, instanceId)
    if (row) {
      const isOwn = row.ExecutionId === undefined || row.ExecutionId === executionId
      if (isOwn) return 'there'
      if (!isTerminal(row.RuntimeStatus)) return 'superseded'
    }
    await delay(20 + attempt * 10)
  }
  return 'missing'
}

/** A terminate ends what never started; anything else waits for the start (DT AzureStorageOrchestrationService.cs:1072). */
async function withoutHistory({ hub, instanceId, messages }: EpisodeInput): Promise<EpisodeResult> {
  const terminate = messages.find(({ event }) => event.EventType === 'ExecutionTerminated')
  if (!terminate) return 'later'
  if (await readInstance(hub, instanceId)) await writeEnd(hub, instanceId, 'Terminated', terminate.event.Input)
  return 'done'
}

/** A row left Running by a crash heals when another message comes (DT AzureStorageOrchestrationService.cs:1103). */
async function repairRow(hub: Hub, instanceId: string, history: History): Promise<EpisodeResult> {
  const row = await readInstance(hub, instanceId)
  const end = history.events.find((each) => each.EventType === 'ExecutionCompleted')
  if (row && end?.OrchestrationStatus && !isTerminal(row.RuntimeStatus) && row.ExecutionId === history.executionId) {
    await writeEnd(hub, instanceId, end.OrchestrationStatus, end.Result)
  }
  return 'done'
}

/**
 * An answer to what History does not hold yet: a worker that was killed had sent the question, and not committed. It goes back,
 * for the worker that goes on asks again (DT Messaging/OrchestrationSession.cs:143, IsOutOfOrderMessage).
 */
function isOutOfOrder(message: HubMessage, history: History): boolean {
  const { TaskScheduledId, TimerId } = message.event
  const asked = message.event.EventType === 'TimerFired' ? TimerId : TaskScheduledId
  if (asked === undefined || !belongs(message, history.executionId ?? '')) return false
  return !history.events.some(({ EventId }) => EventId === asked)
}

function belongs(message: HubMessage, executionId: string): boolean {
  return message.target.ExecutionId === null || message.target.ExecutionId === executionId
}

/** Messages may come twice: what History already holds an answer to is dropped. */
function freshEvents(messages: readonly HubMessage[], history: History): HistoryEvent[] {
  const answered = new Set(history.events.map(answerOf).filter((answer) => answer !== undefined))
  const fresh: HistoryEvent[] = []
  for (const message of messages) {
    const answer = answerOf(message.event)
    if (!belongs(message, history.executionId ?? '') || message.event.EventType === 'ExecutionStarted') continue
    if (answer !== undefined && answered.has(answer)) continue
    if (answer !== undefined) answered.add(answer)
    fresh.push(message.event)
  }
  return fresh.length === 0 ? [] : [event('OrchestratorStarted'), ...fresh]
}

function answerOf(event: HistoryEvent): string | undefined {
  if (event.EventType === 'TimerFired') return `timer ${event.TimerId ?? -1}`
  return event.TaskScheduledId === undefined ? undefined : `task ${event.TaskScheduledId}`
}

async function commit(input: EpisodeInput, first: Execution): Promise<EpisodeResult> {
  const { hub, app, instanceId } = input
  const outbound: { readonly kind: 'control' | 'activity'; readonly message: HubMessage }[] = []
  let execution = first
  let outcome: Outcome
  for (;;) {
    const started = [...execution.committed, ...execution.fresh].find((each) => each.EventType === 'ExecutionStarted')
    const orchestrator = app.orchestrators[started?.Name ?? '']
    const events = [...execution.committed, ...execution.fresh]
    const committed = execution.committed.length
    outcome = replay({ instanceId, executionId: execution.executionId, orchestrator, events, committed })
    const sender = { InstanceId: instanceId, ExecutionId: execution.executionId }
    const episode = events.filter((each) => each.EventType === 'OrchestratorStarted').length
    for (const decision of outcome.decisions) {
      const { recorded, message, kind } = carryOut(decision, sender, started, app)
      execution.fresh.push(recorded)
      outbound.push({ kind, message: { ...message, sender, episode } })
    }
    if (outcome.end?.kind !== 'continuedAsNew') {
      if (outcome.end) execution.fresh.push(endEvent(outcome.end, nextActionOf(execution)))
      const answer = outcome.end && answerToParent(outcome.end, started?.ParentInstance)
      if (answer) outbound.push({ kind: 'control', message: { ...answer, sender, episode } })
      break
    }
    execution = nextExecution(execution, instanceId, started, outcome.end)
  }
  // The library marks the first one after a continue-as-new as played, and no other (test/dtfx/recordings).
  execution.fresh.push(event('OrchestratorCompleted', execution === first ? {} : { IsPlayed: true }))
  for (const { kind, message } of outbound) await (kind === 'control' ? sendToInstance : sendActivity)(hub, message)
  const instance = { instanceId, executionId: execution.executionId, etag: execution.etag }
  const etag = await appendHistory(hub, instance, execution.committed.length, execution.fresh)
  await writeCheckpoint(hub, { ...instance, customStatus: outcome.customStatus }, execution.fresh)
  if (!outcome.end && input.known.size < mostKnown) {
    const events = [...execution.committed, ...execution.fresh]
    input.known.set(instanceId, { executionId: execution.executionId, events, etag })
  }
  return 'done'
}

/** The end is numbered as one more action of the code (test/dtfx/recordings). */
function nextActionOf({ committed, fresh }: Execution): number {
  return [...committed, ...fresh].filter(({ EventId }) => EventId >= 0).length
}

type End = Exclude<Outcome['end'], undefined>

/** Continue-as-new goes on under a new execution id, with the events nobody had read, over the rows of the old one. */
function nextExecution(
  old: Execution,
  instanceId: string,
  started: HistoryEvent | undefined,
  end: Extract<End, { kind: 'continuedAsNew' }>,
): Execution {
  const executionId = newExecutionId()
  const { Generation: _, ...kept } = started ?? {}
  const restarted: HistoryEvent = {
    ...event('ExecutionStarted', kept),
    Timestamp: new Date(),
    EventType: 'ExecutionStarted',
    OrchestrationInstance: { InstanceId: instanceId, ExecutionId: executionId },
    Input: JSON.stringify(end.input ?? null),
  }
  const fresh = [event('OrchestratorStarted'), restarted, ...end.unread]
  return { executionId, etag: old.etag, committed: [], fresh }
}

function endEvent(end: Exclude<End, { kind: 'continuedAsNew' }>, id: number): HistoryEvent {
  const fields = { EventId: id }
  switch (end.kind) {
    case 'completed':
      return event('ExecutionCompleted', {
        ...fields,
        OrchestrationStatus: 'Completed',
        Result: resultOf(end.output),
      })
    case 'failed':
      return event('ExecutionCompleted', { ...fields, OrchestrationStatus: 'Failed', Result: end.message })
    case 'terminated':
      return event('ExecutionCompleted', { ...fields, OrchestrationStatus: 'Terminated', Result: end.reason })
  }
}

function answerToParent(end: End, parent: ParentInstance | undefined): HubMessage | undefined {
  if (!parent || end.kind === 'continuedAsNew') return undefined
  const TaskScheduledId = parent.TaskScheduleId
  const answer =
    end.kind === 'completed'
      ? event('SubOrchestrationInstanceCompleted', { TaskScheduledId, Result: resultOf(end.output) })
      : event('SubOrchestrationInstanceFailed', {
          TaskScheduledId,
          Reason: end.kind === 'failed' ? end.message : `Terminated: ${end.reason ?? ''}`,
        })
  return { event: answer, target: parent.OrchestrationInstance }
}
