import { event, newExecutionId } from './events.ts'
import type { HistoryEvent } from './events.ts'
import type { HubMessage } from './message.ts'
import { partitionOf } from './names.ts'
import { bodyOf, visibilityDelaySeconds } from './queues.ts'
import type { Hub } from './queues.ts'

export type MessageOptions = {
  readonly instanceId?: string
  readonly event?: HistoryEvent
  /** Seconds for which nobody sees the message, as one that is worked on, backs off or is not due. */
  readonly invisibleSeconds?: number
  /** A control queue other than the instance's own, as after a change of partitionCount. */
  readonly partition?: number
}

export type ActivityOptions = {
  readonly instanceId?: string
  readonly name?: string
  readonly input?: unknown
  readonly invisibleSeconds?: number
}

export type MessageSeeds = {
  /** An event on the instance's control queue; an ExecutionStarted unless told. Answers the instance id. */
  controlMessage(options?: MessageOptions): Promise<string>
  /** A TaskScheduled event in the work-item queue. Answers the instance id. */
  queuedActivity(options?: ActivityOptions): Promise<string>
  /** A control message of more than 45 KB. Answers the instance id. */
  largeMessage(options?: MessageOptions): Promise<string>
  /** Text that is no message at all, on control queue `partition`. */
  garbageMessage(partition: number, text?: string): Promise<void>
}

export function seedMessages(hub: Hub): MessageSeeds {
  async function put(queue: string, message: HubMessage, invisibleSeconds: number): Promise<void> {
    await hub.storage.queue(queue).sendMessage(await bodyOf(hub, message), {
      messageTimeToLive: -1,
      ...(invisibleSeconds > 0 ? { visibilityTimeout: invisibleSeconds } : {}),
    })
  }
  async function controlMessage(options: MessageOptions = {}): Promise<string> {
    const instanceId = options.instanceId ?? newExecutionId()
    const message = {
      event: options.event ?? startedEvent(instanceId, 'ProcessOrder'),
      target: targetOf(options, instanceId),
    }
    const queue = hub.names.control(options.partition ?? partitionOf(instanceId, hub.partitionCount))
    await put(queue, message, options.invisibleSeconds ?? visibilityDelaySeconds(message))
    return instanceId
  }
  return {
    controlMessage,
    async queuedActivity(options = {}) {
      const instanceId = options.instanceId ?? newExecutionId()
      const scheduled = event('TaskScheduled', {
        EventId: 0,
        Name: options.name ?? 'Charge',
        Version: '',
        Input: JSON.stringify([options.input ?? null]),
      })
      const target = { InstanceId: instanceId, ExecutionId: newExecutionId() }
      await put(hub.names.workItems, { event: scheduled, target }, options.invisibleSeconds ?? 0)
      return instanceId
    },
    largeMessage(options = {}) {
      const instanceId = options.instanceId ?? newExecutionId()
      const started = { ...startedEvent(instanceId, 'ProcessOrder'), Input: JSON.stringify('x'.repeat(60_000)) }
      return controlMessage({ event: started, ...options, instanceId })
    },
    async garbageMessage(partition, text = 'bm90IGEgbWVzc2FnZQ==') {
      await hub.storage.queue(hub.names.control(partition)).sendMessage(text, { messageTimeToLive: -1 })
    },
  }
}

function targetOf(options: MessageOptions, instanceId: string): HubMessage['target'] {
  return options.event?.OrchestrationInstance ?? { InstanceId: instanceId, ExecutionId: null }
}

/** An ExecutionStarted event of a new execution. */
export function startedEvent(instanceId: string, name: string, fields: Partial<HistoryEvent> = {}): HistoryEvent {
  const OrchestrationInstance = { InstanceId: instanceId, ExecutionId: newExecutionId() }
  return event('ExecutionStarted', { OrchestrationInstance, Name: name, Version: '', Input: 'null', ...fields })
}
