import type { TransactionAction } from '@azure/data-tables'
import type { EventType, HistoryEvent } from './events.ts'
import { escapeKey, quoted } from './names.ts'
import { getLarge, putLarge } from './queues.ts'
import type { Hub } from './queues.ts'
import { statusOf } from './storage.ts'

/** The current execution of an instance as its History holds it. */
export type History = {
  readonly executionId: string | undefined
  readonly events: readonly HistoryEvent[]
  /** The sentinel's; undefined where there is none, that is for a new instance. */
  readonly etag: string | undefined
}

const sentinel = 'sentinel'
/** A transaction takes 100 rows, one of them the sentinel. */
const batchSize = 99
/** Characters; a table property holds 64 KB of UTF-16, the library stops at 60 KB (DT AzureTableTrackingStore.cs:52). */
const longestText = 30 * 1024
const payloads = ['Input', 'Result', 'Reason', 'Details'] as const
/** Columns of events that nothing here has a use for, as library 2.9.1 writes them (test/dtfx/recordings). */
const unused: Readonly<Partial<Record<EventType, Readonly<Record<string, unknown>>>>> = {
  ExecutionStarted: { GenerateNewTrace: false, ParentInstance: 'null', ParentTraceContext: 'null', Tags: 'null' },
  ExecutionCompleted: { FailureDetails: 'null' },
  TaskScheduled: { ParentTraceContext: 'null', Tags: 'null' },
  SubOrchestrationInstanceCreated: { Tags: 'null' },
}
/** Their input is in the message alone (DT AzureTableTrackingStore.cs, the same recordings). */
const withoutInput = new Set<EventType>(['TaskScheduled', 'SubOrchestrationInstanceCreated'])
/** What comes as a message was played by the time it is written; what the code asked for was not. */
const played = new Set<EventType>([
  'ExecutionStarted',
  'ExecutionTerminated',
  'ExecutionSuspended',
  'ExecutionResumed',
  'TaskCompleted',
  'TaskFailed',
  'SubOrchestrationInstanceCompleted',
  'SubOrchestrationInstanceFailed',
  'TimerFired',
  'EventRaised',
])
const rowOnly = new Set(['ExecutionId', 'IsPlayed', 'GenerateNewTrace', 'ParentTraceContext', 'Tags', 'FailureDetails'])
const nested = ['OrchestrationInstance', 'ParentInstance'] as const

/** Reads the rows of the execution that the sentinel names; rows of earlier executions are ignored. */
export async function readHistory(hub: Hub, instanceId: string): Promise<History> {
  const table = hub.storage.table(hub.names.history)
  // Azurite scans the whole table for a query, and most instances are asked for before they have a row.
  const isThere = await table.getEntity(escapeKey(instanceId), sentinel, { queryOptions: { select: ['RowKey'] } }).then(
    () => true,
    (error: unknown) => {
      if (statusOf(error) === 404) return false
      throw error
    },
  )
  if (!isThere) return { executionId: undefined, events: [], etag: undefined }
  const filter = `PartitionKey eq ${quoted(escapeKey(instanceId))}`
  const rows: Record<string, unknown>[] = []
  for await (const row of table.listEntities({ queryOptions: { filter } })) rows.push(row)
  const mark = rows.find((row) => row['rowKey'] === sentinel)
  const executionId = (mark ?? rows[0])?.['ExecutionId'] as string | undefined
  const own = rows.filter((row) => row !== mark && row['ExecutionId'] === executionId)
  own.sort((left, right) => (String(left['rowKey']) < String(right['rowKey']) ? -1 : 1))
  return {
    executionId,
    events: await Promise.all(own.map((row) => eventOf(hub, row))),
    etag: mark?.['etag'] as string | undefined,
  }
}

