import { event, isTerminal, newExecutionId } from './events.ts'
import type { HistoryEvent, RuntimeStatus } from './events.ts'
import { startedEvent } from './fill-messages.ts'
import type { MessageSeeds } from './fill-messages.ts'
import { historyRow } from './history.ts'
import { entityIdOf, escapeKey } from './names.ts'
import type { Hub } from './queues.ts'

export type InstanceOptions = {
  readonly instanceId?: string
  readonly name?: string
  readonly version?: string
  readonly executionId?: string
  /** null: no such column. */
  readonly status?: string | null
  readonly input?: unknown
  readonly output?: unknown
  readonly customStatus?: unknown
  readonly createdTime?: Date
  readonly lastUpdatedTime?: Date
  /** Events after ExecutionStarted; `false`: the instance has no History. */
  readonly history?: readonly HistoryEvent[] | false
  /** Columns as they are to be, over all the above. */
  readonly columns?: Readonly<Record<string, unknown>>
}

export type EntityOptions = InstanceOptions & {
  readonly queueSize?: number
  readonly lockedBy?: string
  /** True unless told. */
  readonly exists?: boolean
}

type Seed = (options?: InstanceOptions) => Promise<string>

export type InstanceSeeds = {
  readonly instance: Seed
  readonly failed: Seed
  readonly terminated: Seed
  readonly canceled: Seed
  readonly running: Seed
  readonly suspended: Seed
  readonly continuedAsNew: Seed
  readonly withoutStatus: Seed
  readonly finishedButRunning: Seed
  completed(count?: number, options?: InstanceOptions): Promise<string[]>
  pending(options?: InstanceOptions & { message?: boolean }): Promise<string>
  scheduledStart(at: Date, options?: InstanceOptions): Promise<string>
  cancelledTimer(fireAt: Date, options?: InstanceOptions & { message?: boolean }): Promise<string>
  entity(name: string, key: string, options?: EntityOptions): Promise<string>
}

type Seeding = { readonly hub: Hub; readonly taskHubName: string | undefined; readonly messages: MessageSeeds }

