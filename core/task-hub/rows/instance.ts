import { sameHubName, type HubName } from '../name.ts'
import { unescapeKey } from './key-escape.ts'

/** A row of an Instances table (DT OrchestrationInstanceStatus.cs); a column that is missing is not set. */
export type InstanceRow = {
  /** PartitionKey as stored: the key of the instance's History too. */
  readonly key: string
  readonly id: string
  readonly name: string
  readonly version: string
  /** The enum's name as stored; empty where the column is missing. */
  readonly status: string
  readonly createdAt?: Date
  readonly updatedAt?: Date
  /** When a start that was put off is due. */
  readonly scheduledAt?: Date
  /** Read of completed instances only. */
  readonly completedAt?: Date
  readonly executionId?: string
  readonly customStatus?: string
  readonly taskHubName?: string
  /** The table's own Timestamp as its server wrote it, to the tick: it tells that a row was written, not when work was done. */
  readonly writtenAt?: string
}

export type Progress = 'running' | 'pending' | 'suspended' | 'ended' | 'unclear'

export const endedStatuses = ['Completed', 'Failed', 'Terminated', 'Canceled'] as const

export const instanceColumns = [
  'PartitionKey',
  'Name',
  'Version',
  'RuntimeStatus',
  'CreatedTime',
  'LastUpdatedTime',
  'ExecutionId',
  'CustomStatus',
  'TaskHubName',
  'ScheduledStartTime',
  'Timestamp',
] as const

/** What tells how long an instance took. */
export const durationColumns = [
  'PartitionKey',
  'Name',
  'CreatedTime',
  'LastUpdatedTime',
  'CompletedTime',
  'ScheduledStartTime',
  'TaskHubName',
] as const

const progressOf: ReadonlyMap<string, Progress> = new Map([
  ['Running', 'running'],
  ['ContinuedAsNew', 'running'],
  ['Pending', 'pending'],
  ['Suspended', 'suspended'],
  ...endedStatuses.map((status) => [status, 'ended'] as const),
])

/**
 * How far an instance is, by its RuntimeStatus. A missing one is what a purge under a running instance leaves behind, and
 * an unknown one may be new: both are in flight, as `unclear`.
 */
export function progress(row: Pick<InstanceRow, 'status'>): Progress {
  return progressOf.get(row.status) ?? 'unclear'
}

/**
 * Whether an id is one that a sub-orchestration has unless its code chose another. Told by its form, not by the parent's row:
 * that holds the latest execution id alone, which changes whenever the parent continues as new. Two forms are known:
 *
 * 1. the parent's execution id, a colon and the number of the action (DT Core/TaskOrchestrationContext.cs,
 *    CreateSubOrchestrationInstanceCore);
 * 2. of .NET isolated a GUID of version 5 without dashes (durabletask-dotnet TaskOrchestrationContextWrapper.cs,
 *    CallSubOrchestratorAsync and NewGuid), where a client's start has one of version 4.
 */
export function isSubOrchestrationId(id: string): boolean {
  return /^[0-9a-f]{32}:[0-9a-f]+$/i.test(id) || /^[0-9a-f]{12}5[0-9a-f]{3}[89ab][0-9a-f]{15}$/i.test(id)
}

/** Whether a row of a shared tracking store is this hub's. */
export function isOfHub({ taskHubName }: InstanceRow, hub: HubName): boolean {
  return taskHubName !== undefined && sameHubName(taskHubName, hub)
}

/** Reads a row by the names of its columns, or answers undefined where it has no key: then it is no row at all. */
export function readInstanceRow(columns: Readonly<Record<string, unknown>>): InstanceRow | undefined {
  const key = columns['PartitionKey']
  if (typeof key !== 'string') return undefined
  return {
    key,
    id: unescapeKey(key),
    name: text(columns['Name']) ?? '',
    version: text(columns['Version']) ?? '',
    status: text(columns['RuntimeStatus']) ?? '',
    ...optional('createdAt', date(columns['CreatedTime'])),
    ...optional('updatedAt', date(columns['LastUpdatedTime'])),
    ...optional('scheduledAt', date(columns['ScheduledStartTime'])),
    ...optional('completedAt', date(columns['CompletedTime'])),
    ...optional('executionId', text(columns['ExecutionId'])),
    ...optional('customStatus', text(columns['CustomStatus'])),
    ...optional('taskHubName', text(columns['TaskHubName'])),
    ...optional('writtenAt', text(columns['Timestamp'])),
  }
}

/** A column that holds a date, as a Date or as ISO text; anything else is not set. */
export function date(value: unknown): Date | undefined {
  const read = value instanceof Date ? value : typeof value === 'string' ? new Date(value) : undefined
  return read && !Number.isNaN(read.getTime()) ? read : undefined
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>)
}
