// How long until those in flight have ended, judged by how long others of the same name took.

/** Completed instances below which nothing is estimated. */
export const fewestSamples = 5

export type Drain =
  | { readonly kind: 'noHistory' }
  /** One of them has run longer than any of the completed ones. */
  | { readonly kind: 'longer'; readonly samples: number }
  /** Some of them do not end by themselves. */
  | { readonly kind: 'held' }
  | { readonly kind: 'estimate'; readonly samples: number; readonly medianMs: number; readonly p90Ms: number }

export type DrainQuestion = {
  /** How long completed instances took, in milliseconds. */
  readonly durations: readonly number[]
  /** How long those in flight have run, in milliseconds; below 0 for one that is to start later. */
  readonly ages: readonly number[]
  /** How many are in flight; those whose age is not known are taken to be like the others. */
  readonly count: number
}

/**
 * What is left of an instance aged `a` is distributed as `d - a` over the durations `d` longer than `a`. All have ended when
 * the last one has: the product of their distributions. Answers its median and its 90th percentile.
 */
export function drainOf({ durations, ages, count }: DrainQuestion): Drain {
  const sorted = durations.filter((each) => each >= 0).sort((left, right) => left - right)
  const samples = sorted.length
  const longest = sorted.at(-1)
  if (samples < fewestSamples || longest === undefined || ages.length === 0) return { kind: 'noHistory' }
  if (ages.some((age) => age >= longest)) return { kind: 'longer', samples }
  const passed = ages.map((age) => ({ age, below: upTo(sorted, age) }))
  const weight = Math.max(1, count / ages.length)
  const ended = (ms: number): number =>
    passed.reduce((all, { age, below }) => all * ((upTo(sorted, age + ms) - below) / (samples - below)), 1) ** weight
  const most = Math.ceil(longest - Math.min(...ages))
  const quantile = (share: number): number => {
    let [low, high] = [0, most]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (ended(middle) >= share) high = middle
      else low = middle + 1
    }
    return low
  }
  return { kind: 'estimate', samples, medianMs: quantile(0.5), p90Ms: quantile(0.9) }
}

/** How many of the sorted numbers are at most `limit`. */
function upTo(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (Number(sorted[middle]) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
