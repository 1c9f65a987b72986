// Whether a larger share of what began on the new hub fails than did on the old one. Like is compared with like:
//
// 1. Failed of all that began. What still runs has not failed: were it left out, then soon after a swap only what fails at
//    once would count, because nothing else has ended.
// 2. Only the same names, weighted by how often each began on the new hub: another mix of work is no failure.
// 3. Of the old hub only what is older than anything of the new one is, so that it had as much time to fail.
// 4. Terminated and Canceled ones were ended from outside, and Pending ones have not begun: they tell nothing of the code.
// 5. A larger share must also be more than chance, however often it is looked at (exact-test.ts).
import { remoteText } from '../remote-text.ts'
import type { SeenInstance } from '../task-hub/ports.ts'
import { progress } from '../task-hub/rows/instance.ts'
import { chanceOfAsMany, type NameCounts } from './exact-test.ts'

export type FailureLimit = {
  /** So many must have ended on the new hub before anything is judged. */
  readonly instances: number
  /** Percentage points that the share may be above the old one: at 100 nothing is ever unhealthy. */
  readonly increase: number
}

export type NameShare = {
  readonly name: string
  /** Of the new hub: those that still run, completed or failed. */
  readonly begun: number
  readonly ended: number
  readonly failed: number
  /** Of the old hub, of those that had as much time. */
  readonly begunBefore: number
  readonly failedBefore: number
  /** Not set: too few began before, so that there is nothing to compare with. */
  readonly expectedPercent?: number
}

export type FailureShare = {
  readonly verdict: 'healthy' | 'unhealthy' | 'noData'
  /** A clause with the figures, or with the reason why there are none. */
  readonly because: string
  /** Those that can be compared, together; not set where none can. */
  readonly judged?: {
    readonly begun: number
    readonly ended: number
    readonly failed: number
    /** Of those that began. */
    readonly percent: number
    readonly expectedPercent: number
  }
  /** The most frequent first. */
  readonly names: readonly NameShare[]
  /** In flight on the new hub when it was read; not set where not everything was. */
  readonly running?: number
}

/** What began on a hub; `taskHub` is its name, `at` when it was read. */
type Begun = { readonly taskHub: string; readonly instances: readonly SeenInstance[]; readonly at: Date }

/** Fewer say too little of a name. */
const fewestBefore = 5
/** More of a name, older ones, are not looked at. */
const mostBefore = 200
/** As likely as this at most is it that the same version is found worse at one look. */
const mostChance = 0.001

/** `look` = how often it has been judged, this time included: each look is another chance to be wrong. */
export function judgeFailures(
  { now, before, look }: { readonly now: Begun; readonly before: Begun; readonly look: number },
  limit: FailureLimit,
): FailureShare {
  const oldestMs = now.instances.filter(hasBegun).reduce((most, each) => Math.max(most, ageMs(each, now.at)), 0)
  const ofBefore = byName(before.instances.filter((each) => hasBegun(each) && hadTime(each, before.at, oldestMs)))
  const names = [...byName(now.instances.filter(hasBegun))]
    .map(([name, begun]) => shareOf(name, { begun, before: ofBefore.get(name) ?? [] }, limit))
    .toSorted((left, right) => right.begun - left.begun || left.name.localeCompare(right.name))
  const comparable = names.filter(isComparable)
  const ended = sum(comparable, (each) => each.ended)
  if (ended < limit.instances) {
    const all = sum(names, (each) => each.ended)
    const what =
      all < limit.instances
        ? `of the instances that began on task hub '${now.taskHub}' after the swap ${all} completed or failed so far`
        : `of ${all} instances that began on task hub '${now.taskHub}' after the swap and completed or failed, ${ended} have names of ` +
          `which enough began on '${before.taskHub}' before`
    return noData(`${what}, and ${limit.instances} are needed`, names)
  }
  const begun = sum(comparable, (each) => each.begun)
  const failed = sum(comparable, (each) => each.failed)
  const percent = (100 * failed) / begun
  const expectedPercent = sum(comparable, (each) => each.begun * each.expectedPercent) / begun
  const figures =
    `${failed} of ${begun} instances that began on task hub '${now.taskHub}' after the swap failed (${rounded(percent)} %), where ` +
    `${rounded(expectedPercent)} % were to be expected by the last ones of the same names on '${before.taskHub}'`
  const judged = { begun, ended, failed, percent: rounded(percent), expectedPercent: rounded(expectedPercent) }
  // Rounded, because 90 - 70 is to be 20 whatever fractions it came from.
  if (Number((percent - expectedPercent).toFixed(6)) <= limit.increase) {
    return { verdict: 'healthy', because: figures, judged, names }
  }
  const above = `${figures}, more than ${limit.increase} percentage points above it`
  const chance = chanceOfAsMany(comparable.map(countsOf))
  if (chance >= mostChance / look) {
    return {
      verdict: 'healthy',
      because: `${above}, which may be chance (p = ${chance.toPrecision(2)})`,
      judged,
      names,
    }
  }
  return { verdict: 'unhealthy', because: `${above}: ${worst(comparable)}`, judged, names }
}

