// The evidence of a busy hub, with its account.
import { remoteText } from '../../remote-text.ts'
import type { Account, AccountLine, AccountMemory } from './account.ts'
import { drainOf } from './drain.ts'
import type { Evidence } from '../idle-proof/evidence.ts'
import type { HubReader, QueueLook } from '../idle-proof/hub-reader.ts'
import { inFlight } from '../idle-proof/in-flight.ts'
import { groupKey, type Group, type Tally } from '../idle-proof/tally.ts'
import type { HubName } from '../name.ts'
import { progress, type InstanceRow } from '../rows/instance.ts'
import { beginOf, readDurations, readWaits } from './read.ts'
import { waitsInWords } from './wait-words.ts'
import type { Wait } from './waits-for.ts'

const mostLines = 20

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
  const durations = await readDurations(reader, { hub: found.hub, groups, memory }, signal)
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
