import { asClause, AzureFailure } from '../failures.ts'
import type { Clock } from '../ports.ts'
import type { HubName } from '../task-hub/name.ts'
import type { InstancesSeen, SeenInstance, TaskHubs } from '../task-hub/ports.ts'
import {
  begunNames,
  countEnded,
  countRunning,
  hasEnough,
  judgeFailures,
  noData,
  type FailureLimit,
  type FailureShare,
} from './failure-share.ts'

/** A hub that can be read. */
export type ReadableHub = { readonly name: HubName; readonly hubs: TaskHubs }

export type FailureQuestion = {
  readonly now: ReadableHub
  readonly before: ReadableHub
  /** The moment of the swap by our clock. What began on the new hub before it ran in the source, by a test or other code. */
  readonly since: Date
  readonly limit: FailureLimit
}

const hourMs = 3_600_000
/** A table knows no order of time: the newest come from the first of these spans that shows enough. */
const spansMs = [hourMs, 24 * hourMs, 7 * 24 * hourMs] as const
/** Of each name, where there are so many; a longer span is read only for want of them. */
const enoughBefore = 50
const most = 20_000
const nowWithinMs = 30_000
const beforeWithinMs = 60_000
/** What still ran on the old hub may have failed since it was read. */
const readAgainMs = 60_000
/** So far at most are our clock and those of Azure taken to be apart. */
const clocksApartMs = 15 * 60_000

type Seen = { readonly instances: readonly SeenInstance[]; readonly at: Date }
type Before = Seen & { readonly names: readonly string[] }

/**
 * Reads and judges as often as it is called. The old hub, on which nothing begins any more, is read again for names that are new,
 * and where what ran there may have ended. What cannot be read is `noData`. Throws `Cancelled`.
 *
 * Sub-orchestrations are left out: they fail with the one that started them, and one input is to count once.
 */
export function failureReader(clock: Clock, question: FailureQuestion): (signal: AbortSignal) => Promise<FailureShare> {
  const { now, before, limit } = question
  let known: Before | undefined
  let looks = 0
  return async (signal) => {
    try {
      const began = await readNow(clock, question, signal)
      const running = began.areAll ? { running: countRunning(began.instances) } : {}
      const names = begunNames(began.instances)
      // Too few is too few whatever the old hub shows.
      if (countEnded(began.instances) >= limit.instances && !serves(known, names, began.at)) {
        known = { names, ...(await readBefore(clock, before, names, signal)) }
      }
      const judged = judgeFailures(
        {
          now: { taskHub: now.name, ...began },
          before: { taskHub: before.name, instances: known?.instances ?? [], at: known?.at ?? began.at },
          look: looks + 1,
        },
        limit,
      )
      if (judged.verdict !== 'noData') looks++
      return { ...judged, ...running }
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error
      return noData(asClause(error.message))
    }
  }
}

/** Whether the old hub as it was read tells enough of these names at this moment. */
function serves(known: Before | undefined, names: readonly string[], at: Date): boolean {
  if (!known || names.some((name) => !known.names.includes(name))) return false
  return at.getTime() - known.at.getTime() < readAgainMs || countRunning(known.instances) === 0
}

/** What began on the new hub since the swap, whose moment is told by the clock of the storage account. */
async function readNow(clock: Clock, { now, since }: FailureQuestion, signal: AbortSignal): Promise<InstancesSeen> {
  const earliest = clock.now().getTime() - spansMs[2]
  const from = new Date(Math.max(earliest, since.getTime() - clocksApartMs))
  const seen = await now.hubs.instances(now.name, { state: 'any', from, most, withinMs: nowWithinMs }, signal)
  const swappedAt = seen.at.getTime() - (clock.now().getTime() - since.getTime())
  const instances = seen.instances.filter(isStarted).filter(({ beganAt }) => (beganAt?.getTime() ?? 0) >= swappedAt)
  return { ...seen, instances }
}

function isStarted({ isSubOrchestration }: SeenInstance): boolean {
  return isSubOrchestration !== true
}

async function readBefore(
  clock: Clock,
  { name, hubs }: ReadableHub,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Seen> {
  const startedAt = clock.now().getTime()
  let found: Seen = { instances: [], at: clock.now() }
  let read = 0
  let to: Date | undefined
  for (const span of spansMs) {
    const left = beforeWithinMs - (clock.now().getTime() - startedAt)
    const from = new Date(startedAt - span)
    const wanted = { state: 'any', names, from, ...(to === undefined ? {} : { before: to }) } as const
    try {
      const seen = await hubs.instances(name, { ...wanted, most: most - read, withinMs: left }, signal)
      read += seen.instances.length
      // The first moment: later ones would make what was read then older than it was.
      const at = to === undefined ? seen.at : found.at
      found = { instances: [...found.instances, ...seen.instances.filter(isStarted)], at }
      if (!seen.areAll || hasEnough(found.instances, names, enoughBefore)) return found
    } catch (error) {
      // What the shorter spans showed is still true.
      if (to !== undefined && error instanceof AzureFailure && error.kind === 'timeout') return found
      throw error
    }
    to = from
  }
  return found
}
