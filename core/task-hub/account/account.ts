// Of a busy hub: what its unfinished instances wait for, and how long they may take. For people: no verdict rests on it.
import { AzureFailure } from '../../failures.ts'
import { inParallel } from '../../in-parallel.ts'
import { remoteText } from '../../remote-text.ts'
import { drainOf, type Drain } from './drain.ts'
import { isEntity } from '../rows/entity.ts'
import type { Evidence } from '../idle-proof/evidence.ts'
import { inFlight, type InFlight } from '../idle-proof/in-flight.ts'
import type { HubReader, QueueLook } from '../idle-proof/hub-reader.ts'
import { isOfHub, progress, type InstanceRow } from '../rows/instance.ts'
import type { HubName } from '../name.ts'
import { groupKey, type Group, type Tally } from '../idle-proof/tally.ts'
import { waitsInWords } from './wait-words.ts'
import { hasContinued, waitsFor, type Wait } from './waits-for.ts'

/** The instances of one name and version that are in flight. Texts are fit to print. */
export type AccountLine = {
  readonly name: string
  readonly version: string
  readonly count: number
  readonly oldest: InFlight
  /** Of those among the oldest that were asked; empty where none was. */
  readonly waitsFor: string
  readonly drain: Drain
}

export type Account = {
  /** The most frequent first, at most `mostLines`. */
  readonly lines: readonly AccountLine[]
  /** In flight, but in none of the lines. */
  readonly others: number
  /** Pending instances whose start is lost: no message in any control queue, and no History. */
  readonly lostStarts: number
  /** Timers that are not due yet, of instances that wait. */
  readonly timers: number
  /** Instances that have continued as new: they may never end. */
  readonly continued: number
  /** Starts that are on their way to instances without a row; undefined where not every row is known. */
  readonly newStarts?: number
  readonly memory: AccountMemory
}

/** What looks leave to the next one, so that nothing is read twice. Its size does not grow with the hub. */
export type AccountMemory = {
  /** By key of the instance: what it waited for when it was as `mark` says. */
  readonly waits: ReadonlyMap<string, Known>
  /** By name: how long completed instances took, in milliseconds. */
  readonly durations: ReadonlyMap<string, readonly number[]>
}

type Known = { readonly mark: string; readonly waits: readonly Wait[]; readonly continued: boolean }

export const noAccount: AccountMemory = { waits: new Map(), durations: new Map() }

const mostLines = 20
/** Names whose completed instances are read: a query is a walk through the table. */
const mostNames = 5
const parallelReads = 8

export type Found = {
  readonly hub: HubName
  readonly evidence: Evidence
  readonly tally: Tally
  readonly queues: readonly QueueLook[]
  /** Rows that block, at most `mostKnown`. */
  readonly known: readonly InstanceRow[]
}

/**
 * The evidence with its account. Reads the History of those of the oldest instances that changed since `memory`, at most
 * `mostHistories`, and completed instances of the most frequent names. What cannot be read is not known, and no failure.
 */
export async function withAccount(
  reader: HubReader,
  found: Found,
  { memory, mostHistories }: { readonly memory: AccountMemory; readonly mostHistories: number },
  signal: AbortSignal,
): Promise<Evidence> {
  const { evidence, tally, queues, known } = found
  const waits = await readWaits(reader, { rows: tally.oldest, queues, memory, mostHistories }, signal)
  const groups = [...tally.groups.values()].sort(inOrder).slice(0, mostLines)
  const durations = await readDurations(reader, found, { groups, memory }, signal)
  const told = (row: InstanceRow): readonly Wait[] => waits.get(row.key)?.waits ?? []
  const now = reader.now()
  const counted = groups.reduce((sum, { count }) => sum + count, 0)
  const all = [...waits.values()]
  const timers = all.flatMap((one) => one.waits).filter((wait) => wait.on === 'timer' && wait.until > now)
  const { running, pending, suspended, unclear, busyEntities } = evidence.counts
  const account: Account = {
    lines: groups.map((group) => lineOf(group, { tally, known, durations, told, now })),
    others: Math.max(0, running + pending + suspended + unclear + busyEntities - counted),
    lostStarts: all.filter((one) => one.waits.some(({ on }) => on === 'lostStart')).length,
    timers: timers.length,
    continued: all.filter(({ continued }) => continued).length,
    ...newStarts(found),
    memory: { waits, durations },
  }
  const examples = tally.oldest.map((row) => {
    const words = waitsInWords(told(row))
    return { ...inFlight(row), ...(words === '' ? {} : { waitsFor: words }) }
  })
  return { ...evidence, examples, account }
}

/** The most frequent first; those as frequent by name and version, so that an account that has not changed reads the same. */
function inOrder(left: Group, right: Group): number {
  return right.count - left.count || (groupKey(left.oldest) < groupKey(right.oldest) ? -1 : 1)
}

type WaitsQuestion = {
  readonly rows: readonly InstanceRow[]
  readonly queues: readonly QueueLook[]
  readonly memory: AccountMemory
  readonly mostHistories: number
}

async function readWaits(
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

async function readDurations(
  reader: HubReader,
  { hub }: Found,
  { groups, memory }: { readonly groups: readonly Group[]; readonly memory: AccountMemory },
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
function beginOf({ createdAt, scheduledAt }: InstanceRow): Date | undefined {
  return createdAt && scheduledAt && scheduledAt > createdAt ? scheduledAt : createdAt
}

type LineFacts = {
  readonly tally: Tally
  readonly known: readonly InstanceRow[]
  readonly durations: ReadonlyMap<string, readonly number[]>
  readonly told: (row: InstanceRow) => readonly Wait[]
  readonly now: Date
}

function lineOf(group: Group, { tally, known, durations, told, now }: LineFacts): AccountLine {
  const key = groupKey(group.oldest)
  const asked = tally.oldest.filter((row) => groupKey(row) === key)
  const waits = asked.flatMap(told)
  const own = known.filter((row) => groupKey(row) === key)
  const isHeld = own.some((row) => progress(row) === 'suspended') || waits.some(({ on }) => on === 'lostStart')
  return {
    name: remoteText(group.name),
    version: remoteText(group.version),
    count: group.count,
    oldest: inFlight(group.oldest),
    waitsFor: waitsInWords(waits),
    drain: isHeld
      ? { kind: 'held' }
      : drainOf({
          durations: durations.get(group.name) ?? [],
          ages: own.map((row) => now.getTime() - (beginOf(row) ?? now).getTime()),
          count: group.count,
        }),
  }
}

function newStarts({ evidence, known }: Found): Pick<Account, 'newStarts'> {
  if (evidence.partial === true || evidence.detail === undefined) return {}
  const rows = new Set(known.map(({ id }) => id))
  return { newStarts: evidence.detail.queued.starting.filter((id) => !rows.has(id)).length }
}
