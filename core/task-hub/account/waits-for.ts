import { fieldsOf, parseJson } from '../../json.ts'
import { isEntity } from '../rows/entity.ts'
import { sentinelRowKey, type HistoryRow } from '../rows/history.ts'
import { progress, type InstanceRow } from '../rows/instance.ts'

/** One thing that an unfinished instance waits for. Names are as they stand in storage: not yet fit to print. */
export type Wait =
  /** Queued or executing. */
  | { readonly on: 'activity' | 'subOrchestration'; readonly name: string }
  | { readonly on: 'timer' | 'scheduledStart'; readonly until: Date }
  | { readonly on: 'entityReply'; readonly name: string }
  | { readonly on: 'operations'; readonly count: number }
  | { readonly on: 'lock'; readonly name: string }
  | { readonly on: 'event' | 'firstRun' | 'resume' | 'lostStart' | 'notKnown' }

/**
 * What an instance waits for, by its row and its History (undefined: not read), in this order:
 * 1. an entity: its operations, and who has locked it;
 * 2. a suspended one: to be resumed;
 * 3. a pending one: its time, or its first run; its lost start where there is neither History nor, by `queuesEmpty`, a
 *    message in any control queue;
 * 4. else what its last execution has asked for without an answer yet. A sub-orchestration that was started without waiting
 *    for it never answers (DT TaskOrchestrationContext.cs: fire and forget), so it comes last; a timer that was cancelled
 *    still looks as if it were waited for, because History does not record that;
 * 5. nothing is left to answer: an external event, or the reply of the entity it has sent something to.
 */
export function waitsFor(
  row: InstanceRow,
  history: readonly HistoryRow[] | undefined,
  queuesEmpty: boolean,
): readonly Wait[] {
  if (isEntity(row)) return entityWaits(row)
  const step = progress(row)
  if (step === 'suspended') return [{ on: 'resume' }]
  if (step === 'pending') {
    if (queuesEmpty && history?.length === 0) return [{ on: 'lostStart' }]
    return [row.scheduledAt ? { on: 'scheduledStart', until: row.scheduledAt } : { on: 'firstRun' }]
  }
  const own = history && ofLastExecution(row, history)
  if (!own) return [{ on: 'notKnown' }]
  const waits = unanswered(own)
  if (waits.length > 0) return waits
  const sent = own.findLast(({ eventType, instanceId }) => eventType === 'EventSent' && instanceId?.startsWith('@'))
  return [sent?.instanceId === undefined ? { on: 'event' } : { on: 'entityReply', name: sent.instanceId }]
}

/**
 * Whether History shows that the instance has continued as new before: it may be one that never ends. The library stores no
 * ContinueAsNew event; what tells is that the first OrchestratorCompleted of such an execution is marked as played (seen in
 * every recording of test/dtfx, versions 1.6 to 2.9).
 */
export function hasContinued(row: InstanceRow, history: readonly HistoryRow[] | undefined): boolean {
  const isMark = ({ eventType, isPlayed }: HistoryRow) => eventType === 'OrchestratorCompleted' && isPlayed === true
  return row.status === 'ContinuedAsNew' || history?.some(isMark) === true
}

/** Undefined where the History is of another execution than the row, or has no sentinel: then it does not tell. */
function ofLastExecution(row: InstanceRow, history: readonly HistoryRow[]): readonly HistoryRow[] | undefined {
  const execution = history.find(({ rowKey }) => rowKey === sentinelRowKey)?.executionId
  if (execution === undefined || (row.executionId !== undefined && row.executionId !== execution)) return undefined
  return history.filter(({ executionId }) => executionId === execution)
}

const answers: ReadonlyMap<string, 'task' | 'sub' | 'timer'> = new Map([
  ['TaskCompleted', 'task'],
  ['TaskFailed', 'task'],
  ['SubOrchestrationInstanceCompleted', 'sub'],
  ['SubOrchestrationInstanceFailed', 'sub'],
  ['TimerFired', 'timer'],
])

function unanswered(events: readonly HistoryRow[]): readonly Wait[] {
  const answered = new Set<string>()
  for (const { eventType = '', taskScheduledId, timerId } of events) {
    const kind = answers.get(eventType)
    const id = kind === 'timer' ? timerId : taskScheduledId
    if (kind && id !== undefined) answered.add(`${kind} ${id}`)
  }
  const waits: { activities: Wait[]; timers: Wait[]; subs: Wait[] } = { activities: [], timers: [], subs: [] }
  for (const { eventType, eventId, name = '', fireAt } of events) {
    const open = (kind: string) => eventId !== undefined && !answered.has(`${kind} ${eventId}`)
    if (eventType === 'TaskScheduled' && open('task')) waits.activities.push({ on: 'activity', name })
    if (eventType === 'TimerCreated' && fireAt && open('timer')) waits.timers.push({ on: 'timer', until: fireAt })
    if (eventType === 'SubOrchestrationInstanceCreated' && open('sub'))
      waits.subs.push({ on: 'subOrchestration', name })
  }
  return [...waits.activities, ...waits.timers, ...waits.subs]
}

/** By the CustomStatus of the entity (DT StateFormat/EntityStatus.cs). */
function entityWaits({ customStatus }: InstanceRow): readonly Wait[] {
  const fields = fieldsOf(parseJson(customStatus ?? ''))
  const count = fields?.get('queuesize')
  const lockedBy = fields?.get('lockedby')
  const waits: Wait[] = []
  if (typeof count === 'number' && count > 0) waits.push({ on: 'operations', count })
  if (typeof lockedBy === 'string' && lockedBy !== '') waits.push({ on: 'lock', name: lockedBy })
  return waits.length > 0 ? waits : [{ on: 'notKnown' }]
}
