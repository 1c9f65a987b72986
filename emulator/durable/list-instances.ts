import { statusOfRow } from './client.ts'
import type { DurableClient, Status } from './client.ts'
import { instanceRowOf } from './instances.ts'
import type { InstanceRow } from './instances.ts'
import { escapeKey, quoted } from './names.ts'

export type ListCondition = {
  /** Empty: every status. */
  readonly runtimeStatus: readonly string[]
  readonly createdTimeFrom?: Date | undefined
  readonly createdTimeTo?: Date | undefined
  readonly instanceIdPrefix?: string | undefined
  readonly top: number
  readonly continuationToken?: string | undefined
}

type Page = Record<string, unknown>[] & { continuationToken?: string }

/** The Table service gives at most 1000 rows a page. */
const largestPage = 1000

/**
 * One page of instances. As the Table service may, it looks at no more than `top` rows and gives those of them that match, so
 * a page may be short or empty and have a token all the same (EXT OrchestrationStatusQueryCondition.cs, remarks).
 */
export async function listInstances(
  client: DurableClient,
  condition: ListCondition,
): Promise<{ items: Status[]; continuationToken: string | undefined }> {
  await client.ensureHub()
  const { hub } = client
  const prefix = condition.instanceIdPrefix
  const filter = prefix === undefined || prefix === '' ? undefined : prefixFilter(escapeKey(prefix))
  const pages = hub.storage
    .table(hub.names.instances)
    .listEntities({ ...(filter === undefined ? {} : { queryOptions: { filter } }) })
    .byPage({
      maxPageSize: Math.max(1, Math.min(largestPage, condition.top)),
      ...(condition.continuationToken === undefined ? {} : { continuationToken: condition.continuationToken }),
    })
  const page = (await pages[Symbol.asyncIterator]().next()) as { value?: Page }
  const rows: Page = page.value ?? []
  const items = rows.map(instanceRowOf).filter((row) => matches(row, condition))
  return { items: items.map(statusOfRow), continuationToken: rows.continuationToken }
}

function prefixFilter(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1)
  const end = prefix.slice(0, -1) + String.fromCharCode(last + 1)
  return `PartitionKey ge ${quoted(prefix)} and PartitionKey lt ${quoted(end)}`
}

function matches(row: InstanceRow, condition: ListCondition): boolean {
  const { runtimeStatus, createdTimeFrom, createdTimeTo } = condition
  if (runtimeStatus.length > 0 && !runtimeStatus.includes(row.RuntimeStatus ?? '')) return false
  const created = row.CreatedTime?.getTime()
  if (createdTimeFrom && !(created !== undefined && created >= createdTimeFrom.getTime())) return false
  return !createdTimeTo || (created !== undefined && created <= createdTimeTo.getTime())
}
