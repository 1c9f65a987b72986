import type { QueueLook } from '../../task-hub/idle-proof/hub-reader.ts'
import { controlQueueNumber, storagePrefix, workItemQueue } from '../../task-hub/layout.ts'
import { readMessage, type SeenMessage } from '../../task-hub/rows/message.ts'
import type { HubName } from '../../task-hub/name.ts'
import { inParallel } from '../../in-parallel.ts'
import { firstPage, nameOf, pages } from './pages.ts'
import { ifPresent, type Store } from './store.ts'

/** The hub's control and work-item queues by name. */
export async function listQueues({ connection, caller }: Store, hub: HubName, signal: AbortSignal): Promise<string[]> {
  const client = connection.queues()
  const operation = { service: 'queue', name: `list the queues of task hub '${hub}'` } as const
  const fetch = async (token: string | undefined, abortSignal: AbortSignal) => {
    const page = await firstPage(
      client
        .listQueues({ prefix: storagePrefix(hub), abortSignal })
        .byPage(token === undefined ? {} : { continuationToken: token }),
    )
    return {
      items: (page.queueItems ?? []).map(({ name }) => nameOf(name)),
      token: page.continuationToken || undefined,
    }
  }
  const names: string[] = []
  for await (const items of pages(caller, { operation, fetch, nameOf: (name) => name }, signal)) names.push(...items)
  return names.filter((name) => controlQueueNumber(hub, name) !== undefined || name === workItemQueue(hub)).sort()
}

/** The counts of the hub's queues, as yet without what History explains. A queue that vanished meanwhile is left out. */
export async function lookAtQueues(
  store: Store,
  hub: HubName,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly QueueLook[]> {
  const looks = await inParallel(names, 8, (name) => ifPresent(() => lookAtQueue(store, hub, name, signal)))
  return looks.filter((look) => look !== undefined)
}

/** Invisible messages included (measured on Azurite 3.35.0; the service documents it as approximate, never too low). */
export async function countMessages({ connection, caller }: Store, name: string, signal: AbortSignal): Promise<number> {
  const client = connection.queue(name)
  const operation = { service: 'queue', name: `count the messages of queue '${name}'` } as const
  return caller.read(
    operation,
    async (abortSignal) => (await client.getProperties({ abortSignal })).approximateMessagesCount ?? Number.NaN,
    signal,
  )
}

async function lookAtQueue(store: Store, hub: HubName, name: string, signal: AbortSignal): Promise<QueueLook> {
  const messages = await countMessages(store, name, signal)
  const kind = name === workItemQueue(hub) ? 'workItems' : 'control'
  const seen = messages > 0 ? await peek(store, name, signal) : []
  return { name, kind, messages, visible: seen.length, leftoverTimers: 0, ...(seen.length > 0 ? { seen } : {}) }
}

/** As many as one request can show. */
const mostPeeked = 32

/** The messages that can be seen, at most 32: neither those being processed nor those due later. */
async function peek({ connection, caller }: Store, name: string, signal: AbortSignal): Promise<readonly SeenMessage[]> {
  const client = connection.queue(name)
  const operation = { service: 'queue', name: `peek into queue '${name}'` } as const
  return caller.read(
    operation,
    async (abortSignal) => {
      const { peekedMessageItems } = await client.peekMessages({ numberOfMessages: mostPeeked, abortSignal })
      return peekedMessageItems.map(({ messageText }) => readMessage(messageText))
    },
    signal,
  )
}
