import type { TokenCredential } from '@azure/identity'
import { AzureNamedKeyCredential, AzureSASCredential, TableClient, TableServiceClient } from '@azure/data-tables'
import { BlobServiceClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob'
import { QueueClient, QueueServiceClient } from '@azure/storage-queue'
import { AzureFailure } from '../../../failures.ts'
import { parseConnectionString } from '../../../function-app/storage-connection-string.ts'
import type { ReadableStorage } from '../../../function-app/storage-reference.ts'
import type { StorageAccount } from '../../../task-hub/hub.ts'
import type { Transport } from '../../http/transport.ts'
import { blobPipeline, queuePipeline, tableOptions, type Secret, type Watch } from './pipelines.ts'

export type Access = {
  /** Of the service connection; needed for an identity reference. */
  readonly credential?: TokenCredential
  readonly transport: Transport
  /** Registers a text for masking. */
  readonly onSecret: (text: string) => void
}

/** The SDK clients of one account. They check every answer, repeat nothing on their own and follow no redirect. */
export type StorageConnection = {
  readonly account: StorageAccount
  readonly signIn: Secret['kind']
  tables(): TableServiceClient
  table(name: string): TableClient
  queues(): QueueServiceClient
  queue(name: string): QueueClient
  containers(): BlobServiceClient
  container(name: string): ContainerClient
  blob(container: string, name: string): BlockBlobClient
  /** The Date header of the newest answer: the storage server's own time, to the second. */
  serverTime(): Date | undefined
}

/** Opens nothing yet. Throws `AzureFailure` (`denied`) where an identity is needed and there is none. */
export function connect(reference: ReadableStorage, access: Access): StorageConnection {
  const { account, tableUrl, queueUrl, blobUrl, secret } = addressesOf(reference, access)
  let serverTime: Date | undefined
  const watch: Watch = (header) => {
    const date = new Date(header('date') ?? '')
    if (!Number.isNaN(date.getTime())) serverTime = date
  }
  const { transport } = access
  const query = secret.kind === 'sas' ? `?${secret.sas}` : ''
  const at = (url: string, ...path: string[]) => [url, ...path.map(encodeURIComponent)].join('/') + query
  const table = { options: tableOptions(tableUrl, transport, watch), credential: tableCredential(secret) }
  // A pipeline each: the SDKs put policies into the one they are given, and again for every client made of it.
  const queue = () => queuePipeline(queueUrl, secret, transport, watch)
  const blob = () => blobPipeline(blobUrl, secret, transport, watch)
  return {
    account,
    signIn: secret.kind,
    tables: () => new TableServiceClient(tableUrl, table.credential as AzureNamedKeyCredential, table.options),
    table: (name) => new TableClient(tableUrl, name, table.credential as AzureNamedKeyCredential, table.options),
    queues: () => new QueueServiceClient(at(queueUrl), queue()),
    queue: (name) => new QueueClient(at(queueUrl, name), queue()),
    containers: () => new BlobServiceClient(at(blobUrl), blob()),
    container: (name) => new ContainerClient(at(blobUrl, name), blob()),
    blob: (container, name) => new BlockBlobClient(at(blobUrl, container, ...name.split('/')), blob()),
    serverTime: () => serverTime,
  }
}

type Addresses = {
  readonly account: StorageAccount
  readonly tableUrl: string
  readonly queueUrl: string
  readonly blobUrl: string
  readonly secret: Secret
}

function addressesOf(reference: ReadableStorage, { credential, onSecret }: Access): Addresses {
  const { account } = reference
  if (reference.kind === 'identity') {
    const operation = `open storage account '${account.name}'`
    if (!credential) {
      throw new AzureFailure(`Could not ${operation}: its settings ask for an identity and there is none.`, {
        operation,
        kind: 'denied',
      })
    }
    return { ...reference, secret: { kind: 'identity', credential } }
  }
  onSecret(reference.connectionString)
  const read = parseConnectionString(reference.connectionString)
  if ('because' in read) {
    const operation = 'read the connection string of a storage account'
    throw new AzureFailure(`Could not ${operation}: ${read.because}.`, { operation, kind: 'rejected' })
  }
  const { secret } = read
  if (secret.kind === 'key') {
    onSecret(secret.key)
    return { ...read, secret: { ...secret, name: account.name } }
  }
  onSecret(secret.sas)
  const signature = new URLSearchParams(secret.sas).get('sig')
  if (signature) onSecret(signature)
  return { ...read, secret }
}

function tableCredential(secret: Secret): AzureNamedKeyCredential | AzureSASCredential | TokenCredential {
  switch (secret.kind) {
    case 'key':
      return new AzureNamedKeyCredential(secret.name, secret.key)
    case 'sas':
      return new AzureSASCredential(secret.sas)
    case 'identity':
      return secret.credential
  }
}
