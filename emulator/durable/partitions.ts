import type { TableEntityResult } from '@azure/data-tables'
import type { Hub } from './queues.ts'
import { statusOf } from './storage.ts'

export type Lease = {
  readonly RowKey: string
  readonly CurrentOwner?: string | undefined
  readonly NextOwner?: string | undefined
  readonly OwnedSince?: Date | undefined
  readonly LastRenewal?: Date | undefined
  readonly ExpiresAt?: Date | undefined
}

export type LeaseOptions = { readonly hub: Hub; readonly workerId: string; readonly leaseSeconds: number }

/**
 * One round over the Partitions table (DT Partitioning/TablePartitionManager.cs): renews what is owned, claims what is free,
 * expired or handed over, gives up what another worker asked for, and asks for one partition where another owns more than
 * its share. Answers the control queues this worker owns now.
 */
export async function tendLeases(options: LeaseOptions): Promise<string[]> {
  const { hub, workerId } = options
  const table = hub.storage.table(hub.names.partitions)
  const rows: (TableEntityResult<Record<string, unknown>> & Lease)[] = []
  for await (const row of table.listEntities()) rows.push({ ...row, RowKey: row.rowKey ?? '' })
  const owned: string[] = []
  for (const row of rows) {
    const isMine = row.CurrentOwner === workerId
    if (isMine && row.NextOwner !== undefined && row.NextOwner !== workerId) {
      await replace(row, { ...leaseOf(row), CurrentOwner: undefined })
    } else if (isMine || isFree(row, workerId)) {
      if (await replace(row, claimed(row, options))) owned.push(row.RowKey)
    }
  }
  const wanted = owned.length === rows.length ? undefined : overShare(rows, workerId, owned.length)
  if (wanted) await replace(wanted, { ...leaseOf(wanted), NextOwner: workerId })
  return owned

  async function replace(
    row: { etag: string; RowKey: string },
    lease: Omit<Lease, 'RowKey'> & { IsDraining?: boolean },
  ) {
    const set = Object.fromEntries(Object.entries(lease).filter(([, value]) => value !== undefined))
    const entity = { IsDraining: false, ...set, partitionKey: '', rowKey: row.RowKey }
    try {
      await table.updateEntity(entity, 'Replace', { etag: row.etag })
      return true
    } catch (error) {
      if (statusOf(error) === 412) return false
      throw error
    }
  }
}

function isFree(row: Lease, workerId: string): boolean {
  const isEmpty = row.CurrentOwner === undefined && (row.NextOwner === undefined || row.NextOwner === workerId)
  const isExpired = row.ExpiresAt !== undefined && row.ExpiresAt.getTime() <= Date.now()
  return isEmpty || isExpired
}

function leaseOf({ CurrentOwner, NextOwner, OwnedSince, LastRenewal, ExpiresAt }: Lease) {
  return { CurrentOwner, NextOwner, OwnedSince, LastRenewal, ExpiresAt }
}

function claimed(row: Lease, { workerId, leaseSeconds }: LeaseOptions): Omit<Lease, 'RowKey'> {
  const now = new Date()
  const since = row.CurrentOwner === workerId ? row.OwnedSince : undefined
  return {
    CurrentOwner: workerId,
    OwnedSince: since ?? now,
    LastRenewal: now,
    ExpiresAt: new Date(now.getTime() + leaseSeconds * 1000),
  }
}

/** A partition of the worker that owns most, while the shares differ by more than one. */
function overShare<T extends Lease>(rows: readonly T[], workerId: string, own: number): T | undefined {
  if (rows.some((row) => row.NextOwner === workerId)) return undefined
  const others = new Map<string, T[]>()
  for (const row of rows) {
    const owner = row.NextOwner ?? row.CurrentOwner
    if (owner !== undefined && owner !== workerId) others.set(owner, [...(others.get(owner) ?? []), row])
  }
  const most = [...others.values()].sort((left, right) => right.length - left.length)[0]
  return most && most.length > own + 1 ? most.find((row) => row.NextOwner === undefined) : undefined
}

/** What a graceful stop does: no owner any more, while ExpiresAt stays as it is (TablePartitionManager.ReleaseLease). */
export async function releaseLeases({ hub, workerId }: LeaseOptions): Promise<void> {
  const table = hub.storage.table(hub.names.partitions)
  for await (const row of table.listEntities<Lease>()) {
    if (row.CurrentOwner !== workerId) continue
    const entity: Record<string, unknown> = { ...leaseOf(row), IsDraining: false }
    const set = Object.entries(entity).filter(([name, value]) => value !== undefined && name !== 'CurrentOwner')
    const lease = { ...Object.fromEntries(set), partitionKey: '', rowKey: row.rowKey ?? '' }
    await table.updateEntity(lease, 'Replace', { etag: row.etag })
  }
}
