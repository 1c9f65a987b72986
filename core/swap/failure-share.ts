// Whether a larger share of what began on the new hub fails than did on the old one. Like is compared with like:
//
// 1. Only the same names, weighted by how often each ended on the new hub: another mix of work is no failure.
// 2. Only what ended as quickly. A minute after a swap nothing that takes an hour has ended, but whatever fails at once has.
//    So an instance of the old hub counts as much as the share of the new hub's that are old enough to have ended like it.
// 3. Completed and Failed alone. Terminated and Canceled ones were ended from outside, which tells nothing of the code.
//
// Sub-orchestrations count under their own names. No column of a row tells them apart (facts A.5), and both hubs have them.
import { remoteText } from '../remote-text.ts'
import type { SeenInstance } from '../task-hub/ports.ts'
import { progress } from '../task-hub/rows/instance.ts'

export type FailureLimit = {
  /** So many must have ended on the new hub before anything is judged. */
  readonly instances: number
  /** Percentage points that the share may be above the old one: at 100 nothing is ever unhealthy. */
  readonly increase: number
}

export type NameShare = {
  readonly name: string
  /** Of the new hub. */
  readonly ended: number
  readonly failed: number
  /** Of the old hub, as quickly. */
  readonly endedBefore: number
  readonly failedBefore: number
  /** Not set: too few ended before, or none did as quickly, so that there is nothing to compare with. */
  readonly expectedPercent?: number
}

export type FailureShare = {
  readonly verdict: 'healthy' | 'unhealthy' | 'noData'
  /** A clause with the figures, or with the reason why there are none. */
  readonly because: string
  /** Those that can be compared, together; not set where none can. */
  readonly judged?: {
    readonly ended: number
    readonly failed: number
    readonly percent: number
    readonly expectedPercent: number
  }
  /** The most frequent first. */
  readonly names: readonly NameShare[]
  /** In flight on the new hub when it was read; not set where not everything was. */
  readonly running?: number
}

/** What began on a hub; `taskHub` is its name. */
export type Begun = { readonly taskHub: string; readonly instances: readonly SeenInstance[] }

/** Fewer say too little of a name. */
const fewestBefore = 5
/** More of a name, older ones, are not looked at. */
const mostBefore = 200

/** `at` = when the new hub was read. */
export function judgeFailures(
  { now, before, at }: { readonly now: Begun; readonly before: Begun; readonly at: Date },
  limit: FailureLimit,
): FailureShare {
  const [begun, ended] = [byName(now.instances), byName(before.instances.filter(hasEndedByItself))]
  const names = [...begun]
    .filter(([, ofName]) => ofName.some(hasEndedByItself))
    .map(([name, ofName]) => shareOf(name, { begun: ofName, before: ended.get(name) ?? [], at }, limit))
    .toSorted((left, right) => right.ended - left.ended || left.name.localeCompare(right.name))
  const comparable = names.filter(isComparable)
  const count = sum(comparable, (each) => each.ended)
  if (count < limit.instances) {
    const all = sum(names, (each) => each.ended)
    const what =
      all < limit.instances
        ? `of the instances that began on task hub '${now.taskHub}' ${all} completed or failed so far`
        : `of ${all} instances that began on task hub '${now.taskHub}' and completed or failed, ${count} have names of which enough ` +
          `ended as quickly on '${before.taskHub}'`
    return noData(`${what}, and ${limit.instances} are needed`, names)
  }
  const failed = sum(comparable, (each) => each.failed)
  const percent = (100 * failed) / count
  const expectedPercent = sum(comparable, (each) => each.ended * each.expectedPercent) / count
  const figures =
    `${failed} of ${count} instances that began and ended on task hub '${now.taskHub}' failed (${rounded(percent)} %), where ` +
    `${rounded(expectedPercent)} % were to be expected by the last ones of the same names on '${before.taskHub}'`
  // Rounded, because 90 - 70 is to be 20 whatever fractions it came from.
  const isWorse = Number((percent - expectedPercent).toFixed(6)) > limit.increase
  return {
    verdict: isWorse ? 'unhealthy' : 'healthy',
    because: isWorse
      ? `${figures}, more than ${limit.increase} percentage points above it: ${worst(comparable)}`
      : figures,
    judged: { ended: count, failed, percent: rounded(percent), expectedPercent: rounded(expectedPercent) },
    names,
  }
}

