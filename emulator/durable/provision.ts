import { statusOf, tolerate } from './storage.ts'
import type { Hub } from './queues.ts'

/**
 * Creates what is missing of a hub, as worker and client both do before anything else (DT EnsureTaskHubAsync). The
 * `-largemessages` container is not among it. Throws what storage throws.
 */
export async function provision(hub: Hub): Promise<void> {
  const { names, storage, partitionCount } = hub
  const control = Array.from({ length: partitionCount }, (_, partition) => names.control(partition))
  await Promise.all([
    ...[...control, names.workItems].map((queue) => storage.queue(queue).createIfNotExists()),
    ...[names.instances, names.history, names.partitions].map((table) =>
      tolerate([409], storage.tables.createTable(table)),
    ),
    createLeases(hub),
    createAppLease(hub),
  ])
  await Promise.all(control.map((queue) => createPartitionRow(hub, queue)))
}

/** `taskhub.json` says how many partitions the hub has (DT TaskHubInfo); the first to write it decides. */
async function createLeases({ names, storage, partitionCount }: Hub): Promise<void> {
  const container = storage.blobs.getContainerClient(names.leases)
  await tolerate([409], container.create())
  const info = JSON.stringify({ TaskHubName: names.hub, CreatedAt: new Date(), PartitionCount: partitionCount })
  await writeOnce(
    container.getBlockBlobClient('taskhub.json').upload(info, info.length, { conditions: { ifNoneMatch: '*' } }),
  )
}

async function createAppLease({ names, storage }: Hub): Promise<void> {
  const container = storage.blobs.getContainerClient(names.appLease)
  await tolerate([409], container.create())
  const blob = container.getBlockBlobClient(names.appLeaseInfo)
  await writeOnce(blob.upload('{}', 2, { conditions: { ifNoneMatch: '*' } }))
}

async function writeOnce(upload: Promise<unknown>): Promise<void> {
  // 409 BlobAlreadyExists or 412 ConditionNotMet, both for a blob that is there already.
  await tolerate([409, 412], upload)
}

/** A partition without owner (DT Partitioning/TablePartitionLease.cs). */
async function createPartitionRow({ names, storage }: Hub, queue: string): Promise<void> {
  try {
    await storage.table(names.partitions).createEntity({ partitionKey: '', rowKey: queue, IsDraining: false })
  } catch (error) {
    if (statusOf(error) !== 409) throw error
  }
}
