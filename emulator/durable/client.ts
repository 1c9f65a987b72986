import { event, isTerminal, newExecutionId } from './events.ts'
import type { HistoryEvent, RuntimeStatus } from './events.ts'
import { deleteHistory } from './history.ts'
import { readInstance, writePending } from './instances.ts'
import type { InstanceRow } from './instances.ts'
import { escapeKey } from './names.ts'
import { provision } from './provision.ts'
import { sendToInstance } from './queues.ts'
import type { Hub } from './queues.ts'
import { parse } from './payload.ts'
import { tolerate } from './storage.ts'

export type StartOptions = { readonly scheduledStartTime?: Date | string; readonly version?: string }

export type Status = {
  readonly instanceId: string
  readonly name: string
  readonly version: string
  readonly runtimeStatus: RuntimeStatus | 'Unknown'
  readonly input: unknown
  readonly output: unknown
  readonly customStatus: unknown
  readonly createdTime: Date
  readonly lastUpdatedTime: Date
}

/** What starters and the management API do to a hub. Every call creates what is missing of the hub, as in Azure. */
export type DurableClient = {
  readonly hub: Hub
  ensureHub(): Promise<void>
  /** Answers the instance id. Throws where an instance of that id is in flight. */
  startNew(name: string, input?: unknown, instanceId?: string, options?: StartOptions): Promise<string>
  raiseEvent(instanceId: string, name: string, input?: unknown): Promise<void>
  terminate(instanceId: string, reason?: string): Promise<void>
  suspend(instanceId: string, reason?: string): Promise<void>
  resume(instanceId: string, reason?: string): Promise<void>
  getStatus(instanceId: string): Promise<Status | undefined>
  signalEntity(entityId: string, operation: string, input?: unknown, at?: Date): Promise<void>
  /** Removes row and History. Answers false where there is no such instance. */
  purge(instanceId: string): Promise<boolean>
}

export function createClient(hub: Hub, defaultVersion = ''): DurableClient {
  let ensured: Promise<void> | undefined
  const ensureHub = () => (ensured ??= provision(hub))
  async function tell(instanceId: string, what: HistoryEvent): Promise<void> {
    await ensureHub()
    await sendToInstance(hub, { event: what, target: { InstanceId: instanceId, ExecutionId: null } })
  }
  return {
    hub,
    ensureHub,
    async startNew(name, input, instanceId = newExecutionId(), options = {}) {
      await ensureHub()
      return startInstance(hub, {
        name,
        input,
        instanceId,
        version: options.version ?? defaultVersion,
        ...dueOf(options),
      })
    },
    raiseEvent: (instanceId, name, input) =>
      tell(instanceId, event('EventRaised', { Name: name, Input: JSON.stringify(input ?? null) })),
    terminate: (instanceId, reason) => tell(instanceId, event('ExecutionTerminated', { Input: reason })),
    suspend: (instanceId, reason) => tell(instanceId, event('ExecutionSuspended', { Reason: reason })),
    resume: (instanceId, reason) => tell(instanceId, event('ExecutionResumed', { Reason: reason })),
    async getStatus(instanceId) {
      await ensureHub()
      const row = await readInstance(hub, instanceId)
      return row && statusOfRow(row)
    },
    signalEntity: (entityId, operation, input, at) => tell(entityId, signalEvent(operation, input, at)),
    async purge(instanceId) {
      await ensureHub()
      if (!(await readInstance(hub, instanceId))) return false
      await deleteHistory(hub, instanceId)
      await tolerate([404], hub.storage.table(hub.names.instances).deleteEntity(escapeKey(instanceId), ''))
      return true
    },
  }
}

function dueOf(options: StartOptions): { scheduledStartTime?: Date } {
  return options.scheduledStartTime === undefined ? {} : { scheduledStartTime: new Date(options.scheduledStartTime) }
}

type Start = { name: string; input: unknown; instanceId: string; version: string; scheduledStartTime?: Date }

/** First the message, then the row: a message may exist without a row (DT AzureStorageOrchestrationService.cs:1778). */
async function startInstance(hub: Hub, start: Start): Promise<string> {
  const { instanceId } = start
  if (instanceId.startsWith('@')) throw new RangeError(`Instance id '${instanceId}' must not start with '@'.`)
  const present = await readInstance(hub, instanceId)
  if (present && !isTerminal(present.RuntimeStatus)) {
    throw new RangeError(`An instance with id '${instanceId}' is ${present.RuntimeStatus ?? 'there'} already.`)
  }
  const target = { InstanceId: instanceId, ExecutionId: newExecutionId() }
  const started = event('ExecutionStarted', {
    OrchestrationInstance: target,
    Name: start.name,
    Version: start.version,
    Input: JSON.stringify(start.input ?? null),
    Generation: present ? (present.Generation ?? 0) + 1 : 0,
    ...(start.scheduledStartTime ? { ScheduledStartTime: start.scheduledStartTime } : {}),
  })
  await sendToInstance(hub, { event: started, target })
  await writePending(hub, started, present?.etag)
  return instanceId
}

/** An operation for an entity, in the wire form of DT Core/Entities/EventFormat/RequestMessage.cs. */
export function signalEvent(operation: string, input: unknown, at?: Date): HistoryEvent {
  const request = {
    op: operation,
    signal: true,
    ...(input === undefined ? {} : { input: JSON.stringify(input) }),
    id: crypto.randomUUID(),
    ...(at ? { due: at } : {}),
  }
  return event('EventRaised', { Name: at ? `op@${at.toISOString()}` : 'op', Input: JSON.stringify(request) })
}

export function statusOfRow(row: InstanceRow): Status {
  return {
    instanceId: row.instanceId,
    name: row.Name ?? '',
    version: row.Version ?? '',
    runtimeStatus: (row.RuntimeStatus as RuntimeStatus | undefined) ?? 'Unknown',
    input: parse(row.Input),
    output: row.Output === undefined ? null : parse(row.Output),
    customStatus: parse(row.CustomStatus) ?? null,
    createdTime: row.CreatedTime ?? new Date(0),
    lastUpdatedTime: row.LastUpdatedTime ?? new Date(0),
  }
}
