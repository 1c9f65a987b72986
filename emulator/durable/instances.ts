import type { HistoryEvent, RuntimeStatus } from './events.ts'
import { escapeKey, unescapeKey } from './names.ts'
import { largeUrl, putLarge } from './queues.ts'
import type { Hub } from './queues.ts'
import { statusOf } from './storage.ts'

/** A row of the Instances table, as it is read. Every column may be missing. */
export type InstanceRow = {
  readonly instanceId: string
  readonly etag: string
  readonly ExecutionId?: string
  readonly Name?: string
  readonly Version?: string
  readonly Input?: string
  readonly Output?: string
  readonly CustomStatus?: string
  readonly CreatedTime?: Date
  readonly LastUpdatedTime?: Date
  readonly CompletedTime?: Date
  readonly RuntimeStatus?: string
  readonly ScheduledStartTime?: Date
  readonly Generation?: number
  readonly Tags?: string
  readonly TaskHubName?: string
}

const longestText = 30 * 1024

export function instanceRowOf(entity: Record<string, unknown>): InstanceRow {
  return { ...entity, instanceId: unescapeKey(String(entity['partitionKey'])) } as unknown as InstanceRow
}

export async function readInstance(hub: Hub, instanceId: string): Promise<InstanceRow | undefined> {
  try {
    return instanceRowOf(await hub.storage.table(hub.names.instances).getEntity(escapeKey(instanceId), ''))
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}

/**
 * The Pending row of a client start, written after the message (DT AzureTableTrackingStore.SetNewExecutionAsync). `etag` is
 * that of the ended instance whose id is used again. Answers false where another start or the worker was faster.
 */
export async function writePending(hub: Hub, started: HistoryEvent, etag?: string): Promise<boolean> {
  const instanceId = started.OrchestrationInstance?.InstanceId ?? ''
  const row = {
    partitionKey: escapeKey(instanceId),
    rowKey: '',
    ...(await payload(hub, instanceId, 'Input', started.Input)),
    CreatedTime: started.Timestamp,
    Name: started.Name,
    Version: started.Version,
    RuntimeStatus: 'Pending' satisfies RuntimeStatus,
    LastUpdatedTime: new Date(),
    TaskHubName: hub.names.hub,
    ...(started.ScheduledStartTime ? { ScheduledStartTime: started.ScheduledStartTime } : {}),
    ExecutionId: started.OrchestrationInstance?.ExecutionId,
    Generation: started.Generation ?? 0,
    Tags: 'null',
  }
  const table = hub.storage.table(hub.names.instances)
  try {
    await (etag === undefined ? table.createEntity(row) : table.updateEntity(row, 'Replace', { etag }))
    return true
  } catch (error) {
    const status = statusOf(error)
    if (status === 409 || status === 412) return false
    throw error
  }
}

/** The columns that an event sets at a checkpoint; any other event sets none (DT AzureTableTrackingStore.cs:985-1060). */
async function columnsOf(hub: Hub, instanceId: string, event: HistoryEvent): Promise<Record<string, unknown>> {
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- most events leave the row as it is
  switch (event.EventType) {
    case 'ExecutionStarted':
      return {
        Name: event.Name,
        Version: event.Version,
        CreatedTime: event.Timestamp,
        RuntimeStatus: 'Running',
        Tags: 'null',
        ...(event.Generation === undefined ? {} : { Generation: event.Generation }),
        ...(event.ScheduledStartTime ? { ScheduledStartTime: event.ScheduledStartTime } : {}),
        ...(await payload(hub, instanceId, 'Input', event.Input)),
      }
    case 'ExecutionCompleted':
      return {
        RuntimeStatus: event.OrchestrationStatus,
        CompletedTime: new Date(),
        ...(await payload(hub, instanceId, 'Output', event.Result)),
      }
    case 'ExecutionSuspended':
      return { RuntimeStatus: 'Suspended', ...(await payload(hub, instanceId, 'Output', event.Reason)) }
    case 'ExecutionResumed':
      return { RuntimeStatus: 'Running', ...(await payload(hub, instanceId, 'Output', event.Reason)) }
    default:
      return {}
  }
}

/** The Instances row of a checkpoint, merged into what is there, whatever that is. */
export async function writeCheckpoint(
  hub: Hub,
  instance: { instanceId: string; executionId: string; customStatus: string | undefined },
  newEvents: readonly HistoryEvent[],
): Promise<void> {
  const columns: Record<string, unknown> = {}
  for (const event of newEvents) Object.assign(columns, await columnsOf(hub, instance.instanceId, event))
  await hub.storage.table(hub.names.instances).upsertEntity(
    {
      ...columns,
      partitionKey: escapeKey(instance.instanceId),
      rowKey: '',
      CustomStatus: instance.customStatus ?? 'null',
      ExecutionId: instance.executionId,
      LastUpdatedTime: newEvents.at(-1)?.Timestamp ?? new Date(),
      TaskHubName: hub.names.hub,
    },
    'Merge',
  )
}

async function payload(hub: Hub, instanceId: string, name: 'Input' | 'Output', text: string | undefined) {
  if (text === undefined || text.length <= longestText) return text === undefined ? {} : { [name]: text }
  const blob = `${escapeKey(instanceId)}/${crypto.randomUUID().replaceAll('-', '')}-${name}.json.gz`
  await putLarge(hub, blob, text)
  return { [name]: largeUrl(hub, blob) }
}

/** Sets an instance's row to an end state that its History does not, or not any more, bring about. */
export async function writeEnd(hub: Hub, instanceId: string, status: RuntimeStatus, output?: string): Promise<void> {
  const row = {
    partitionKey: escapeKey(instanceId),
    rowKey: '',
    RuntimeStatus: status,
    LastUpdatedTime: new Date(),
    CompletedTime: new Date(),
    ...(output === undefined ? {} : { Output: output }),
  }
  await hub.storage.table(hub.names.instances).upsertEntity(row, 'Merge')
}
