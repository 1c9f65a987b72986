import { inParallel } from '../../in-parallel.ts'
import { type AccountMemory } from '../account/account.ts'
import { withAccount } from '../account/with-account.ts'
import { hasEnded } from '../rows/history.ts'
import type { Evidence, LookMemory, LookQuestion } from './evidence.ts'
import type { HubReader, QueueLook } from './hub-reader.ts'
import { judgeHub } from './idle.ts'
import { isOfHub, type InstanceRow } from '../rows/instance.ts'
import { mostKnown } from './survey.ts'
import { addRow, blocks, newTally, wantsHistory } from './tally.ts'

/** Histories read to tell what has changed; the others have their turn in a later look. */
const historiesAtOnce = 4

/** Rows read at a time; the others of those known wait for their turn in a later look. */
const pointsAtOnce = 3

/**
 * Whether the hub of a look that was busy still is, told by what blocked it then: its rows read as points until one is found
 * that still blocks, its queues by their length. Undefined where none of it does any more, or what is left takes a full look.
 */
export async function recheck(
  reader: HubReader,
  { hub, policy }: LookQuestion,
  before: Evidence & { readonly memory: LookMemory },
  { account, signal }: { readonly account?: AccountMemory | undefined; readonly signal: AbortSignal },
): Promise<Evidence | undefined> {
  if (before.verdict !== 'busy') return undefined
  const waiting = [...before.memory.known]
  let read: readonly InstanceRow[] = []
  while (waiting.length > 0 && read.length === 0) {
    read = await stillBlocking(reader, { hub, policy }, waiting.splice(0, pointsAtOnce), signal)
  }
  const queues = await reader.queues.look(await reader.queues.names(signal), signal)
  const known = [...waiting, ...read]
  if (read.length === 0 && !queues.some(showsWork)) return undefined

  const tally = newTally()
  for (const row of known) addRow(tally, row, policy, false)
  const cut = before.partial === true || before.memory.known.length >= mostKnown
  const judged = judgeHub({ hub, provisioned: true, instances: 'read', tally, queues, cut }, policy)
  const { idleEntities, finishedButNotMarked, ignored } = before.counts
  const evidence: Evidence = {
    ...judged,
    counts: { ...judged.counts, idleEntities, finishedButNotMarked, ignored },
    warnings: before.warnings,
    memory: { known, requests: before.memory.requests },
  }
  if (!account) return evidence
  const found = { hub: hub.name, evidence, tally, queues, known }
  return await withAccount(reader, found, { memory: account, mostHistories: historiesAtOnce }, signal)
}

/** The rows as they are now, without those that block no more. History is asked until it lets one of them stand. */
async function stillBlocking(
  reader: HubReader,
  { hub, policy }: LookQuestion,
  before: readonly InstanceRow[],
  signal: AbortSignal,
): Promise<readonly InstanceRow[]> {
  const rows = await inParallel(before, pointsAtOnce, ({ key }) => reader.instances.row(key, signal))
  const still: InstanceRow[] = []
  for (const row of rows) {
    if (row === undefined || (reader.instances.shared && !isOfHub(row, hub.name))) continue
    const ask = still.length === 0 && wantsHistory(row, policy)
    const over = ask && hasEnded(row, await reader.history.endAndTimers(row.key, signal))
    if (blocks(row, policy, over)) still.push(row)
  }
  return still
}

/** Whether a queue alone tells that there is work. What nobody can see may be a leftover, which takes a full look. */
function showsWork({ kind, messages, visible }: QueueLook): boolean {
  return visible > 0 || (kind === 'workItems' && messages > 0)
}