export function noData(because: string, names: readonly NameShare[] = []): FailureShare {
  return { verdict: 'noData', because, names }
}

/** Names of which at least one completed or failed. */
export function endedNames(instances: readonly SeenInstance[]): readonly string[] {
  return [...byName(instances.filter(hasEndedByItself)).keys()]
}

/** How many of the instances completed or failed. */
export function countEnded(instances: readonly SeenInstance[]): number {
  return instances.filter(hasEndedByItself).length
}

/** How many are in flight. */
export function countRunning(instances: readonly SeenInstance[]): number {
  return instances.filter((each) => progress(each) !== 'ended').length
}

/** Whether so many of each name completed or failed. */
export function hasEnough(instances: readonly SeenInstance[], names: readonly string[], enough: number): boolean {
  const ended = byName(instances.filter(hasEndedByItself))
  return names.every((name) => (ended.get(name)?.length ?? 0) >= enough)
}

type ComparableShare = NameShare & { readonly expectedPercent: number }

function isComparable(share: NameShare): share is ComparableShare {
  return share.expectedPercent !== undefined
}

type OfOneName = {
  readonly begun: readonly SeenInstance[]
  readonly before: readonly SeenInstance[]
  readonly at: Date
}

function shareOf(name: string, { begun, before, at }: OfOneName, limit: FailureLimit): NameShare {
  const ages = begun.map((each) => Math.max(tookMs(each), ageMs(each, at)))
  const ended = begun.filter(hasEndedByItself)
  const quick = before
    .toSorted((left, right) => ageMs(left, at) - ageMs(right, at))
    .slice(0, mostBefore)
    .map((each) => ({ failed: hasFailed(each), weight: ages.filter((age) => age >= tookMs(each)).length }))
    .filter(({ weight }) => weight > 0)
  const failedBefore = quick.filter((each) => each.failed)
  const share = {
    name,
    ended: ended.length,
    failed: ended.filter(hasFailed).length,
    endedBefore: quick.length,
    failedBefore: failedBefore.length,
  }
  if (quick.length < Math.min(fewestBefore, limit.instances)) return share
  const weightOf = (each: { readonly weight: number }) => each.weight
  return { ...share, expectedPercent: (100 * sum(failedBefore, weightOf)) / sum(quick, weightOf) }
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

/** Where times are missing, or an app's clock runs backwards, it took no time at all: such a row counts in full. */
function tookMs({ beganAt, endedAt }: SeenInstance): number {
  return beganAt && endedAt ? Math.max(0, endedAt.getTime() - beganAt.getTime()) : 0
}

/** Negative for a start that is not due; the clocks of an app and of its storage may differ a little. */
function ageMs({ beganAt }: SeenInstance, at: Date): number {
  return beganAt ? at.getTime() - beganAt.getTime() : 0
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
  const above = (each: ComparableShare) => each.failed - (each.ended * each.expectedPercent) / 100
  const told = names
    .toSorted((left, right) => above(right) - above(left))
    .slice(0, mostTold)
    .filter((each) => above(each) > 0)
    .map(
      (each) =>
        `${remoteText(each.name, 60)} ${each.failed} of ${each.ended}, before ${each.failedBefore} of ${each.endedBefore}`,
    )
  return told.join('; ')
}

function rounded(percent: number): number {
  return Math.round(10 * percent) / 10
}

function sum<T>(all: readonly T[], each: (one: T) => number): number {
  return all.reduce((total, one) => total + each(one), 0)
}
