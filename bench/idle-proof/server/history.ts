import { createdAt, executionId, isEnded, orchestrationName, updatedAt, type Instances } from './instances.ts'
import { edmDate, type Column, type EdmType, type Table, type Value } from './table.ts'

const firstTurn = ['OrchestratorStarted', 'ExecutionStarted', 'TaskScheduled', 'OrchestratorCompleted'] as const
const events = {
  ended: [...firstTurn, 'OrchestratorStarted', 'TaskCompleted', 'ExecutionCompleted', 'OrchestratorCompleted'],
  waiting: [...firstTurn, 'OrchestratorStarted', 'TaskCompleted', 'TaskScheduled', 'OrchestratorCompleted'],
} as const
const perInstance = events.ended.length + 1

/**
 * The History table: of each instance eight events and the sentinel. An ended one ran one activity; one in flight waits for
 * its second. RowKey is the event's number in 16 hexadecimal digits, EventType its name (DT AzureTableTrackingStore.cs:969-970,
 * TableEntityConverter.cs:185), the sentinel tells the ExecutionId that counts (:1403-1412).
 */
export function historyTable(instances: Instances): Table {
  const instanceOf = (row: number) => Math.floor(row / perInstance)
  const eventOf = (row: number) => {
    const ending = isEnded(instances, instanceOf(row)) ? 'ended' : 'waiting'
    return events[ending][row % perInstance]
  }
  const partitionKey = (row: number) => instances.keys[instanceOf(row)] ?? ''
  const rowKey = (row: number) => {
    const event = row % perInstance
    return event === perInstance - 1 ? 'sentinel' : event.toString(16).toUpperCase().padStart(16, '0')
  }
  const at = (row: number) => {
    const instance = instanceOf(row)
    return edmDate(row % perInstance < 4 ? createdAt(instances, instance) : updatedAt(instances, instance))
  }
  const only = (wanted: readonly string[], value: (row: number) => Value) => (row: number) =>
    wanted.includes(eventOf(row) ?? '') ? value(row) : undefined
  const column = (name: string, value: Column['at'], type: EdmType = 'Edm.String'): Column => ({
    name,
    type,
    at: value,
  })
  return {
    name: `${instances.hub}History`,
    size: instances.keys.length * perInstance,
    partitionKey,
    rowKey,
    columns: [
      column('PartitionKey', partitionKey),
      column('RowKey', rowKey),
      column('Timestamp', at, 'Edm.DateTime'),
      column('EventId', (row) => (eventOf(row) === undefined ? undefined : eventIdOf(row)), 'Edm.Int32'),
      column('EventType', eventOf),
      column('ExecutionId', (row) => executionId(instances, instanceOf(row))),
      column('Name', (row) => {
        if (eventOf(row) === 'ExecutionStarted') return orchestrationName(instances, instanceOf(row))
        return eventOf(row) === 'TaskScheduled' ? 'ShipOrder' : undefined
      }),
      column(
        'OrchestrationStatus',
        only(['ExecutionCompleted'], () => 'Completed'),
      ),
      column(
        'Result',
        only(['TaskCompleted', 'ExecutionCompleted'], () => '{"status":"shipped"}'),
      ),
      column(
        'TaskScheduledId',
        only(['TaskCompleted'], () => 0),
        'Edm.Int32',
      ),
      column('_Timestamp', (row) => (eventOf(row) === undefined ? undefined : at(row)), 'Edm.DateTime'),
      column('IsCheckpointComplete', (row) => (eventOf(row) === undefined ? true : undefined), 'Edm.Boolean'),
      column(
        'CheckpointCompletedTimestamp',
        (row) => (eventOf(row) === undefined ? at(row) : undefined),
        'Edm.DateTime',
      ),
    ],
  }
}

/** Scheduled tasks and the end are numbered by the orchestration, in order; other events have -1. */
function eventIdOf(row: number): number {
  const event = row % perInstance
  return event === 2 ? 0 : event === 6 ? 1 : -1
}
