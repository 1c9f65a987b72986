/** History events, in the shape in which the library puts them into messages and rows (DT Core/History). */

/** In the order of the library's enum: messages carry the number, rows the name (DT Core/History/EventType.cs). */
export const eventTypes = [
  'ExecutionStarted',
  'ExecutionCompleted',
  'ExecutionFailed',
  'ExecutionTerminated',
  'TaskScheduled',
  'TaskCompleted',
  'TaskFailed',
  'SubOrchestrationInstanceCreated',
  'SubOrchestrationInstanceCompleted',
  'SubOrchestrationInstanceFailed',
  'TimerCreated',
  'TimerFired',
  'OrchestratorStarted',
  'OrchestratorCompleted',
  'EventSent',
  'EventRaised',
  'ContinueAsNew',
  'GenericEvent',
  'HistoryState',
  'ExecutionSuspended',
  'ExecutionResumed',
  'ExecutionRewound',
] as const

export type EventType = (typeof eventTypes)[number]

export type RuntimeStatus =
  'Running' | 'Completed' | 'ContinuedAsNew' | 'Failed' | 'Canceled' | 'Terminated' | 'Pending' | 'Suspended'

export const runtimeStatuses: readonly RuntimeStatus[] = [
  'Running',
  'Completed',
  'ContinuedAsNew',
  'Failed',
  'Canceled',
  'Terminated',
  'Pending',
  'Suspended',
]

const terminal = new Set<string>(['Completed', 'Failed', 'Terminated', 'Canceled'])

export function isTerminal(status: string | undefined): boolean {
  return status !== undefined && terminal.has(status)
}

export type InstanceRef = { InstanceId: string; ExecutionId: string | null }

export type ParentInstance = {
  Name: string
  OrchestrationInstance: InstanceRef
  TaskScheduleId: number
  Version: string
}

/** One event; which of the optional fields are there follows from `EventType`. Payloads are JSON texts. */
export type HistoryEvent = {
  readonly EventType: EventType
  readonly EventId: number
  readonly Timestamp: Date
  readonly Name?: string
  readonly Version?: string
  readonly Input?: string | undefined
  readonly Result?: string | undefined
  readonly Reason?: string | undefined
  readonly Details?: string | undefined
  readonly InstanceId?: string
  readonly FireAt?: Date
  readonly TimerId?: number
  readonly TaskScheduledId?: number
  readonly OrchestrationStatus?: RuntimeStatus
  readonly OrchestrationInstance?: InstanceRef
  readonly ParentInstance?: ParentInstance | undefined
  readonly ScheduledStartTime?: Date | undefined
  readonly Generation?: number
  /** Not set: as is usual for the type. */
  readonly IsPlayed?: boolean
}

/** A new event of this moment; `EventId` -1 is the library's for events that answer no numbered action. */
export function event(type: EventType, fields: Partial<HistoryEvent> = {}): HistoryEvent {
  return { EventId: -1, Timestamp: new Date(), ...fields, EventType: type }
}

export function newExecutionId(): string {
  return crypto.randomUUID().replaceAll('-', '')
}
