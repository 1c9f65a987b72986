// Azurite's queue service inside this process, because only its own store tells what invisible messages hold: no request of
// the queue service shows one.
import { createRequire } from 'node:module'
import type { AddressInfo, Server } from 'node:net'

export type StoredMessage = {
  readonly id: string
  readonly text: string
  readonly insertedAt: Date
  readonly visibleAt: Date
  readonly dequeueCount: number
}

export type QueueServer = {
  readonly endpoint: string
  /** Every message of a queue, invisible ones included, in the order of their insertion. */
  readonly messages: (queue: string) => Promise<readonly StoredMessage[]>
  stop(): Promise<void>
}

/** What is read of Azurite 3.35.0 (queue/QueueServer.js, queue/persistence/LokiQueueMetadataStore.js). */
type Inside = {
  readonly httpServer: Server
  readonly metadataStore: {
    readonly db: { getCollection(name: string): { find(query: object): readonly MessageDocument[] } }
  }
  readonly extentStore: { readExtent(where: unknown): Promise<NodeJS.ReadableStream> }
  start(): Promise<void>
  close(): Promise<void>
}
type MessageDocument = {
  readonly messageId: string
  readonly insertionTime: Date | string
  readonly timeNextVisible: number
  readonly dequeueCount: number
  readonly persistency: unknown
  readonly $loki: number
}
type Constructor<T> = { readonly default: new (...parts: readonly unknown[]) => T }

const account = 'devstoreaccount1'

export async function startQueueServer(): Promise<QueueServer> {
  const require = createRequire(import.meta.url)
  const { default: Server } = require('azurite/dist/src/queue/QueueServer.js') as Constructor<Inside>
  const { default: Configuration } = require('azurite/dist/src/queue/QueueConfiguration.js') as Constructor<object>
  const byDefault = undefined
  const inMemory = [false, true, '', '', '', byDefault, false, true] as const
  const server = new Server(
    new Configuration('127.0.0.1', 0, byDefault, '', '', byDefault, false, byDefault, false, byDefault, ...inMemory),
  )
  await server.start()
  const { port } = server.httpServer.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}/${account}`,
    messages: async (queue) => {
      const documents = server.metadataStore.db.getCollection('$MESSAGES_COLLECTION$').find({ queueName: queue })
      const inOrder = [...documents].sort((one, other) => one.$loki - other.$loki)
      return Promise.all(inOrder.map((document) => stored(server, document)))
    },
    stop: () => server.close(),
  }
}

async function stored({ extentStore }: Inside, document: MessageDocument): Promise<StoredMessage> {
  const chunks: Buffer[] = []
  for await (const chunk of await extentStore.readExtent(document.persistency)) chunks.push(Buffer.from(chunk))
  return {
    id: document.messageId,
    text: Buffer.concat(chunks).toString('utf8'),
    insertedAt: new Date(document.insertionTime),
    visibleAt: new Date(document.timeNextVisible),
    dequeueCount: document.dequeueCount,
  }
}
