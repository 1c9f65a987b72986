import { AzureFailure } from '../../failures.ts'
import { partsIn } from '../../task-hub/layout.ts'
import { text } from '../../task-hub/rows/instance.ts'
import { sameHubName, type HubName } from '../../task-hub/name.ts'
import type { DeleteResult, HubPart } from '../../task-hub/ports.ts'
import { inParallel } from '../../in-parallel.ts'
import type { Tracking } from './tracking.ts'
import { quoted, rowPages } from './rows.ts'
import { ifPresent, type Store } from './store.ts'

/** Deletes one part, asked once. Gone already is `absent`; a name that is still being freed is `beingDeleted`. */
export async function deletePartOf(
  store: Store,
  tracking: Tracking,
  { hub, part, signal }: { readonly hub: HubName; readonly part: HubPart; readonly signal: AbortSignal },
): Promise<DeleteResult> {
  if (part.kind === 'rows') return deleteRows(tracking, hub, part.table, signal)
  assertOwn(hub, part)
  const { connection, caller } = store
  const { kind, name } = part
  const service = kind === 'container' ? 'blob' : kind
  const act = async (abortSignal: AbortSignal): Promise<void> => {
    if (kind === 'queue') await connection.queue(name).delete({ abortSignal })
    else if (kind === 'table') await connection.table(name).deleteTable({ abortSignal })
    else await connection.container(name).delete({ abortSignal })
  }
  return deletion(() => caller.change({ service, name: `delete ${kind} '${name}'` }, act, signal))
}

async function deletion(act: () => Promise<void>): Promise<DeleteResult> {
  try {
    await act()
    return 'deleted'
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    if (error.kind === 'notFound') return 'absent'
    if (error.kind === 'conflict' && /^(?:Table|Queue|Container)BeingDeleted$/.test(error.code ?? ''))
      return 'beingDeleted'
    throw error
  }
}

/**
 * Deletes the hub's rows of a shared table. A row of History names no hub (DT AzureTableTrackingStore.cs writes TaskHubName
 * to Instances only), so that the partitions of the hub's instances are its rows there.
 */
async function deleteRows(tracking: Tracking, hub: HubName, table: string, signal: AbortSignal): Promise<DeleteResult> {
  if (table !== tracking.history && table !== tracking.instances) {
    throw new Error(`Table '${table}' is no table of the tracking store of hub '${hub}'.`)
  }
  let deleted = 0
  await ifPresent(async () => {
    const query = { table: tracking.instances, select: ['PartitionKey', 'RowKey', 'TaskHubName'] }
    for await (const page of rowPages(tracking.store, query, signal)) {
      const mine = page.filter(({ TaskHubName }) => sameHubName(text(TaskHubName) ?? '', hub))
      for (const { PartitionKey: key, RowKey: rowKey } of mine) {
        if (typeof key !== 'string' || typeof rowKey !== 'string') continue
        if (table === tracking.instances) deleted += await deleteRow(tracking, table, [key, rowKey], signal)
        else deleted += await deletePartition(tracking, table, key, signal)
      }
    }
  })
  return deleted > 0 ? 'deleted' : 'absent'
}

async function deletePartition(tracking: Tracking, table: string, key: string, signal: AbortSignal): Promise<number> {
  let deleted = 0
  const query = { table, filter: `PartitionKey eq ${quoted(key)}`, select: ['PartitionKey', 'RowKey'] }
  await ifPresent(async () => {
    for await (const page of rowPages(tracking.store, query, signal)) {
      const rows = page.map(({ RowKey }) => text(RowKey)).filter((rowKey) => rowKey !== undefined)
      const done = await inParallel(rows, 8, (rowKey) => deleteRow(tracking, table, [key, rowKey], signal))
      deleted += done.reduce<number>((sum, one) => sum + one, 0)
    }
  })
  return deleted
}

async function deleteRow(
  { store: { connection, caller } }: Tracking,
  table: string,
  [partitionKey, rowKey]: readonly [string, string],
  signal: AbortSignal,
): Promise<0 | 1> {
  const act = async (abortSignal: AbortSignal) => {
    await connection.table(table).deleteEntity(partitionKey, rowKey, { abortSignal })
  }
  const operation = { service: 'table', name: `delete a row of table '${table}'` } as const
  return (await deletion(() => caller.change(operation, act, signal))) === 'deleted' ? 1 : 0
}

/** Whatever the caller thinks: only a resource that exactly bears the hub's name goes. */
function assertOwn(hub: HubName, part: Exclude<HubPart, { kind: 'rows' }>): void {
  const listing = { queues: [], tables: [], containers: [], [`${part.kind}s`]: [part.name] }
  if (partsIn(hub, listing).length !== 1) throw new Error(`The ${part.kind} '${part.name}' is no part of hub '${hub}'.`)
}
