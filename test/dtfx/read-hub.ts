// Reads all that storage holds of hubs, in an order that is the same each time.
import { TableClient, TableServiceClient } from '@azure/data-tables'
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import { fieldOf } from './front.ts'
import type { StoredMessage } from './queue-server.ts'
import {
  blobAddress,
  type HubContent,
  type RecordedBlob,
  type RecordedContainer,
  type RecordedMessage,
  type RecordedRow,
  type RecordedValue,
} from './recording.ts'

export type Storage = {
  readonly connectionString: string
  /** How to see every message of a queue. */
  readonly messages: (queue: string) => Promise<readonly StoredMessage[]>
}

export type WhatToRead = {
  readonly hubs: readonly string[]
  /** Prefix of tables that the hubs share. */
  readonly tracking?: string
  readonly now: Date
  /** Addresses of the blob service that rows may name. */
  readonly blobAddresses: readonly string[]
}

export async function readHubs(storage: Storage, wanted: WhatToRead): Promise<HubContent> {
  return {
    tables: await readTables(storage.connectionString, wanted),
    queues: await readQueues(storage, wanted),
    containers: await readContainers(storage.connectionString, wanted),
  }
}

async function readTables(connectionString: string, { hubs, tracking, blobAddresses }: WhatToRead) {
  const service = TableServiceClient.fromConnectionString(connectionString, { allowInsecureConnection: true })
  const prefixes = tracking === undefined ? hubs : [...hubs, tracking]
  const wanted = new Set(
    prefixes.flatMap((prefix) => [`${prefix}Instances`, `${prefix}History`, `${prefix}Partitions`]),
  )
  const tables: Record<string, RecordedRow[]> = {}
  for await (const { name } of service.listTables()) {
    if (name === undefined || !wanted.has(name)) continue
    const rows: RecordedRow[] = []
    const table = TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true })
    for await (const entity of table.listEntities({ disableTypeConversion: true }))
      rows.push(rowOf(entity, blobAddresses))
    tables[name] = rows.sort((one, other) => compare(keyOf(one), keyOf(other)))
  }
  return sorted(tables)
}

function rowOf(entity: Readonly<Record<string, unknown>>, blobAddresses: readonly string[]): RecordedRow {
  const { partitionKey, rowKey, timestamp: _, etag: __, ...columns } = entity
  const names = Object.keys(columns)
    .filter((name) => !name.startsWith('odata.'))
    .sort()
  const values = names.map((name) => [name, valueOf(columns[name], blobAddresses)] as const)
  return { PartitionKey: String(partitionKey), RowKey: String(rowKey), ...Object.fromEntries(values) }
}

function valueOf(value: unknown, blobAddresses: readonly string[]): RecordedValue {
  const { value: plain, type } = value as { value: unknown; type: string }
  if (type === 'Boolean') return plain === true || plain === 'true'
  if (type !== 'String') return { [type]: String(plain) }
  return blobAddresses.reduce((text, address) => text.replaceAll(address, blobAddress), String(plain))
}

async function readQueues({ connectionString, messages }: Storage, { hubs, now, blobAddresses }: WhatToRead) {
  const service = QueueServiceClient.fromConnectionString(connectionString)
  const queues: Record<string, RecordedMessage[]> = {}
  for (const hub of hubs) {
    for await (const { name } of service.listQueues({ prefix: `${hub.toLowerCase()}-` })) {
      queues[name] = (await messages(name)).map(({ text, visibleAt, dequeueCount }) => ({
        text: blobAddresses.reduce((before, address) => before.replaceAll(address, blobAddress), text),
        visibleInSeconds: Math.max(0, Math.ceil((visibleAt.getTime() - now.getTime()) / 1000)),
        dequeueCount,
      }))
    }
  }
  return sorted(queues)
}

async function readContainers(connectionString: string, { hubs }: WhatToRead) {
  const service = BlobServiceClient.fromConnectionString(connectionString)
  const containers: Record<string, RecordedContainer> = {}
  for (const hub of hubs) {
    for await (const { name, properties } of service.listContainers({ prefix: `${hub.toLowerCase()}-` })) {
      const blobs = await readBlobs(service.getContainerClient(name))
      containers[name] = { ...(properties.leaseState === 'leased' ? { leased: true } : {}), blobs }
    }
  }
  return sorted(containers)
}

async function readBlobs(container: ContainerClient): Promise<Record<string, RecordedBlob>> {
  const blobs: Record<string, RecordedBlob> = {}
  for await (const { name, properties } of container.listBlobsFlat()) {
    const content = await container.getBlobClient(name).downloadToBuffer()
    const text = content.toString('utf8')
    const readable = Buffer.from(text, 'utf8').equals(content)
    blobs[name] = {
      ...(readable ? { text } : { base64: content.toString('base64') }),
      ...(properties.leaseState === 'leased' ? { leased: true } : {}),
    }
  }
  return sorted(blobs)
}

/** The address of the blob service in a connection string. */
export function blobAddressOf(connectionString: string): string {
  return fieldOf(connectionString, 'BlobEndpoint').replace(/\/$/, '')
}

function keyOf({ PartitionKey, RowKey }: RecordedRow): string {
  return `${PartitionKey}\u0000${RowKey}`
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => compare(one, other)))
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
