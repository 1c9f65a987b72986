import { asClause, AzureFailure } from '../failures.ts'
import type { Clock } from '../ports.ts'
import type { HubName } from '../task-hub/name.ts'
import type { InstancesSeen, SeenInstance, TaskHubs } from '../task-hub/ports.ts'
import {
  countEnded,
  countRunning,
  endedNames,
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
  /** What began on the new hub before that is not asked for: it served once already, and the old one after it. */
  readonly since?: Date
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

type Before = { readonly names: readonly string[]; readonly instances: readonly SeenInstance[] }

/**
 * Reads and judges as often as it is called; the old hub, on which nothing begins any more, is read once for the same names. What
 * cannot be read is `noData`. Throws `Cancelled`.
 */
export function failureReader(clock: Clock, question: FailureQuestion): (signal: AbortSignal) => Promise<FailureShare> {
  const { now, before, limit } = question
  let known: Before = { names: [], instances: [] }
  return async (signal) => {
    try {
      const began = await readNow(clock, question, signal)
      const running = began.areAll ? { running: countRunning(began.instances) } : {}
      const names = endedNames(began.instances)
      // Too few is too few whatever the old hub shows.
      if (countEnded(began.instances) >= limit.instances && names.some((name) => !known.names.includes(name))) {
        known = { names, instances: await readBefore(clock, before, names, signal) }
      }
      const judged = judgeFailures(
        {
          now: { taskHub: now.name, instances: began.instances },
          before: { taskHub: before.name, instances: known.instances },
          at: began.at,
        },
        limit,
      )
      return { ...judged, ...running }
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error
      return noData(asClause(error.message))
    }
  }
}

async function readNow(clock: Clock, { now, since }: FailureQuestion, signal: AbortSignal): Promise<InstancesSeen> {
  const earliest = new Date(clock.now().getTime() - spansMs[2])
  const from = since !== undefined && since > earliest ? since : earliest
  return await now.hubs.instances(now.name, { state: 'any', from, most, withinMs: nowWithinMs }, signal)
}

async function readBefore(
  clock: Clock,
  { name, hubs }: ReadableHub,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly SeenInstance[]> {
  const startedAt = clock.now().getTime()
  let found: readonly SeenInstance[] = []
  let to: Date | undefined
  for (const span of spansMs) {
    const left = beforeWithinMs - (clock.now().getTime() - startedAt)
    const from = new Date(startedAt - span)
    const wanted = { state: 'ended', names, from, ...(to === undefined ? {} : { before: to }) } as const
    try {
      const seen = await hubs.instances(name, { ...wanted, most: most - found.length, withinMs: left }, signal)
      found = [...found, ...seen.instances]
      if (!seen.areAll || hasEnough(found, names, enoughBefore)) return found
    } catch (error) {
      // What the shorter spans showed is still true.
      if (to !== undefined && error instanceof AzureFailure && error.kind === 'timeout') return found
      throw error
    }
    to = from
  }
  return found
}
