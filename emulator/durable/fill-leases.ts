import type { BlobLeaseClient } from '@azure/storage-blob'
import { appLeaseId } from './app-lease.ts'
import type { Hub } from './queues.ts'
import { tolerate } from './storage.ts'

export type PartitionOptions = {
  readonly owner?: string
  /** Whole row as it is to be; the rest is a lease of 30 s, renewed now. */
  readonly lastRenewal?: Date
  readonly expiresAt?: Date
}

/** A real storage lease; `release` gives it back before it runs out. */
export type HeldLease = { readonly leaseId: string; release(): Promise<void> }

export type LeaseSeeds = {
  /** A worker that renewed the partition just now. */
  livePartition(partition: number, options?: PartitionOptions): Promise<void>
  /** A worker that stopped abruptly ten minutes ago. */
  expiredPartition(partition: number, options?: PartitionOptions): Promise<void>
  /** A worker that stopped gracefully: no owner, but ExpiresAt is left as it was (DT TablePartitionManager ReleaseLease). */
  releasedPartition(partition: number): Promise<void>
  /** A blob partition manager's lease on `{directory}/{queue}`; 15 to 60 s, or -1 for ever. */
  blobLease(directory: 'intent' | 'ownership' | 'default', partition: number, seconds?: number): Promise<HeldLease>
  /** The app lease on the `-applease` container. */
  appLease(appName?: string, seconds?: number): Promise<HeldLease>
}

export function seedLeases({ storage, names }: Hub): LeaseSeeds {
  async function partitionRow(partition: number, fields: Record<string, unknown>): Promise<void> {
    await tolerate([409], storage.tables.createTable(names.partitions))
    const row = { partitionKey: '', rowKey: names.control(partition), IsDraining: false, ...fields }
    await storage.table(names.partitions).upsertEntity(row, 'Replace')
  }
  function ownedRow(options: PartitionOptions, renewed: Date) {
    const lastRenewal = options.lastRenewal ?? renewed
    return {
      CurrentOwner: options.owner ?? 'worker-1',
      OwnedSince: new Date(lastRenewal.getTime() - 60_000),
      LastRenewal: lastRenewal,
      ExpiresAt: options.expiresAt ?? new Date(lastRenewal.getTime() + 30_000),
    }
  }
  return {
    livePartition: (partition, options = {}) => partitionRow(partition, ownedRow(options, new Date())),
    expiredPartition: (partition, options = {}) =>
      partitionRow(partition, ownedRow(options, new Date(Date.now() - 600_000))),
    releasedPartition(partition) {
      const { OwnedSince, LastRenewal, ExpiresAt } = ownedRow({}, new Date())
      return partitionRow(partition, { OwnedSince, LastRenewal, ExpiresAt })
    },
    async blobLease(directory, partition, seconds = 30) {
      const container = storage.blobs.getContainerClient(names.leases)
      await tolerate([409], container.create())
      const blob = container.getBlockBlobClient(`${directory}/${names.control(partition)}`)
      const content = JSON.stringify({ PartitionId: names.control(partition), Owner: 'worker-1', Epoch: 1 })
      await blob.upload(content, content.length)
      const lease = blob.getBlobLeaseClient()
      await lease.acquireLease(seconds)
      return { leaseId: lease.leaseId, release: () => release(lease) }
    },
    async appLease(appName = 'app', seconds = 60) {
      const container = storage.blobs.getContainerClient(names.appLease)
      await tolerate([409], container.create())
      const lease = container.getBlobLeaseClient(appLeaseId(appName))
      await lease.acquireLease(seconds)
      return { leaseId: lease.leaseId, release: () => release(lease) }
    },
  }
}

async function release(lease: BlobLeaseClient): Promise<void> {
  await lease.releaseLease()
}
