import type { ReceivedMessageItem } from '@azure/storage-queue'
import type { App } from './app.ts'
import { runEntityBatch } from './entity-batch.ts'
import { runEpisode } from './episode.ts'
import type { History } from './history.ts'
import type { Limit } from './limit.ts'
import type { HubMessage } from './message.ts'
import { parseEntityId } from './names.ts'
import { textOf } from './payload.ts'
import { abandonMessage, deleteMessage, poll } from './poll.ts'
import { announce, readMessage } from './queues.ts'
import type { Hub } from './queues.ts'
import { statusOf } from './storage.ts'

export type ControlQueueOptions = {
  readonly hub: Hub
  readonly app: App
  readonly queueName: string
  readonly visibilitySeconds: number
  /** Shared by the queues of a worker. */
  readonly limit: Limit
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

type Received = { readonly item: ReceivedMessageItem; readonly message: HubMessage }

/** How many instances of one partition are worked on at a time. */
const concurrency = 16
/** A start whose row never came, or an event for nobody, is dropped then (DT OrchestrationSessionManager.cs). */
const mostDeliveries = 10

/** Works off one control queue until the signal aborts: one episode at a time for an instance, several instances at once. */
export async function workControlQueue(options: ControlQueueOptions): Promise<void> {
  const { hub, signal } = options
  const queue = hub.storage.queue(options.queueName)
  const sessions = new Map<string, Received[]>()
  const known = new Map<string, History>()
  const running = new Set<Promise<void>>()

  async function accept(item: ReceivedMessageItem): Promise<void> {
    const message = await readMessage(hub, item.messageText)
    const { InstanceId } = message.target
    const waiting = sessions.get(InstanceId)
    if (waiting) waiting.push({ item, message })
    else {
      sessions.set(InstanceId, [{ item, message }])
      await drain(InstanceId)
    }
  }

  async function drain(instanceId: string): Promise<void> {
    try {
      for (let batch = sessions.get(instanceId); batch && batch.length > 0; batch = sessions.get(instanceId)) {
        sessions.set(instanceId, [])
        await work(instanceId, batch)
      }
    } finally {
      sessions.delete(instanceId)
    }
  }

  async function work(instanceId: string, batch: readonly Received[]): Promise<void> {
    const messages = batch.map(({ message }) => message)
    const input = { hub, app: options.app, instanceId, messages }
    const putOff = new Set<HubMessage>()
    const onPutOff = (message: HubMessage) => void putOff.add(message)
    const run = () => (parseEntityId(instanceId) ? runEntityBatch(input) : runEpisode({ ...input, known, onPutOff }))
    const result = await options.limit(run).catch((error: unknown) => {
      if (!signal.aborted) options.log(`Instance '${instanceId}' is tried again: ${textOf(error)}`)
      return statusOf(error) === 404 ? 'later' : 'failed'
    })
    // Only after the checkpoint: a crash before this repeats the messages, and History tells that they are repeated.
    for (const { item, message } of batch) {
      const isLater = result === 'later' || putOff.has(message)
      const isOver = isLater ? item.dequeueCount >= mostDeliveries : result === 'done'
      await (isOver ? deleteMessage : abandonMessage)(queue, item)
    }
  }

  await poll({
    queue,
    visibilitySeconds: options.visibilitySeconds,
    signal,
    room: () => (running.size >= concurrency ? 0 : 32),
    take(items) {
      for (const item of items) {
        const accepted = accept(item).catch((error: unknown) => {
          if (!signal.aborted) options.log(`A message of '${options.queueName}' was left: ${textOf(error)}`)
        })
        running.add(accepted)
        void accepted.then(() => {
          const wasFull = running.size >= concurrency
          running.delete(accepted)
          // What waits in the queue had no place until now.
          if (wasFull && running.size < concurrency) announce(queue)
        })
      }
    },
    log: options.log,
  })
  await Promise.all(running)
}
