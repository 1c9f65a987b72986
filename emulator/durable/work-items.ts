import type { ReceivedMessageItem } from '@azure/storage-queue'
import type { App } from './app.ts'
import type { DurableClient } from './client.ts'
import { event } from './events.ts'
import type { HubMessage } from './message.ts'
import { parse, textOf } from './payload.ts'
import { abandonMessage, deleteMessage, poll } from './poll.ts'
import { announce, readMessage, sendToInstance } from './queues.ts'
import type { Hub } from './queues.ts'

export type WorkItemsOptions = {
  readonly hub: Hub
  readonly app: App
  readonly client: DurableClient
  readonly visibilitySeconds: number
  /** Activities at a time; 16 unless told. */
  readonly mostActivities?: number
  /** No more activities are begun. */
  readonly signal: AbortSignal
  /** Those that run are cut off. */
  readonly cut: AbortSignal
  readonly log: (line: string) => void
}

/** Runs the activities of the work-item queue until the signal aborts; every worker of a hub shares it. */
export async function workItems(options: WorkItemsOptions): Promise<void> {
  const { hub, signal, cut, visibilitySeconds, mostActivities = 16 } = options
  const queue = hub.storage.queue(hub.names.workItems)
  const running = new Set<Promise<void>>()

  async function work(item: ReceivedMessageItem): Promise<void> {
    const message = await readMessage(hub, item.messageText)
    const activity = options.app.activities[message.event.Name ?? '']
    // What is unknown or disabled is delivered again and again: a poison loop (durable extension #3471).
    if (!activity) return abandonMessage(queue, item)
    const held = hold(item)
    const answer = await outcomeOf(message, () => activity(inputOf(message), contextOf(options, message))).finally(
      held.end,
    )
    await sendToInstance(hub, { event: answer, target: message.target, sender: message.target })
    await deleteMessage(queue, { ...item, popReceipt: held.popReceipt() })
  }

  /** Keeps the message invisible for as long as the activity runs, as the library's lock renewal does. */
  function hold(item: ReceivedMessageItem) {
    let { popReceipt } = item
    let renewing = Promise.resolve()
    const renew = async () => {
      const update = await queue.updateMessage(item.messageId, popReceipt, item.messageText, visibilitySeconds)
      popReceipt = update.popReceipt ?? popReceipt
    }
    const timer = setInterval(() => {
      if (!cut.aborted) renewing = renewing.then(renew).catch(() => undefined)
    }, visibilitySeconds * 500)
    return {
      popReceipt: () => popReceipt,
      end: () => {
        clearInterval(timer)
        return renewing
      },
    }
  }

  await poll({
    queue,
    visibilitySeconds,
    signal,
    room: () => mostActivities - running.size,
    take(items) {
      for (const item of items) {
        const done = work(item).catch((error: unknown) => {
          if (!cut.aborted) options.log(`A work item is tried again: ${textOf(error)}`)
        })
        running.add(done)
        void done.then(() => {
          const wasFull = running.size >= mostActivities
          running.delete(done)
          // What waits in the queue had no place until now.
          if (wasFull) announce(queue)
        })
      }
    },
    log: options.log,
  })
  await Promise.race([Promise.all(running), aborted(cut)])
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })
}

function inputOf(message: HubMessage): unknown {
  const list = parse(message.event.Input)
  return Array.isArray(list) ? (list[0] as unknown) : list
}

function contextOf({ app, client, cut: signal }: WorkItemsOptions, message: HubMessage) {
  const { InstanceId } = message.target
  return { instanceId: InstanceId, name: message.event.Name ?? '', appVersion: app.appVersion, signal, client }
}

async function outcomeOf(message: HubMessage, run: () => unknown) {
  const TaskScheduledId = message.event.EventId
  try {
    const result = await run()
    return event('TaskCompleted', { TaskScheduledId, Result: JSON.stringify(result ?? null) })
  } catch (error) {
    const Reason = `Activity function '${message.event.Name ?? ''}' failed: ${textOf(error)}`
    return event('TaskFailed', { TaskScheduledId, Reason, Details: '' })
  }
}
