import { Buffer } from 'node:buffer'
import { AzureFailure } from '../../failures.ts'
import type { ReadableStorage } from '../../function-app/storage-reference.ts'
import type { RecordStore } from '../../task-hub/ports.ts'
import { readBlobText } from './blobs.ts'
import { openStore, type StorageAccess, type Store } from './store.ts'

const container = 'durable-safe-deployment'

/** The deployment records of an account. The container is made at the first write, nothing at a read. */
export function openRecordStore(reference: ReadableStorage, access: StorageAccess): RecordStore {
  const store = openStore(reference, access)
  return {
    read: (app, signal) => readBlobText(store, { container, name: blobOf(app) }, signal),
    write: (app, text, etag, signal) => write(store, { app, text, etag }, signal),
  }
}

type Writing = { readonly app: string; readonly text: string; readonly etag: string | undefined }

function blobOf(app: string): string {
  return `${app}.json`
}

async function write(store: Store, writing: Writing, signal: AbortSignal): Promise<'written' | 'conflict'> {
  try {
    return await upload(store, writing, signal)
  } catch (error) {
    if (!(error instanceof AzureFailure) || error.code !== 'ContainerNotFound' || writing.etag !== undefined)
      throw error
    await createContainer(store, signal)
    return upload(store, writing, signal)
  }
}

async function upload(
  { connection, caller }: Store,
  { app, text, etag }: Writing,
  signal: AbortSignal,
): Promise<'written' | 'conflict'> {
  const client = connection.blob(container, blobOf(app))
  const conditions = etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag }
  const blobHTTPHeaders = { blobContentType: 'application/json; charset=utf-8' }
  const operation = { service: 'blob', name: `write the deployment record of '${app}'` } as const
  const act = (abortSignal: AbortSignal) =>
    client.upload(text, Buffer.byteLength(text), { abortSignal, conditions, blobHTTPHeaders })
  try {
    await caller.change(operation, act, signal)
    return 'written'
  } catch (error) {
    if (error instanceof AzureFailure && isConflict(error, etag)) return 'conflict'
    throw error
  }
}

/** A record that was to be replaced and is gone has moved on too. */
function isConflict({ kind, code }: AzureFailure, etag: string | undefined): boolean {
  if (kind === 'notFound') return etag !== undefined
  return kind === 'conflict' && (code === 'ConditionNotMet' || code === 'BlobAlreadyExists')
}

async function createContainer({ connection, caller }: Store, signal: AbortSignal): Promise<void> {
  const client = connection.container(container)
  const operation = { service: 'blob', name: `create container '${container}'` } as const
  try {
    await caller.change(operation, (abortSignal) => client.create({ abortSignal }), signal)
  } catch (error) {
    if (error instanceof AzureFailure && error.code === 'ContainerAlreadyExists') return
    throw error
  }
}