export function seedInstances({ hub, taskHubName, messages }: Seeding): InstanceSeeds {
  const instance: Seed = async (options = {}) => {
    const instanceId = options.instanceId ?? newExecutionId()
    const executionId = options.executionId ?? newExecutionId()
    await putHistory(hub, { ...options, instanceId, executionId })
    const row = {
      ...columnsOf(options, executionId),
      ...(taskHubName === undefined ? {} : { TaskHubName: taskHubName }),
    }
    const entity = { ...row, ...options.columns, partitionKey: escapeKey(instanceId), rowKey: '' }
    await hub.storage.table(hub.names.instances).upsertEntity(entity, 'Replace')
    return instanceId
  }
  const ended = (status: RuntimeStatus, options: InstanceOptions = {}) => {
    const last = event('ExecutionCompleted', {
      EventId: 1,
      OrchestrationStatus: status,
      Result: textOf(options.output),
    })
    return instance({ status, history: [last], ...options })
  }
  const scheduled = () => event('TaskScheduled', { EventId: 0, Name: 'Charge', Version: '', Input: '[null]' })
  return {
    instance,
    async completed(count = 1, options = {}) {
      return Promise.all(Array.from({ length: count }, () => ended('Completed', options)))
    },
    failed: (options) => ended('Failed', { output: 'It did not work.', ...options }),
    terminated: (options) => ended('Terminated', options),
    canceled: (options) => ended('Canceled', options),
    running: (options) => instance({ status: 'Running', history: [scheduled()], ...options }),
    suspended(options) {
      const history = [scheduled(), event('ExecutionSuspended', { Reason: 'maintenance' })]
      return instance({ status: 'Suspended', output: 'maintenance', history, ...options })
    },
    continuedAsNew: (options) => instance({ status: 'ContinuedAsNew', history: [scheduled()], ...options }),
    withoutStatus: (options) => instance({ status: null, history: [scheduled()], ...options }),
    finishedButRunning: (options) => ended('Completed', { status: 'Running', ...options }),
    async pending({ message = true, ...options } = {}) {
      const started = startedEvent(options.instanceId ?? newExecutionId(), options.name ?? 'ProcessOrder')
      return start(started, options, message)
    },
    async scheduledStart(at, options = {}) {
      const id = options.instanceId ?? newExecutionId()
      const started = startedEvent(id, options.name ?? 'ProcessOrder', { ScheduledStartTime: at })
      return start(started, { ...options, columns: { ScheduledStartTime: at, ...options.columns } }, true)
    },
    async cancelledTimer(fireAt, { message = true, ...options } = {}) {
      const executionId = options.executionId ?? newExecutionId()
      const history = [
        event('TimerCreated', { EventId: 0, FireAt: fireAt }),
        event('EventRaised', { Name: 'Approved', Input: 'true' }),
        event('ExecutionCompleted', { EventId: 1, OrchestrationStatus: 'Completed', Result: 'true' }),
      ]
      const id = await instance({ status: 'Completed', history, ...options, executionId })
      const fired = event('TimerFired', {
        TimerId: 0,
        FireAt: fireAt,
        OrchestrationInstance: { InstanceId: id, ExecutionId: executionId },
      })
      if (message) await messages.controlMessage({ instanceId: id, event: fired })
      return id
    },
    entity(name, key, { queueSize = 0, lockedBy, exists = true, ...options } = {}) {
      const instanceId = entityIdOf(name, key)
      const customStatus = {
        ...(exists ? { entityExists: true } : {}),
        ...(queueSize > 0 ? { queueSize } : {}),
        ...(lockedBy === undefined ? {} : { lockedBy }),
      }
      return instance({
        instanceId,
        name: instanceId,
        status: 'Running',
        history: [],
        input: { state: '0' },
        customStatus,
        ...options,
      })
    },
  }

  async function start(started: HistoryEvent, options: InstanceOptions, message: boolean): Promise<string> {
    const target = started.OrchestrationInstance
    const instanceId = target?.InstanceId ?? ''
    if (message) await messages.controlMessage({ instanceId, event: started })
    return instance({
      status: 'Pending',
      history: false,
      ...options,
      instanceId,
      executionId: target?.ExecutionId ?? '',
    })
  }
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value)
}

function columnsOf(options: InstanceOptions, executionId: string): Record<string, unknown> {
  const now = new Date()
  const created = options.createdTime ?? now
  const updated = options.lastUpdatedTime ?? (options.createdTime ? created : now)
  const status = options.status === undefined ? 'Running' : options.status
  const columns: Record<string, unknown> = {
    ExecutionId: executionId,
    Input: JSON.stringify(options.input ?? null),
    CustomStatus: JSON.stringify(options.customStatus ?? null),
    CreatedTime: created,
    LastUpdatedTime: updated,
    Name: options.name ?? 'ProcessOrder',
    Version: options.version ?? '',
    Generation: 0,
    Tags: 'null',
  }
  if (status !== null) columns['RuntimeStatus'] = status
  if (status !== null && isTerminal(status)) columns['CompletedTime'] = updated
  const output = textOf(options.output)
  if (output !== undefined) columns['Output'] = output
  return columns
}

async function putHistory(
  hub: Hub,
  options: InstanceOptions & { instanceId: string; executionId: string },
): Promise<void> {
  if (options.history === false) return
  const { instanceId, executionId } = options
  const partitionKey = escapeKey(instanceId)
  const started = startedEvent(instanceId, options.name ?? 'ProcessOrder', {
    OrchestrationInstance: { InstanceId: instanceId, ExecutionId: executionId },
    Version: options.version ?? '',
    Input: JSON.stringify(options.input ?? null),
  })
  const events = [event('OrchestratorStarted'), started, ...(options.history ?? []), event('OrchestratorCompleted')]
  const table = hub.storage.table(hub.names.history)
  const rows = await Promise.all(
    events.map((each, index) => historyRow(hub, { partitionKey, executionId }, index, each)),
  )
  const mark = {
    partitionKey,
    rowKey: 'sentinel',
    ExecutionId: executionId,
    IsCheckpointComplete: true,
    CheckpointCompletedTimestamp: new Date(),
  }
  await table.submitTransaction([...rows, mark].map((row) => ['upsert', row, 'Replace'] as const))
}