async function eventOf(hub: Hub, row: Record<string, unknown>): Promise<HistoryEvent> {
  const fields: Record<string, unknown> = { Timestamp: row['_Timestamp'] }
  for (const [name, value] of Object.entries(row)) {
    // What the row adds to the event's own fields stays behind.
    if (/^[A-Z]/.test(name) && !rowOnly.has(name) && !name.endsWith('BlobName')) fields[name] = value
  }
  for (const name of nested) if (typeof fields[name] === 'string') fields[name] = JSON.parse(fields[name]) ?? undefined
  for (const name of payloads) {
    const blob = row[`${name}BlobName`]
    if (typeof blob === 'string') fields[name] = await getLarge(hub, blob)
  }
  return fields as unknown as HistoryEvent
}

/**
 * Commits events from sequence number `from` on, and the sentinel with them; answers the sentinel's new etag. Throws a RestError of status 409 or 412 where
 * another worker got there first (DT AzureTableTrackingStore.UploadHistoryBatch).
 */
export async function appendHistory(
  hub: Hub,
  instance: { instanceId: string; executionId: string; etag: string | undefined },
  from: number,
  events: readonly HistoryEvent[],
): Promise<string | undefined> {
  const table = hub.storage.table(hub.names.history)
  const partitionKey = escapeKey(instance.instanceId)
  let etag = instance.etag
  for (let start = 0; start < events.length; start += batchSize) {
    const chunk = events.slice(start, start + batchSize)
    const rows = await Promise.all(
      chunk.map((event, index) => historyRow(hub, { ...instance, partitionKey }, from + start + index, event)),
    )
    const isLast = start + batchSize >= events.length
    const mark = {
      partitionKey,
      rowKey: sentinel,
      ExecutionId: instance.executionId,
      IsCheckpointComplete: isLast,
      ...(isLast ? { CheckpointCompletedTimestamp: new Date() } : {}),
    }
    const actions: TransactionAction[] = rows.map((row) => ['upsert', row, 'Replace'])
    actions.push(etag === undefined ? ['create', mark] : ['update', mark, 'Merge', { etag }])
    const result = await table.submitTransaction(actions)
    etag = result.subResponses.at(-1)?.etag ?? (await table.getEntity(partitionKey, sentinel)).etag
  }
  return etag
}

/** One row: enum members by name, the event's time as `_Timestamp`, objects as JSON (DT TableEntityConverter.cs). */
export async function historyRow(
  hub: Hub,
  instance: { partitionKey: string; executionId: string },
  sequenceNumber: number,
  event: HistoryEvent,
): Promise<{ partitionKey: string; rowKey: string } & Record<string, unknown>> {
  const rowKey = sequenceNumber.toString(16).toUpperCase().padStart(16, '0')
  const { Timestamp, IsPlayed = played.has(event.EventType), ...rest } = event
  const own = Object.entries(rest).filter(
    ([name, value]) => value !== undefined && !(name === 'Input' && withoutInput.has(event.EventType)),
  )
  const row: Record<string, unknown> = { ...unused[event.EventType], ...Object.fromEntries(own) }
  Object.assign(row, { _Timestamp: Timestamp, IsPlayed, ExecutionId: instance.executionId })
  for (const name of nested) if (typeof row[name] === 'object') row[name] = JSON.stringify(row[name])
  for (const name of payloads) {
    const text = row[name]
    if (typeof text !== 'string' || text.length <= longestText) continue
    const blob = `${instance.partitionKey}/history-${rowKey}-${event.EventType}-${randomSuffix()}-${name}.json.gz`
    await putLarge(hub, blob, text)
    Object.assign(row, { [name]: '', [`${name}BlobName`]: blob })
  }
  return { ...row, partitionKey: instance.partitionKey, rowKey }
}

function randomSuffix(): string {
  return crypto.randomUUID().slice(0, 8).toUpperCase()
}

/** Removes all rows of an instance. */
export async function deleteHistory(hub: Hub, instanceId: string): Promise<void> {
  const table = hub.storage.table(hub.names.history)
  const partitionKey = escapeKey(instanceId)
  const select = ['PartitionKey', 'RowKey']
  const queryOptions = { filter: `PartitionKey eq ${quoted(partitionKey)}`, select }
  for await (const row of table.listEntities({ queryOptions })) await table.deleteEntity(partitionKey, row.rowKey ?? '')
}
