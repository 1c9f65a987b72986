// Single rows of a table, written only as long as they are what was read: nothing that another wrote is ever lost.
import { randomUUID } from 'node:crypto'
import { AzureFailure } from '../../failures.ts'
import type { Columns } from './rows.ts'
import { readRows } from './rows.ts'
import { AnswerError } from './requests/answer-error.ts'
import { unreadable, type Store } from './store.ts'

export type RowAddress = { readonly table: string; readonly partition: string; readonly row: string }

export type WrittenRow = RowAddress & {
  readonly columns: Readonly<Record<string, string | number>>
  /** Undefined = only if there is none yet. */
  readonly etag: string | undefined
}

/** A row with its ETag; undefined where there is none. A missing table throws `AzureFailure` (`notFound`). */
export async function readRow(
  { connection, caller }: Store,
  { table, partition, row }: RowAddress,
  signal: AbortSignal,
): Promise<{ readonly columns: Columns; readonly etag: string } | undefined> {
  const client = connection.table(table)
  const act = async (abortSignal: AbortSignal) => {
    const { etag, ...columns } = await client.getEntity(partition, row, { abortSignal })
    if (!etag) throw new AnswerError('the row has no ETag', { kind: 'unreadable' })
    return { columns, etag }
  }
  try {
    return await caller.read({ service: 'table', name: `read a row of table '${table}'` }, act, signal)
  } catch (error) {
    if (isRowMissing(error)) return undefined
    throw error
  }
}

const mostTries = 3

/**
 * Writes a row on its ETag, and answers `conflict` where it has moved on. A write whose reply is lost leaves its mark in the
 * row, column `WriteId`, or not: the row is read, and the write repeated only where the row is as it was before. `conflict`
 * too where another has written since, so that nobody can tell any more whether this one was there in between.
 */
export async function writeRow(store: Store, row: WrittenRow, signal: AbortSignal): Promise<'written' | 'conflict'> {
  const writeId = randomUUID()
  for (let tries = 1; ; tries++) {
    let lost: AzureFailure | undefined
    try {
      const answer = await send(store, { ...row, columns: { ...row.columns, WriteId: writeId } }, signal)
      if (answer === 'written' || tries === 1) return answer
    } catch (error) {
      if (!(error instanceof AzureFailure) || !error.mayHaveHappened) throw error
      lost = error
    }
    const found = await readRow(store, row, signal).catch((error: unknown) => {
      throw error instanceof AzureFailure ? (lost ?? error) : error
    })
    if (found?.columns['WriteId'] === writeId) return 'written'
    if (!lost || found?.etag !== row.etag) return 'conflict'
    if (tries === mostTries) throw lost
  }
}

async function send(
  { connection, caller }: Store,
  { table, partition: partitionKey, row: rowKey, columns, etag }: WrittenRow,
  signal: AbortSignal,
): Promise<'written' | 'conflict'> {
  const client = connection.table(table)
  const entity = { ...columns, partitionKey, rowKey }
  const act = (abortSignal: AbortSignal) =>
    etag === undefined
      ? client.createEntity(entity, { abortSignal })
      : client.updateEntity(entity, 'Replace', { etag, abortSignal })
  try {
    await caller.change({ service: 'table', name: `write a row of table '${table}'` }, act, signal)
    return 'written'
  } catch (error) {
    // A row that was to be replaced and is gone has moved on too.
    if (isMoved(error) || (etag !== undefined && isRowMissing(error))) return 'conflict'
    throw error
  }
}

/** Deletes a row, whatever it holds; no error where it is not there. After a lost reply the row is read: gone is gone. */
export async function deleteRow(store: Store, address: RowAddress, signal: AbortSignal): Promise<void> {
  const { table, partition, row } = address
  const act = async (abortSignal: AbortSignal) => {
    await store.connection.table(table).deleteEntity(partition, row, { abortSignal })
  }
  try {
    await store.caller.change({ service: 'table', name: `delete a row of table '${table}'` }, act, signal)
  } catch (error) {
    if (isRowMissing(error)) return
    if (!(error instanceof AzureFailure) || !error.mayHaveHappened) throw error
    if ((await readRow(store, address, signal)) !== undefined) throw error
  }
}

/** Makes the table where it is not there. One that is being deleted throws `AzureFailure` (`conflict`). */
export async function ensureTable(store: Store, table: string, signal: AbortSignal): Promise<void> {
  if (await isThere(store, table, signal)) return
  const act = (abortSignal: AbortSignal) => store.connection.table(table).createTable({ abortSignal })
  try {
    await store.caller.change({ service: 'table', name: `create table '${table}'` }, act, signal)
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    if (error.code === 'TableAlreadyExists') return
    if (!error.mayHaveHappened || !(await isThere(store, table, signal))) throw error
  }
}

async function isThere(store: Store, table: string, signal: AbortSignal): Promise<boolean> {
  const filter = `PartitionKey eq ''`
  return (await readRows(store, { table, filter, select: ['PartitionKey'], pageSize: 1 }, signal)) !== undefined
}

/** `ResourceNotFound` is the row, `TableNotFound` its table (learn: table-service-error-codes). */
function isRowMissing(error: unknown): boolean {
  return error instanceof AzureFailure && error.kind === 'notFound' && error.code !== 'TableNotFound'
}

const movedCodes: readonly (string | undefined)[] = [
  'EntityAlreadyExists',
  'UpdateConditionNotSatisfied',
  'ConditionNotMet',
]

function isMoved(error: unknown): boolean {
  return error instanceof AzureFailure && error.kind === 'conflict' && movedCodes.includes(error.code)
}

/** For what a row holds that makes no sense. */
export function unreadableRow({ connection }: Store, table: string, because: string): AzureFailure {
  return unreadable(`read a row of table '${table}'`, connection.account.name, because)
}
