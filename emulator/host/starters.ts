import type { QueueClient, ReceivedMessageItem } from '@azure/storage-queue'
import type { DurableClient } from '../durable/client.ts'
import { plainText } from '../durable/message.ts'
import { parse, textOf } from '../durable/payload.ts'
import { deleteMessage, poll } from '../durable/poll.ts'
import type { Storage } from '../durable/storage.ts'
import { tolerate } from '../durable/storage.ts'
import { absentClient } from './absent-client.ts'
import type { Content, Starter } from './content.ts'
import type { Invocations } from './invocations.ts'
import { scheduleMonitor } from './schedule-status.ts'
import { listenToTimer } from './timer.ts'

export type Listening = {
  readonly content: Content
  /** Absent where the content has no durable function. */
  readonly client: DurableClient | undefined
  /** The account of the host itself (AzureWebJobsStorage), opened on first use. */
  readonly storage: () => Storage
  /** As it was when the process began. */
  readonly hostId: string
  readonly invocations: Invocations
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/** Starts the listeners of all timer and queue starters that are not disabled; they end with the signal. */
export async function listen(listening: Listening): Promise<void> {
  const { content, hostId, storage } = listening
  const client = listening.client ?? absentClient
  const disabled = new Set(content.functions.filter((info) => info.disabled).map((info) => info.name))
  for (const [name, starter] of Object.entries(content.code.starters ?? {})) {
    if (disabled.has(name)) continue
    if (starter.type === 'timer') {
      const monitor = starter.useMonitor === true ? scheduleMonitor(storage(), hostId, name) : undefined
      const { appVersion } = content
      const { invocations, signal, log } = listening
      await listenToTimer({ name, starter, appVersion, client, invocations, monitor, signal, log })
    }
    if (starter.type === 'queue') void listenToQueue(listening, { name, starter, client })
  }
}

/** Tries of a message before it goes to the poison queue (learn: azure-functions/functions-bindings-storage-queue, host.json). */
const maxDequeueCount = 5

async function listenToQueue(
  listening: Listening,
  { name, starter, client }: { name: string; starter: Extract<Starter, { type: 'queue' }>; client: DurableClient },
): Promise<void> {
  const { invocations, signal, log } = listening
  const storage = listening.client?.hub.storage ?? listening.storage()
  const queue = storage.queue(starter.queue)
  const failed = (error: unknown) => {
    if (!signal.aborted) log(`Starter '${name}' failed: ${textOf(error)}`)
  }
  await queue.createIfNotExists().catch(failed)
  const run = async (item: ReceivedMessageItem) => {
    try {
      await starter.run(parse(plainText(item.messageText)), client)
      await deleteMessage(queue, item)
    } catch (error) {
      failed(error)
      if (!signal.aborted) await giveBack({ storage, queue, item }).catch(failed)
    }
  }
  await poll({
    queue,
    visibilitySeconds: 30,
    signal,
    room: () => 16,
    log,
    take(items) {
      for (const item of items) void invocations.track(() => run(item))
    },
  })
}

type Failed = { readonly storage: Storage; readonly queue: QueueClient; readonly item: ReceivedMessageItem }

/** Visible again at once (host.json's visibilityTimeout is 0), or, after the last try, moved to `<queue>-poison`. */
async function giveBack({ storage, queue, item }: Failed): Promise<void> {
  const { messageId, popReceipt, messageText, dequeueCount } = item
  if (dequeueCount < maxDequeueCount) {
    await tolerate([400, 404], queue.updateMessage(messageId, popReceipt, messageText, 0))
    return
  }
  const poison = storage.queue(`${queue.name}-poison`)
  await poison.createIfNotExists()
  await poison.sendMessage(messageText)
  await deleteMessage(queue, item)
}
