// Puts a recording into storage, as if it had been recorded just now: what was due in an hour then is due in an hour now.
import { TableClient, TableServiceClient, type TableEntity } from '@azure/data-tables'
import { BlobServiceClient, type BlobClient, type ContainerClient } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'
import { randomUUID } from 'node:crypto'
import { fieldOf } from './front.ts'
import { blobAddress, type RecordedBlob, type RecordedRow, type RecordedValue, type Recording } from './recording.ts'

/** Longest lease that ends by itself, in seconds. */
const leaseSeconds = 60

export async function loadRecording(connectionString: string, recording: Recording): Promise<void> {
  const shiftMs = Date.now() - Date.parse(recording.recordedAt)
  const blobService = fieldOf(connectionString, 'BlobEndpoint').replace(/\/$/, '')
  const placed = (text: string) => text.replaceAll(blobAddress, blobService)
  await Promise.all([
    loadTables(connectionString, recording, (row) => entityOf(row, shiftMs, placed)),
    loadQueues(connectionString, recording, placed),
    loadContainers(connectionString, recording),
  ])
}

async function loadTables(
  connectionString: string,
  { tables }: Recording,
  entity: (row: RecordedRow) => TableEntity,
): Promise<void> {
  const service = TableServiceClient.fromConnectionString(connectionString, { allowInsecureConnection: true })
  for (const [name, rows] of Object.entries(tables)) {
    await service.createTable(name)
    const table = TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true })
    for (const row of rows) await table.createEntity(entity(row))
  }
}

function entityOf(row: RecordedRow, shiftMs: number, placed: (text: string) => string): TableEntity {
  const { PartitionKey, RowKey, ...columns } = row
  const values = Object.entries(columns).map(([name, value]) => [name, valueOf(value, shiftMs, placed)] as const)
  return { partitionKey: PartitionKey, rowKey: RowKey, ...Object.fromEntries(values) }
}

function valueOf(value: RecordedValue, shiftMs: number, placed: (text: string) => string): unknown {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return placed(value)
  const [[type, text] = ['', '']] = Object.entries(value)
  return { type, value: type === 'DateTime' ? shifted(text, shiftMs) : text }
}

/** A date that stands for "never" (0001, 9999) stays what it is. */
function shifted(text: string, shiftMs: number): string {
  const year = Number(text.slice(0, 4))
  return year < 2000 || year > 3000 ? text : new Date(Date.parse(text) + shiftMs).toISOString()
}

async function loadQueues(
  connectionString: string,
  { queues }: Recording,
  placed: (text: string) => string,
): Promise<void> {
  const service = QueueServiceClient.fromConnectionString(connectionString)
  for (const [name, messages] of Object.entries(queues)) {
    const queue = service.getQueueClient(name)
    await queue.create()
    for (const { text, visibleInSeconds } of messages) {
      await queue.sendMessage(placed(text), { visibilityTimeout: visibleInSeconds, messageTimeToLive: -1 })
    }
  }
}

async function loadContainers(connectionString: string, { containers }: Recording): Promise<void> {
  const service = BlobServiceClient.fromConnectionString(connectionString)
  for (const [name, { leased, blobs }] of Object.entries(containers)) {
    const container = service.getContainerClient(name)
    await container.create()
    for (const [blob, recorded] of Object.entries(blobs)) await loadBlob(container, blob, recorded)
    if (leased === true) await lease(container)
  }
}

async function loadBlob(
  container: ContainerClient,
  name: string,
  { text, base64, leased }: RecordedBlob,
): Promise<void> {
  const blob = container.getBlockBlobClient(name)
  await blob.uploadData(text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text, 'utf8'))
  if (leased === true) await lease(blob)
}

async function lease(what: BlobClient | ContainerClient): Promise<void> {
  await what.getBlobLeaseClient(randomUUID()).acquireLease(leaseSeconds)
}
