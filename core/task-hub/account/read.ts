// What an account is read from: the History of those that wait, and the rows of those that completed.
import { AzureFailure } from '../../failures.ts'
import { inParallel } from '../../in-parallel.ts'
import type { AccountMemory, Known } from './account.ts'
import type { HubReader, QueueLook } from '../idle-proof/hub-reader.ts'
import type { Group } from '../idle-proof/tally.ts'
import type { HubName } from '../name.ts'
import { isEntity } from '../rows/entity.ts'
import { isOfHub, progress, type InstanceRow } from '../rows/instance.ts'
import { hasContinued, waitsFor } from './waits-for.ts'

/** Names whose completed instances are read: a query is a walk through the table. */
const mostNames = 5
const parallelReads = 8

type WaitsQuestion = {
  readonly rows: readonly InstanceRow[]
  readonly queues: readonly QueueLook[]
  readonly memory: AccountMemory
  readonly mostHistories: number
}

/**
 * What the rows wait for, by their keys. Asks the History of those that changed since `memory`, at most `mostHistories`, and
 * none any more once it cannot be read.
 */
export async function readWaits(
  reader: HubReader,
  { rows, queues, memory, mostHistories }: WaitsQuestion,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Known>> {
  // Rows, queues, History, in this order: a start leaves its queue only after its History is there.
  const queuesEmpty = !queues.some(({ kind, messages }) => kind === 'control' && messages > 0)
  const markOf = (row: InstanceRow) =>
    JSON.stringify([row.executionId, row.status, row.updatedAt, progress(row) === 'pending' && queuesEmpty])
  const waits = new Map<string, Known>()
  const changed: InstanceRow[] = []
  for (const row of rows) {
    const mark = markOf(row)
    const before = memory.waits.get(row.key)
    if (before?.mark === mark) waits.set(row.key, before)
    else if (wantsReading(row, queuesEmpty)) changed.push(row)
    else waits.set(row.key, { mark, waits: waitsFor(row, undefined, queuesEmpty), continued: false })
  }
  let isReadable = true
  await inParallel(changed.slice(0, mostHistories), parallelReads, async (row) => {
    if (!isReadable) return
    try {
      const history = await reader.history.outstanding(row.key, signal)
      const found = waitsFor(row, history, queuesEmpty)
      waits.set(row.key, { mark: markOf(row), waits: found, continued: hasContinued(row, history) })
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error
      isReadable = false
    }
  })
  return waits
}

/** Whether History says more than the row. */
function wantsReading(row: InstanceRow, queuesEmpty: boolean): boolean {
  if (isEntity(row)) return false
  const step = progress(row)
  return step === 'pending' ? queuesEmpty : step !== 'suspended'
}

type DurationsQuestion = {
  readonly hub: HubName
  readonly groups: readonly Group[]
  readonly memory: AccountMemory
}

/** By name, how long completed instances took, in milliseconds; what is not in `memory` is read, where it can be. */
export async function readDurations(
  reader: HubReader,
  { hub, groups, memory }: DurationsQuestion,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const durations = new Map(memory.durations)
  const names = new Set(groups.filter(({ oldest }) => !isEntity(oldest) && oldest.name !== '').map(({ name }) => name))
  for (const name of names) {
    if (durations.size >= mostNames) break
    if (durations.has(name)) continue
    try {
      const rows = await reader.instances.completed(name, signal)
      const own = reader.instances.shared ? rows.filter((row) => isOfHub(row, hub)) : rows
      durations.set(
        name,
        own.map(durationOf).filter((each) => each !== undefined),
      )
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error
      break
    }
  }
  return durations
}

/** CompletedTime is missing on rows of old libraries; their last update is the end as well. */
function durationOf(row: InstanceRow): number | undefined {
  const [start, end] = [beginOf(row), row.completedAt ?? row.updatedAt]
  return start && end ? end.getTime() - start.getTime() : undefined
}

/** The time to which a start was put off is none of the work. */
export function beginOf({ createdAt, scheduledAt }: InstanceRow): Date | undefined {
  return createdAt && scheduledAt && scheduledAt > createdAt ? scheduledAt : createdAt
}
