import type { TokenCredential } from '@azure/core-auth'
import { TableClient, TableServiceClient } from '@azure/data-tables'
import { BlobServiceClient } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import type { QueueClient } from '@azure/storage-queue'

/** How a storage account is reached: a connection string, or its three endpoints with a token. */
export type Connection =
  | string
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

/** Opens the clients of an account; nothing is sent yet. */
export function openStorage(connection: Connection): Storage {
  return typeof connection === 'string' ? withConnectionString(connection) : withToken(connection)
}

function withConnectionString(text: string): Storage {
  const tableOptions = { allowInsecureConnection: true, retryOptions }
  return assemble(
    TableServiceClient.fromConnectionString(text, tableOptions),
    QueueServiceClient.fromConnectionString(text, { retryOptions: blobRetry }),
    BlobServiceClient.fromConnectionString(text, { retryOptions: blobRetry }),
    (name) => TableClient.fromConnectionString(text, name, tableOptions),
  )
}

function withToken(connection: Exclude<Connection, string>): Storage {
  const credential: TokenCredential = {
    getToken: async () => ({ token: await connection.token(), expiresOnTimestamp: Date.now() + 5 * 60_000 }),
  }
  const tls = connection.ca === undefined ? {} : { tlsOptions: { ca: connection.ca } }
  const tableOptions = { retryOptions, ...tls }
  return assemble(
    new TableServiceClient(connection.tableUrl, credential, tableOptions),
    new QueueServiceClient(connection.queueUrl, credential, { retryOptions: blobRetry, ...tls }),
    new BlobServiceClient(connection.blobUrl, credential, { retryOptions: blobRetry, ...tls }),
    (name) => new TableClient(connection.tableUrl, name, credential, tableOptions),
  )
}

function assemble(
  tables: TableServiceClient,
  queues: QueueServiceClient,
  blobs: BlobServiceClient,
  table: (name: string) => TableClient,
): Storage {
  return { tables, queues, blobs, table, queue: (name) => queues.getQueueClient(name) }
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
