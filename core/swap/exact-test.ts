// Whether more failures than before may be chance: Fisher's exact test, one-sided, and its exact form over several names.
// Each name is a table of its own, so that another mix of work makes no difference (the exact Cochran-Mantel-Haenszel test).

/** What began under one name, and how much of it failed. */
export type NameCounts = {
  readonly now: { readonly begun: number; readonly failed: number }
  readonly before: { readonly begun: number; readonly failed: number }
}

/**
 * The probability, 0 to 1, that at least as many fail on the new hub as did, were both versions the same: given how many began
 * on either hub and how many failed on both together, name by name. 1 without names.
 */
export function chanceOfAsMany(names: readonly NameCounts[]): number {
  const logs = logFactorials(Math.max(0, ...names.map(({ now, before }) => now.begun + before.begun)))
  let sums: Spread = { from: 0, chances: [1] }
  for (const each of names) sums = plus(sums, spreadOf(each, logs))
  const failed = names.reduce((total, { now }) => total + now.failed, 0)
  const asMany = sums.chances.slice(Math.max(0, failed - sums.from)).reduce((total, chance) => total + chance, 0)
  return Math.min(1, asMany)
}

/** `chances[i]` is that of `from + i` failures. */
type Spread = { readonly from: number; readonly chances: readonly number[] }

/** How the failures of both hubs together fall to the new one by chance (hypergeometric). */
function spreadOf({ now, before }: NameCounts, logs: readonly number[]): Spread {
  const failed = now.failed + before.failed
  const from = Math.max(0, failed - before.begun)
  const to = Math.min(now.begun, failed)
  const all = logWays(logs, now.begun + before.begun, failed)
  const chances = Array.from({ length: to - from + 1 }, (_, index) => {
    const ofNow = from + index
    return Math.exp(logWays(logs, now.begun, ofNow) + logWays(logs, before.begun, failed - ofNow) - all)
  })
  return { from, chances }
}

/** The sum of two that know nothing of each other. */
function plus(left: Spread, right: Spread): Spread {
  const length = left.chances.length + right.chances.length - 1
  const chances = Array.from({ length }, (_, total) =>
    right.chances.reduce((sum, chance, index) => sum + chance * (left.chances[total - index] ?? 0), 0),
  )
  return { from: left.from + right.from, chances }
}

/** Logarithms, because the factorials themselves are too large for a number from 171 on. */
function logFactorials(upTo: number): readonly number[] {
  const logs = [0]
  let sum = 0
  for (let each = 1; each <= upTo; each++) logs.push((sum += Math.log(each)))
  return logs
}

/** The logarithm of the number of ways to choose so many of all. */
function logWays(logs: readonly number[], all: number, chosen: number): number {
  const of = (count: number) => logs[count] ?? NaN
  return of(all) - of(chosen) - of(all - chosen)
}