/** No verdict, neither good nor bad; `because` is a clause that reads after "no data". */
export function noData(because: string, names: readonly NameShare[] = []): FailureShare {
  return { verdict: 'noData', because, names }
}

/** The names of what has begun. */
export function begunNames(instances: readonly SeenInstance[]): readonly string[] {
  return [...byName(instances.filter(hasBegun)).keys()]
}

/** How many of the instances completed or failed. */
export function countEnded(instances: readonly SeenInstance[]): number {
  return instances.filter(hasEndedByItself).length
}

/** How many are in flight. */
export function countRunning(instances: readonly SeenInstance[]): number {
  return instances.filter((each) => progress(each) !== 'ended').length
}

/** Whether so many of each name have begun. */
export function hasEnough(instances: readonly SeenInstance[], names: readonly string[], enough: number): boolean {
  const begun = byName(instances.filter(hasBegun))
  return names.every((name) => (begun.get(name)?.length ?? 0) >= enough)
}

type ComparableShare = NameShare & { readonly expectedPercent: number }

function isComparable(share: NameShare): share is ComparableShare {
  return share.expectedPercent !== undefined
}

function countsOf({ begun, failed, begunBefore, failedBefore }: NameShare): NameCounts {
  return { now: { begun, failed }, before: { begun: begunBefore, failed: failedBefore } }
}

type OfOneName = { readonly begun: readonly SeenInstance[]; readonly before: readonly SeenInstance[] }

function shareOf(name: string, { begun, before }: OfOneName, limit: FailureLimit): NameShare {
  const last = before.toSorted((left, right) => beganMs(right) - beganMs(left)).slice(0, mostBefore)
  const share = {
    name,
    begun: begun.length,
    ended: countEnded(begun),
    failed: begun.filter(hasFailed).length,
    begunBefore: last.length,
    failedBefore: last.filter(hasFailed).length,
  }
  if (share.begunBefore < Math.min(fewestBefore, limit.instances)) return share
  return { ...share, expectedPercent: (100 * share.failedBefore) / share.begunBefore }
}

function byName(instances: readonly SeenInstance[]): ReadonlyMap<string, readonly SeenInstance[]> {
  const groups = new Map<string, SeenInstance[]>()
  for (const each of instances) {
    const group = groups.get(each.name)
    if (group) group.push(each)
    else groups.set(each.name, [each])
  }
  return groups
}

/** A row without a time counts as the oldest there can be. */
function beganMs({ beganAt }: SeenInstance): number {
  return beganAt?.getTime() ?? -Infinity
}

/** Negative where the clocks of an app and of its storage differ; 0 where no time is known. */
function ageMs({ beganAt }: SeenInstance, at: Date): number {
  return beganAt ? at.getTime() - beganAt.getTime() : 0
}

function hadTime(each: SeenInstance, at: Date, oldestMs: number): boolean {
  return at.getTime() - beganMs(each) >= oldestMs
}

function hasBegun(each: SeenInstance): boolean {
  return hasEndedByItself(each) || (progress(each) !== 'ended' && progress(each) !== 'pending')
}

function hasEndedByItself({ status }: SeenInstance): boolean {
  return status === 'Completed' || status === 'Failed'
}

function hasFailed({ status }: SeenInstance): boolean {
  return status === 'Failed'
}

const mostTold = 3

/** The names that failed most above what was to be expected. */
function worst(names: readonly ComparableShare[]): string {
  const above = (each: ComparableShare) => each.failed - (each.begun * each.expectedPercent) / 100
  const told = names
    .toSorted((left, right) => above(right) - above(left))
    .slice(0, mostTold)
    .filter((each) => above(each) > 0)
    .map(
      (each) =>
        `${remoteText(each.name, 60)} ${each.failed} of ${each.begun}, before ${each.failedBefore} of ${each.begunBefore}`,
    )
  return told.join('; ')
}

function rounded(percent: number): number {
  return Math.round(10 * percent) / 10
}

function sum<T>(all: readonly T[], each: (one: T) => number): number {
  return all.reduce((total, one) => total + each(one), 0)
}
