import type { DurableClient } from '../durable/client.ts'
import { parse, textOf } from '../durable/payload.ts'
import { deleteMessage, poll } from '../durable/poll.ts'
import { plainText } from '../durable/message.ts'
import type { Content, Starter, StarterContext } from './content.ts'

export type Listening = {
  readonly content: Content
  readonly client: DurableClient
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/** Starts the listeners of all timer and queue starters that are not disabled; they end with the signal. */
export function listen(listening: Listening): void {
  const disabled = new Set(listening.content.functions.filter((info) => info.disabled).map((info) => info.name))
  for (const [name, starter] of Object.entries(listening.content.code.starters ?? {})) {
    if (disabled.has(name)) continue
    if (starter.type === 'timer') listenToTimer(listening, name, starter)
    if (starter.type === 'queue') void listenToQueue(listening, name, starter)
  }
}

/** One run at a time, as the timer trigger's singleton lock has it. */
function listenToTimer(listening: Listening, name: string, starter: Extract<Starter, { type: 'timer' }>): void {
  const { client, signal, log, content } = listening
  const context: StarterContext = { appVersion: content.appVersion, signal, log }
  let isRunning = false
  const timer = setInterval(() => {
    if (isRunning) return
    isRunning = true
    void attempt(listening, name, () => starter.run(client, context)).then(() => (isRunning = false))
  }, starter.everyMs)
  signal.addEventListener('abort', () => clearInterval(timer))
}

async function listenToQueue(
  listening: Listening,
  name: string,
  starter: Extract<Starter, { type: 'queue' }>,
): Promise<void> {
  const { client, signal, log } = listening
  const queue = client.hub.storage.queue(starter.queue)
  await attempt(listening, name, () => queue.createIfNotExists())
  await poll({
    queue,
    visibilitySeconds: 30,
    signal,
    room: () => 16,
    log,
    take(items) {
      for (const item of items) {
        void attempt(listening, name, async () => {
          await starter.run(parse(plainText(item.messageText)), client)
          await deleteMessage(queue, item)
        })
      }
    },
  })
}

/** A starter that fails is tried at its next event; what it did after the host stopped is nobody's concern. */
async function attempt({ signal, log }: Listening, name: string, run: () => unknown): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!signal.aborted) log(`Starter '${name}' failed: ${textOf(error)}`)
  }
}
