import type { DeploymentRecord, RecordedHub } from './record.ts'

/** Half of what is read of a blob (core/azure/storage/blobs.ts): a record beyond that would stop every deployment. */
export const mostRecordBytes = 512 * 1024

/** Only this many hubs that were deleted are remembered, the latest ones. */
const mostDeleted = 100
const leastAudit = 20

/**
 * The record's text, bounded in this order until it is small enough:
 * 1. hubs that were deleted, beyond the latest 100, are dropped in any case;
 * 2. it is written without indentation;
 * 3. the oldest actions are dropped, down to 20;
 * 4. so are all hubs that were deleted;
 * 5. and the hubs that retired first: they are still there, and CleanupTaskHub finds them by name. It takes some thousand
 *    hubs that nobody deletes to come to that.
 */
export function serialiseRecord(full: DeploymentRecord): string {
  let record = withoutDeleted(full, mostDeleted)
  const readable = `${JSON.stringify(record, null, 2)}\n`
  if (bytesOf(readable) <= mostRecordBytes) return readable
  for (;;) {
    const text = `${JSON.stringify(record)}\n`
    if (bytesOf(text) <= mostRecordBytes) return text
    const less = smaller(record)
    if (!less) return text
    record = less
  }
}

/** A tenth less of what matters least; undefined where all that is left has to stay. */
function smaller(record: DeploymentRecord): DeploymentRecord | undefined {
  const { audit, hubs } = record
  if (audit.length > leastAudit) {
    return { ...record, audit: audit.slice(-Math.max(leastAudit, Math.floor(audit.length * 0.9))) }
  }
  if (hubs.some(({ deletedAt }) => deletedAt !== undefined)) return withoutDeleted(record, 0)
  const retired = latestFirst(hubs, 'retiredAt')
  if (retired.length === 0) return undefined
  return { ...record, hubs: without(hubs, retired.slice(Math.floor(retired.length * 0.9))) }
}

function withoutDeleted(record: DeploymentRecord, most: number): DeploymentRecord {
  return { ...record, hubs: without(record.hubs, latestFirst(record.hubs, 'deletedAt').slice(most)) }
}

function latestFirst(hubs: readonly RecordedHub[], time: 'deletedAt' | 'retiredAt'): readonly RecordedHub[] {
  return hubs
    .filter((each) => each[time] !== undefined)
    .toSorted((left, right) => (right[time] ?? '').localeCompare(left[time] ?? ''))
}

function without(hubs: readonly RecordedHub[], dropped: readonly RecordedHub[]): readonly RecordedHub[] {
  const gone = new Set(dropped)
  return hubs.filter((each) => !gone.has(each))
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
