import { TableServiceClient } from '@azure/data-tables'
import { BlobServiceClient } from '@azure/storage-blob'
import { QueueServiceClient } from '@azure/storage-queue'

/** Everything in the storage account whose name begins with the name of this task hub. */
export async function leftoversOf(hub: string, connectionString: string): Promise<string[]> {
  const found: string[] = []
  const keep = (kind: string, name = ''): void => {
    if (name.toLowerCase().startsWith(hub.toLowerCase())) found.push(`${kind} '${name}'`)
  }
  const tables = TableServiceClient.fromConnectionString(connectionString, { allowInsecureConnection: true })
  for await (const { name } of tables.listTables()) keep('table', name)
  for await (const { name } of QueueServiceClient.fromConnectionString(connectionString).listQueues())
    keep('queue', name)
  const blobs = BlobServiceClient.fromConnectionString(connectionString)
  for await (const { name } of blobs.listContainers()) keep('container', name)
  return found
}
