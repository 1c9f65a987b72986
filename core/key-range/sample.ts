// What one page of rows tells about the keys behind it.
import { commonPrefix, KeySpace, prefixOf, withKeys, type KeyRange } from './key-space.ts'
import { pagesIn, type Density } from './stride.ts'

/** The keys of rows that were read in a row, and how many pages they fill. */
export type Sample = { readonly keys: readonly string[]; readonly pages: number }

/** More than this is never believed at once, and no more than this few where all keys of the sample begin alike. */
const mostPlausiblePages = 3000
const mostAlikePages = 8
/** A sample is judged by its end where that is so many times as full. */
const denser = 4

/** What to judge by what comes next: the end of a sample, where keys stand much closer there than before. */
export function newest(range: KeyRange, sample: Sample): Sample {
  const end = { keys: sample.keys.slice(Math.floor(sample.keys.length * 0.75)), pages: sample.pages / 4 }
  const { space, pages } = densityOf(range, sample)
  return densityIn(space, end).pages > denser * pages ? end : sample
}

/** How full a range is, if all of it is as full as the rows that were read of it. */
export function densityOf(range: KeyRange, sample: Sample): Density {
  const prefix = prefixOf(range)
  // Only the characters in which these keys differ, and those on the way there, stand for the ones to come.
  const shared = sharedBy(sample)
  const depth = Math.max(prefix.length, shared.length)
  const tails = sample.keys.map((key) => key.slice(depth))
  return densityIn(new KeySpace(prefix, withKeys([], [...tails, shared.slice(prefix.length)])), sample)
}

/** What all keys of a sample begin with. */
export function sharedBy({ keys }: Sample): string {
  return commonPrefix(keys[0] ?? '', keys.at(-1) ?? '')
}

/** Infinite where the sample is too narrow for this space. */
function densityIn(space: KeySpace, { keys, pages }: Sample): Density {
  const share = space.positionOf(keys.at(-1) ?? '') - space.positionOf(keys[0] ?? '')
  return { space, pages: share > 0 ? pages / share : Infinity }
}

/**
 * Whether what comes next may be judged by the sample alone. Where its keys share more of their beginning than the range does,
 * it has not seen whether there are others at all.
 */
export function isPlausible(density: Density, rest: KeyRange, sample: Sample): boolean {
  const isAlike = sharedBy(sample).length > density.space.prefix.length
  const most = isAlike ? mostAlikePages : mostPlausiblePages
  return Number.isFinite(density.pages) && pagesIn(density, rest) <= most
}

/** How full the keys are that share what the keys of the sample share; none are left there where all its keys are one. */
export function densityNear(sample: Sample): Density {
  const prefix = sharedBy(sample)
  const tails = sample.keys.map((key) => key.slice(prefix.length))
  const density = densityIn(new KeySpace(prefix, withKeys([], tails)), sample)
  return Number.isFinite(density.pages) ? density : { ...density, pages: 0 }
}
