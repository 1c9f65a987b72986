import type { App, EntityContext } from './app.ts'
import { event, newExecutionId } from './events.ts'
import type { HistoryEvent } from './events.ts'
import { appendHistory, readHistory } from './history.ts'
import { writeCheckpoint } from './instances.ts'
import type { HubMessage } from './message.ts'
import { parseEntityId } from './names.ts'
import { parse } from './payload.ts'
import type { EpisodeResult } from './episode.ts'
import type { Hub } from './queues.ts'

type State = { readonly state?: string }

/**
 * Works off the signals of one entity. An entity is an orchestration that starts by itself at its first event and continues
 * as new after every batch, its state being its input (DT Core/Common/Entities.cs, Core/TaskEntityDispatcher.cs); so its row
 * is Running for ever. Throws what storage throws.
 */
export async function runEntityBatch(input: {
  readonly hub: Hub
  readonly app: App
  readonly instanceId: string
  readonly messages: readonly HubMessage[]
}): Promise<EpisodeResult> {
  const { hub, app, instanceId, messages } = input
  const history = await readHistory(hub, instanceId)
  const started = history.events.find((each) => each.EventType === 'ExecutionStarted')
  const before = (parse(started?.Input) ?? {}) as State
  let state = before.state
  for (const {
    event: { Name, Input },
  } of messages) {
    if (Name?.startsWith('op')) state = await operate(app, instanceId, state, parse(Input) as Operation)
  }
  const executionId = newExecutionId()
  const restarted: HistoryEvent = event('ExecutionStarted', {
    OrchestrationInstance: { InstanceId: instanceId, ExecutionId: executionId },
    Name: instanceId,
    Version: '',
    Input: JSON.stringify(state === undefined ? {} : { state }),
  })
  const events = [event('OrchestratorStarted'), restarted, event('OrchestratorCompleted')]
  await appendHistory(hub, { instanceId, executionId, etag: history.etag }, 0, events)
  const customStatus = JSON.stringify(state === undefined ? {} : { entityExists: true })
  await writeCheckpoint(hub, { instanceId, executionId, customStatus }, events)
  return 'done'
}

type Operation = { readonly op: string; readonly input?: string }

/** A failed operation leaves the state as it was; a signal's sender is not told. */
async function operate(
  app: App,
  instanceId: string,
  state: string | undefined,
  request: Operation,
): Promise<string | undefined> {
  const name = parseEntityId(instanceId)?.name ?? ''
  const entity = Object.entries(app.entities).find(([key]) => key.toLowerCase() === name)?.[1]
  if (!entity) return state
  let next = state
  const context: EntityContext = {
    entityId: instanceId,
    operation: request.op,
    input: parse(request.input),
    appVersion: app.appVersion,
    getState: <T>(initial: T) => (next === undefined ? initial : (JSON.parse(next) as T)),
    setState: (value) => (next = JSON.stringify(value ?? null)),
    destroy: () => (next = undefined),
  }
  try {
    await entity(context)
    return next
  } catch {
    return state
  }
}
