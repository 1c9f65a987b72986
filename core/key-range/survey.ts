// What one page of rows tells about the keys behind it.
import { behind, commonPrefix, KeySpace, prefixOf, withKeys, type Alphabet, type KeyRange } from './key-space.ts'
import type { Part } from './ranges.ts'
import { pagesIn, type Density } from './stride.ts'

/** The keys of rows that were read in a row, and how many pages they fill. */
export type Sample = { readonly keys: readonly string[]; readonly pages: number }

/** More than this is never believed at once, and no more than this few where all keys of the sample begin alike. */
const mostPlausiblePages = 3000
const mostAlikePages = 8
const mostGaps = 8
/** Parts that a stride which met a crowd is cut into, and how often what comes of it may be cut again. */
const crowdParts = 8
export const mostSurprises = 10
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

function sharedBy({ keys }: Sample): string {
  return commonPrefix(keys[0] ?? '', keys.at(-1) ?? '')
}

/** Infinite where the sample is too narrow for this space. */
export function densityIn(space: KeySpace, { keys, pages }: Sample): Density {
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

/** How often a part has to be cut before what is left is hoped to be short, and how many pages that is. */
const cutsBeforeHope = 2
const hopedPages = 4

export function isHopeful({ surprises, sample }: Part): boolean {
  return surprises >= cutsBeforeHope && sample === undefined
}

/**
 * The rest of a branch of a branch as one short stride, whatever the sample says: most of them are short, and looking into each
 * costs more than to find out on the way that one is not. The sample is kept for that case.
 */
export function hoped(rest: Part, { space }: Density, sample: Sample): readonly Part[] {
  const share = space.positionOf(rest.to) - space.positionOf(rest.from)
  const density = { space, pages: hopedPages / Math.max(share, Number.EPSILON) }
  return [{ ...rest, density, sample, surveyed: true }]
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
 * Where to look for the keys that share ever less of their beginning with the last one: behind all that share what the keys of
 * the sample share, behind those that share one character less, and so on; in rising order. What has been read since the
 * sample was taken is not looked at again.
 */
export function lookoutsOf(rest: KeyRange, sample: Sample): readonly Lookout[] {
  const shallowest = prefixOf(rest).length
  const last = sample.keys.at(-1) ?? ''
  const deepest = sharedBy(sample).length - 1
  const depths = Array.from({ length: Math.max(0, deepest - shallowest + 1) }, (_, index) => deepest - index)
  const every = Math.max(1, Math.ceil(depths.length / mostLookouts))
  return depths
    .filter((depth, index) => index % every === 0 || depth === shallowest)
    .map((depth) => ({ depth, key: behind(last, depth) }))
    .filter((lookout): lookout is Lookout => lookout.key !== undefined)
    .filter(({ key }) => rest.from < key && (rest.to === undefined || key < rest.to))
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
  const surprises = rest.surprises + 1
  const near = nearest(sample)
  const parts: Part[] = [{ ...rest, to: lookouts[0]?.key ?? rest.to, density: near, surveyed: true, surprises }]
  for (const [index, { depth }] of lookouts.entries()) {
    const to = lookouts[index + 1]?.key ?? rest.to
    const from = seen[index]
    if (from === undefined || (to !== undefined && from >= to)) continue
    parts.push(...branches({ from, to, surveyed: false, surprises }, near, depth))
  }
  return parts
}

/** The keys that share what the keys of the sample share are as full as the sample. */
function nearest(sample: Sample): Density {
  const prefix = sharedBy(sample)
  const tails = sample.keys.map((key) => key.slice(prefix.length))
  const density = densityIn(new KeySpace(prefix, withKeys([], tails)), sample)
  return Number.isFinite(density.pages) ? density : { ...density, pages: 0 }
}

/** A branch that may hold more pages than this is a part of its own. */
const mostInBranch = 4
/** How far from the sample its density is trusted: characters towards the beginning, and pages in each branch. */
const mostLevels = 2
const mostTrusted = 100
const mostBranches = 12
const classes = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ']

/**
 * What was seen `depth` characters from the beginning. Near to what the sample covers, all branches are taken to be as full
 * as the sample's own. Further away that is not believed: each branch is looked at, all at the same time.
 */
function branches(part: Part, near: Density, depth: number): readonly Part[] {
  const { prefix, alphabet } = near.space
  const levels = prefix.length - 1 - depth
  const inBranch = near.pages * alphabet.length ** levels
  if (near.pages > 0 && levels <= mostLevels && inBranch <= mostTrusted) {
    const shallower = new KeySpace(prefix.slice(0, depth), withKeys(alphabet, [prefix.slice(depth)]))
    return surveyed(part, { space: shallower, pages: inBranch * shallower.alphabet.length })
  }
  if (near.pages > 0 && inBranch <= mostInBranch) return [part]
  const start = commonPrefix(part.from, prefix)
  const own = part.from.charAt(start.length)
  const known = withKeys(
    alphabet,
    classes.filter((each) => each.includes(own)),
  )
  const siblings = cutBehind(part, start, known)
  const [first, ...others] = siblings
  const likely = classes.find((each) => each.includes(part.from.charAt(start.length + 1)))
  if (!first || !likely || !isShapedLike(part.from, prefix)) return siblings
  // The branch that was seen goes on as the sample does: what differs there by one character more is read side by side too.
  return [...cutBehind(first, start + own, withKeys([], [likely])), ...others]
}

/** Whether a key has digits, letters and everything else in the places where another one has them, as numbered keys have. */
function isShapedLike(key: string, other: string): boolean {
  const kindAt = (text: string, at: number) => classes.findIndex((each) => each.includes(text[at] ?? '?'))
  for (let at = 0; at < other.length; at++) {
    const kind = kindAt(other, at)
    if (key[at] !== other[at] && (kind < 0 || kind !== kindAt(key, at))) return false
  }
  return true
}

/** A part, cut before each of the characters that may follow the one it has behind `start`. */
function cutBehind(part: Part, start: string, alphabet: Alphabet): readonly Part[] {
  const own = part.from.charAt(start.length)
  const following = alphabet.map((unit) => String.fromCharCode(unit)).filter((character) => character > own)
  const every = Math.ceil(following.length / mostBranches)
  const cuts = following
    .filter((_, index) => index % every === 0)
    .map((character) => start + character)
    .filter((cut) => cut > part.from && (part.to === undefined || cut < part.to))
  const starts = [part.from, ...cuts]
  return starts.map((from, index) => ({ ...part, from, to: starts[index + 1] ?? part.to }))
}

/** The widest few, in rising order. */
function widest(gaps: readonly KeyRange[]): readonly KeyRange[] {
  const width = ({ from, to }: KeyRange) =>
    (to?.charCodeAt(from.length - 1) ?? Infinity) - from.charCodeAt(from.length - 1)
  const few = new Set([...gaps].sort((one, other) => width(other) - width(one)).slice(0, mostGaps))
  return gaps.filter((gap) => few.has(gap))
}
