import { AzureFailure } from '../../failures.ts'
import type { Clock } from '../../ports.ts'
import { beginOf } from '../../task-hub/account/read.ts'
import { silentWatch } from '../../task-hub/idle-proof/scan-watch.ts'
import type { HubName } from '../../task-hub/name.ts'
import type { InstancesSeen, InstancesWanted, SeenInstance } from '../../task-hub/ports.ts'
import { isEntity } from '../../task-hub/rows/entity.ts'
import {
  date,
  durationColumns,
  endedStatuses,
  isOfHub,
  isSubOrchestrationId,
  progress,
  readInstanceRow,
  text,
  type InstanceRow,
} from '../../task-hub/rows/instance.ts'
import { quoted, type Columns } from './rows.ts'
import { scanTable } from './scan/scan-table.ts'
import { ifPresent, serverTime } from './store.ts'
import type { Tracking } from './tracking.ts'
import { withinTime } from './within-time.ts'

/** More of them are chosen here and not by the service: a filter holds 13 comparisons beside the range of keys. */
const mostNamesInFilter = 6
/** No function is called so; the rows must stay small. */
const longestName = 300
const ended = endedStatuses.map((status) => `RuntimeStatus eq '${status}'`).join(' or ')

type Question = { readonly hub: HubName; readonly wanted: InstancesWanted }

/** The instances of a hub that are wanted: see `TaskHubs.instances`. */
export async function readInstances(
  tracking: Tracking,
  clock: Clock,
  { hub, wanted }: Question,
  signal: AbortSignal,
): Promise<InstancesSeen> {
  const { store, instances: table, shared } = tracking
  const operation = `read the instances in table '${table}'`
  const query = {
    table,
    filter: filterOf(wanted),
    select: [...durationColumns, 'RuntimeStatus'],
    wanted: (columns: Columns) => isWanted(columns, wanted),
    watch: silentWatch,
  }
  const found: SeenInstance[] = []
  const read = async (bounded: AbortSignal) => {
    for await (const batch of scanTable(store, query, bounded)) {
      for (const columns of batch) {
        const row = readInstanceRow(columns)
        if (!row || isEntity(row) || (shared && !isOfHub(row, hub))) continue
        if (found.length >= wanted.most) return false
        found.push(seen(row))
      }
    }
    return true
  }
  const areAll = await withinTime(clock, wanted.withinMs, signal, (bounded) => ifPresent(() => read(bounded)))
  if (areAll === 'tooSlow') {
    throw new AzureFailure(
      `Could not ${operation} in storage account '${store.connection.account.name}' within ${wanted.withinMs / 1000} s.`,
      { operation, kind: 'timeout' },
    )
  }
  return { instances: found, areAll: areAll ?? true, at: serverTime(store) }
}

function filterOf({ state, from, before, names }: InstancesWanted): string {
  const parts = [
    ...(state === 'ended' ? [`(${ended})`] : []),
    // Not a chain of `ne`: that would drop the rows that lack the column, which are in flight (see instances.ts).
    ...(state === 'unfinished' ? [`not (${ended})`] : []),
    ...(from === undefined ? [] : [`CreatedTime ge datetime'${from.toISOString()}'`]),
    ...(before === undefined ? [] : [`CreatedTime lt datetime'${before.toISOString()}'`]),
    ...(names === undefined || names.length === 0 || names.length > mostNamesInFilter
      ? []
      : [`(${names.map((name) => `Name eq ${quoted(name)}`).join(' or ')})`]),
  ]
  return parts.length === 0 ? "RowKey eq ''" : parts.join(' and ')
}

/** The same choice as the filter's, and the names that it had no room for. */
function isWanted(columns: Columns, { state, from, before, names }: InstancesWanted): boolean {
  const { RuntimeStatus: status, CreatedTime, Name } = columns
  const hasEnded = endedStatuses.some((each) => each === status)
  const name = text(Name) ?? ''
  if (state !== 'any' && hasEnded !== (state === 'ended')) return false
  if (name.length > longestName || (names !== undefined && !names.includes(name))) return false
  const createdAt = date(CreatedTime)
  if (from !== undefined && (createdAt === undefined || createdAt < from)) return false
  return before === undefined || (createdAt !== undefined && createdAt < before)
}

/** CompletedTime is missing on rows of old libraries; their last update is the end as well. */
function seen(row: InstanceRow): SeenInstance {
  const beganAt = beginOf(row)
  const endedAt = progress(row) === 'ended' ? (row.completedAt ?? row.updatedAt) : undefined
  return {
    name: row.name,
    status: row.status,
    ...(beganAt === undefined ? {} : { beganAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(isSubOrchestrationId(row.id) ? { isSubOrchestration: true } : {}),
  }
}
