// What storage shows of a hub while a situation is brought about.
import { TableClient, type TableEntity } from '@azure/data-tables'
import { QueueServiceClient } from '@azure/storage-queue'

export type Row = Readonly<Record<string, unknown>>

export type StorageView = {
  /** The instance's row by its stored key; undefined where it, or the table, is not there. */
  row(key: string): Promise<Row | undefined>
  /** Messages of a kind of queue, invisible ones included. */
  messages(kind: 'control' | 'workitems'): Promise<number>
  /** How many a peek shows. */
  visible(kind: 'control' | 'workitems'): Promise<number>
}

export function storageView(connectionString: string, hub: string, instances = `${hub}Instances`): StorageView {
  const table = TableClient.fromConnectionString(connectionString, instances, { allowInsecureConnection: true })
  const service = QueueServiceClient.fromConnectionString(connectionString)
  const queues = async (kind: string) => {
    const found = []
    for await (const { name } of service.listQueues({ prefix: `${hub.toLowerCase()}-${kind}` }))
      found.push(service.getQueueClient(name))
    return found
  }
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  return {
    row: async (key) => {
      for await (const row of table.listEntities<TableEntity>()) if (row.partitionKey === key) return row
      return undefined
    },
    messages: async (kind) =>
      sum(
        await Promise.all(
          (await queues(kind)).map(async (queue) => (await queue.getProperties()).approximateMessagesCount ?? 0),
        ),
      ),
    visible: async (kind) =>
      sum(
        await Promise.all(
          (await queues(kind)).map(
            async (queue) => (await queue.peekMessages({ numberOfMessages: 32 })).peekedMessageItems.length,
          ),
        ),
      ),
  }
}

/** Asks again until it holds; throws with `what` when that takes too long. */
export async function until(what: () => string, holds: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`It did not come about that ${what()}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
