// What is known of a part whose sample begins alike: the sample has not seen what stands further behind, so it is looked for.
import { behind, commonPrefix, KeySpace, prefixOf, withKeys, type Alphabet, type KeyRange } from './key-space.ts'
import { surveyed } from './cuts.ts'
import type { Part } from './ranges.ts'
import { densityNear, sharedBy, type Sample } from './sample.ts'
import type { Density } from './stride.ts'

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
  const near = densityNear(sample)
  const parts: Part[] = [{ ...rest, to: lookouts[0]?.key ?? rest.to, density: near, surveyed: true, surprises }]
  for (const [index, { depth }] of lookouts.entries()) {
    const to = lookouts[index + 1]?.key ?? rest.to
    const from = seen[index]
    if (from === undefined || (to !== undefined && from >= to)) continue
    parts.push(...branches({ from, to, surveyed: false, surprises }, near, depth))
  }
  return parts
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
