// What one page of rows tells about the keys behind it.
import { behind, commonPrefix, KeySpace, prefixOf, withKeys, type KeyRange } from './key-space.ts'
import type { Part } from './ranges.ts'
import { pagesIn, type Density } from './stride.ts'

/** Rows that were read in a row: the first and the last key, and how many pages they fill. */
export type Sample = { readonly first: string; readonly last: string; readonly pages: number }

/** More than this is not believed before a second look: keys that share a long beginning look like an endless crowd. */
const mostPlausiblePages = 3000
const mostGaps = 8
/** Parts that a stride which met a crowd is cut into, and how often what comes of it may be cut again. */
const crowdParts = 8
export const mostSurprises = 10

/** How full a range is, if all of it is as full as the rows that were read of it. */
export function densityOf(range: KeyRange, keys: readonly string[], sample: Sample): Density {
  const prefix = prefixOf(range)
  // Only the characters in which these keys differ, and those on the way there, stand for the ones to come.
  const shared = commonPrefix(sample.first, sample.last)
  const tails = keys.map((key) => key.slice(Math.max(prefix.length, shared.length)))
  const alphabet = withKeys([], [...tails, shared.slice(prefix.length)])
  return densityIn(new KeySpace(prefix, alphabet), sample)
}

/** Infinite where the sample is too narrow for this space. */
export function densityIn(space: KeySpace, { first, last, pages }: Sample): Density {
  const share = space.positionOf(last) - space.positionOf(first)
  return { space, pages: share > 0 ? pages / share : Infinity }
}

export function isPlausible(density: Density, rest: KeyRange): boolean {
  return Number.isFinite(density.pages) && pagesIn(density, rest) <= mostPlausiblePages
}

/** The rest of a part with its density; what no character seen so far leads to becomes parts of its own. */
export function surveyed(rest: Part, density: Density): readonly Part[] {
  const whole = { ...rest, density, surveyed: true }
  if (rest.surveyed || pagesIn(density, rest) < 4) return [whole]
  const parts: Part[] = []
  let left: Part | undefined = whole
  for (const gap of widest(density.space.gaps(rest))) {
    if (left.from < gap.from) parts.push({ ...left, to: gap.from })
    parts.push({ ...gap, surveyed: false, surprises: rest.surprises })
    if (gap.to === undefined || gap.to === rest.to) return parts
    left = { ...whole, from: gap.to, after: undefined }
  }
  return [...parts, left]
}

/** The rest of a stride that met a crowd, in parts to be looked at anew; undefined where it cannot be cut. */
export function crowded(part: Part, density: Density, end: string | undefined): readonly Part[] | undefined {
  if (part.surprises >= mostSurprises) return undefined
  const range = { from: part.from, to: end }
  const cuts = new KeySpace(prefixOf(range), density.space.alphabet).cuts(range, crowdParts)
  if (cuts.length === 0) return undefined
  const anew = { surveyed: true, surprises: part.surprises + 1 }
  const starts = [part.from, ...cuts]
  const parts: Part[] = starts.map((from, index) => ({ ...anew, from, to: starts[index + 1] ?? end }))
  const [lowest, ...others] = parts
  const rest = end === part.to ? [] : [{ ...part, from: end ?? '', after: undefined, density }]
  return lowest ? [{ ...lowest, after: part.after }, ...others, ...rest] : undefined
}

/** A key to look from for the next key there is, when `last` has been read. */
export type Lookout = { readonly depth: number; readonly key: string }

const mostLookouts = 40

/**
 * Where to look for the keys that share ever less of their beginning with the last one: behind all that share all of what the
 * sample shares and one more, behind those that share one less, and so on; in rising order.
 */
export function lookoutsOf(rest: KeyRange, { first, last }: Sample): readonly Lookout[] {
  const shallowest = prefixOf(rest).length
  const deepest = Math.min(commonPrefix(first, last).length, last.length - 1)
  const depths = Array.from({ length: Math.max(0, deepest - shallowest + 1) }, (_, index) => deepest - index)
  const every = Math.max(1, Math.ceil(depths.length / mostLookouts))
  return depths
    .filter((depth, index) => index % every === 0 || depth === shallowest)
    .map((depth) => ({ depth, key: behind(last, depth) }))
    .filter((lookout): lookout is Lookout => lookout.key !== undefined)
    .filter(({ key }) => rest.to === undefined || key < rest.to)
}

/**
 * The rest of a part as what the lookouts saw: `seen` is the first key from each on, or undefined for none. What lies between
 * a lookout and what it saw is empty and left out.
 */
export function outlined(
  rest: Part,
  sample: Sample,
  lookouts: readonly Lookout[],
  seen: readonly (string | undefined)[],
): readonly Part[] {
  const anew = { surveyed: false, surprises: rest.surprises + 1 }
  const parts: Part[] = [nearest(rest, sample, lookouts[0]?.key ?? rest.to)]
  for (const [index] of lookouts.entries()) {
    const to = lookouts[index + 1]?.key ?? rest.to
    const from = seen[index]
    if (from !== undefined && (to === undefined || from < to)) parts.push({ ...anew, from, to })
  }
  return parts
}

/** What is nearest to the sample is as full as the sample. */
function nearest(rest: Part, sample: Sample, to: string | undefined): Part {
  const prefix = commonPrefix(sample.first, sample.last)
  const alphabet = withKeys([], [sample.first.slice(prefix.length), sample.last.slice(prefix.length)])
  const density = densityIn(new KeySpace(prefix, alphabet), sample)
  const believed = Number.isFinite(density.pages) ? density : { ...density, pages: 0 }
  return { ...rest, to, density: believed, surveyed: true, surprises: rest.surprises + 1 }
}

/** The widest few, in rising order. */
function widest(gaps: readonly KeyRange[]): readonly KeyRange[] {
  const width = ({ from, to }: KeyRange) =>
    (to?.charCodeAt(from.length - 1) ?? Infinity) - from.charCodeAt(from.length - 1)
  const few = new Set([...gaps].sort((one, other) => width(other) - width(one)).slice(0, mostGaps))
  return gaps.filter((gap) => few.has(gap))
}
