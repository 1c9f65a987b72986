import { TableClient, TableServiceClient } from '@azure/data-tables'
import { BlobServiceClient } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import type { QueueClient } from '@azure/storage-queue'

/** How a storage account is reached: a connection string, or its three endpoints with a token. */
export type Connection =
  | string
  | { readonly connectionString: string; readonly ca?: string }
  | {
      readonly blobUrl: string
      readonly queueUrl: string
      readonly tableUrl: string
      readonly token: () => Promise<string>
      /** Certificate that signed the endpoints', in PEM, where the process does not trust it anyway. */
      readonly ca?: string
    }

/** One storage account as the worker, the client and the seeding code use it. */
export type Storage = {
  readonly tables: TableServiceClient
  readonly queues: QueueServiceClient
  readonly blobs: BlobServiceClient
  table(name: string): TableClient
  queue(name: string): QueueClient
}

/** A short retry: Azurite answers at once or not at all, and a stopped worker must not linger. */
const retryOptions = { maxRetries: 2, retryDelayInMs: 50, maxRetryDelayInMs: 200 }
const blobRetry = { maxTries: 3, retryDelayInMs: 50, maxRetryDelayInMs: 200 }

/** Opens the clients of an account; nothing is sent yet. Once `cut` aborts, nothing more is sent to tables and queues. */
export function openStorage(connection: Connection, cut?: AbortSignal): Storage {
  const named = typeof connection === 'string' ? { connectionString: connection } : connection
  const clients = 'connectionString' in named ? withConnectionString(named) : withToken(named)
  return {
    ...clients,
    table: once((name) => severable(clients.table(name), cut)),
    queue: once((name) => severable(clients.queues.getQueueClient(name), cut)),
  }
}

/** Building a client takes as long as a request of it, and a worker sends thousands; an account has few names in it. */
function once<T>(build: (name: string) => T): (name: string) => T {
  const built = new Map<string, T>()
  return (name) => {
    const known = built.get(name)
    if (known !== undefined) return known
    const made = build(name)
    built.set(name, made)
    return made
  }
}

type Clients = Omit<Storage, 'queue'>

type ByToken = Extract<Connection, { token: unknown }>

function withConnectionString(connection: { connectionString: string; ca?: string }): Clients {
  const text = connection.connectionString
  const tls = tlsOf(connection)
  const tableOptions = { allowInsecureConnection: true, retryOptions, ...tls }
  const options = { retryOptions: blobRetry, ...tls }
  return {
    tables: TableServiceClient.fromConnectionString(text, tableOptions),
    queues: QueueServiceClient.fromConnectionString(text, options),
    blobs: BlobServiceClient.fromConnectionString(text, options),
    table: (name) => TableClient.fromConnectionString(text, name, tableOptions),
  }
}

function withToken(connection: ByToken): Clients {
  const credential = {
    getToken: async () => ({ token: await connection.token(), expiresOnTimestamp: Date.now() + 5 * 60_000 }),
  }
  const tls = tlsOf(connection)
  const tableOptions = { retryOptions, ...tls }
  const options = { retryOptions: blobRetry, ...tls }
  return {
    tables: new TableServiceClient(connection.tableUrl, credential, tableOptions),
    queues: new QueueServiceClient(connection.queueUrl, credential, options),
    blobs: new BlobServiceClient(connection.blobUrl, credential, options),
    table: (name) => new TableClient(connection.tableUrl, name, credential, tableOptions),
  }
}

function tlsOf({ ca }: { readonly ca?: string }) {
  return ca === undefined ? {} : { tlsOptions: { ca } }
}

/** A client whose calls fail from the moment of `cut` on; what is on its way is carried out, but no answer arrives. */
function severable<T extends object>(client: T, cut: AbortSignal | undefined): T {
  if (!cut) return client
  return new Proxy(client, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        cut.throwIfAborted()
        const answer: unknown = Reflect.apply(member, target, args)
        return answer instanceof Promise ? answer.finally(() => cut.throwIfAborted()) : answer
      }
    },
  })
}

/** The HTTP status of a failed storage call; undefined for anything else that was thrown. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : undefined
}

/** Runs a storage call and takes the named statuses (such as 404, or 409 for what exists already) as done. */
export async function tolerate(statuses: readonly number[], call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? -1)) throw error
  }
}
