import type { QueueClient, ReceivedMessageItem } from '@azure/storage-queue'
import { onMessage } from './queues.ts'
import { statusOf, tolerate } from './storage.ts'

export type PollOptions = {
  readonly queue: QueueClient
  readonly visibilitySeconds: number
  readonly signal: AbortSignal
  /** How many messages may be taken now, 32 at most; 0: none. */
  room(): number
  take(messages: readonly ReceivedMessageItem[]): void
  readonly log: (line: string) => void
}

const shortestPauseMs = 50
/** An idle queue is asked this often; a message sent within this process wakes the poll at once. */
const longestPauseMs = 400

/** Takes messages off a queue until the signal aborts; the pause between two empty answers grows. Never throws. */
export async function poll(options: PollOptions): Promise<void> {
  const { queue, signal } = options
  let pauseMs = shortestPauseMs
  let awaken = () => {}
  const forget = onMessage(queue, () => {
    pauseMs = shortestPauseMs
    awaken()
  })
  const onAbort = () => awaken()
  signal.addEventListener('abort', onAbort)
  while (!signal.aborted) {
    const count = Math.min(32, options.room())
    const woken = new AbortController()
    awaken = () => woken.abort()
    const messages = count > 0 ? await receive(options, count) : []
    if (messages.length > 0) {
      pauseMs = shortestPauseMs
      options.take(messages)
    }
    // What came while the queue was being read is asked for at once.
    if (woken.signal.aborted || (messages.length > 0 && messages.length === count)) continue
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs)
      awaken = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)
  }
  signal.removeEventListener('abort', onAbort)
  forget()
}

async function receive(options: PollOptions, numberOfMessages: number): Promise<readonly ReceivedMessageItem[]> {
  try {
    const visibilityTimeout = options.visibilitySeconds
    const answer = await options.queue.receiveMessages({ numberOfMessages, visibilityTimeout })
    return options.signal.aborted ? [] : answer.receivedMessageItems
  } catch (error) {
    // A live worker does not create a deleted hub again until it restarts; it logs 404 meanwhile.
    if (!options.signal.aborted)
      options.log(`Queue '${options.queue.name}' could not be read (${statusOf(error) ?? 'no answer'}).`)
    return []
  }
}

export async function deleteMessage(queue: QueueClient, message: ReceivedMessageItem): Promise<void> {
  // 404 and 400 PopReceiptMismatch: its time ran out and it is, or was, another worker's.
  await tolerate([400, 404], queue.deleteMessage(message.messageId, message.popReceipt))
}

/** Puts a message back: 2^n s after its n-th delivery, at most ten minutes (DT TaskHubQueue.cs:249-254). */
export async function abandonMessage(queue: QueueClient, message: ReceivedMessageItem): Promise<void> {
  const seconds = Math.min(600, 2 ** Math.min(20, message.dequeueCount))
  await tolerate([400, 404], queue.updateMessage(message.messageId, message.popReceipt, message.messageText, seconds))
}
