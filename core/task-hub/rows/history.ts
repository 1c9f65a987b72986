import { date, text, type InstanceRow } from './instance.ts'

/** The rows of one instance's History that say whether it ended and which timers it left behind. */
export type HistoryRow = {
  readonly rowKey: string
  readonly executionId?: string
  readonly eventType?: string
  readonly eventId?: number
  readonly timerId?: number
  readonly fireAt?: Date
  /** Of an answer: the EventId of what it answers. */
  readonly taskScheduledId?: number
  /** Of an activity, a sub-orchestration or an event. */
  readonly name?: string
  /** Of an event that was sent: to whom. */
  readonly instanceId?: string
  /** Of an OrchestratorCompleted: true only of the first one of an execution that came of a continue-as-new. */
  readonly isPlayed?: boolean
  /** Of the sentinel: false while a checkpoint of several batches is under way. */
  readonly checkpointComplete?: boolean
}

export const historyColumns = [
  'PartitionKey',
  'RowKey',
  'ExecutionId',
  'EventType',
  'EventId',
  'TimerId',
  'FireAt',
  'IsCheckpointComplete',
] as const

/** What an instance asks for and gets (DT DurableTask.Core/History). */
export const outstandingEvents = [
  'TaskScheduled',
  'TaskCompleted',
  'TaskFailed',
  'SubOrchestrationInstanceCreated',
  'SubOrchestrationInstanceCompleted',
  'SubOrchestrationInstanceFailed',
  'TimerCreated',
  'TimerFired',
  'EventSent',
] as const

export const outstandingColumns = [...historyColumns, 'TaskScheduledId', 'Name', 'InstanceId', 'IsPlayed'] as const

export const sentinelRowKey = 'sentinel'

/** An end of the instance. A ContinueAsNew event is none: the same instance goes on with a new ExecutionId. */
export const endEvents = ['ExecutionCompleted', 'ExecutionTerminated'] as const

/** Reads a row by the names of its columns, or answers undefined where it has no RowKey. */
export function readHistoryRow(columns: Readonly<Record<string, unknown>>): HistoryRow | undefined {
  const rowKey = text(columns['RowKey'])
  if (rowKey === undefined) return undefined
  const executionId = text(columns['ExecutionId'])
  const eventType = text(columns['EventType'])
  const eventId = columns['EventId']
  const timerId = columns['TimerId']
  const fireAt = date(columns['FireAt'])
  const taskScheduledId = columns['TaskScheduledId']
  const name = text(columns['Name'])
  const instanceId = text(columns['InstanceId'])
  const played = columns['IsPlayed']
  const complete = columns['IsCheckpointComplete']
  return {
    rowKey,
    ...(executionId === undefined ? {} : { executionId }),
    ...(eventType === undefined ? {} : { eventType }),
    ...(typeof eventId === 'number' ? { eventId } : {}),
    ...(typeof timerId === 'number' ? { timerId } : {}),
    ...(fireAt === undefined ? {} : { fireAt }),
    ...(typeof taskScheduledId === 'number' ? { taskScheduledId } : {}),
    ...(name === undefined ? {} : { name }),
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(typeof played === 'boolean' ? { isPlayed: played } : {}),
    ...(typeof complete === 'boolean' ? { checkpointComplete: complete } : {}),
  }
}

/**
 * Whether History proves that the instance of this row ended:
 * 1. the row names its ExecutionId;
 * 2. the sentinel has the same one (rows of other executions are remains, DT AzureTableTrackingStore.cs:151-202);
 * 3. the sentinel's checkpoint is not half written;
 * 4. that execution holds an end event.
 */
export function hasEnded(row: InstanceRow, history: readonly HistoryRow[]): boolean {
  const own = currentEvents(row, history)
  return own?.some(({ eventType }) => isOneOf(endEvents, eventType)) === true
}

/**
 * How many messages an ended instance left in its control queue: timers of its last execution that are due after `moment`
 * and have not fired. A cancelled timer's message is never removed, it stays invisible until it is due. 0 for an instance
 * that has not ended. `moment` is by the storage server's time.
 */
export function leftoverTimers(row: InstanceRow, history: readonly HistoryRow[], moment: Date): number {
  return hasEnded(row, history) ? timersAfter(row, history, moment) : 0
}

/** How many timers of its present execution the instance has set that are due after `moment` and have not fired. */
export function timersAfter(row: InstanceRow, history: readonly HistoryRow[], moment: Date): number {
  const own = currentEvents(row, history) ?? []
  const fired = new Set(own.filter(({ eventType }) => eventType === 'TimerFired').map(({ timerId }) => timerId))
  const waiting = own.filter(
    ({ eventType, eventId, fireAt }) =>
      eventType === 'TimerCreated' &&
      eventId !== undefined &&
      fireAt !== undefined &&
      fireAt > moment &&
      !fired.has(eventId),
  )
  return new Set(waiting.map(({ eventId }) => eventId)).size
}

/** The events of the row's execution, or undefined where it is not the one that the sentinel vouches for. */
function currentEvents(row: InstanceRow, history: readonly HistoryRow[]): readonly HistoryRow[] | undefined {
  const { executionId } = row
  if (executionId === undefined || executionId === '') return undefined
  const sentinel = history.find(({ rowKey }) => rowKey === sentinelRowKey)
  if (sentinel?.executionId !== executionId || sentinel.checkpointComplete === false) return undefined
  return history.filter((event) => event.executionId === executionId)
}

function isOneOf(list: readonly string[], value: string | undefined): boolean {
  return value !== undefined && list.includes(value)
}
