// Into which parts what is left of a part is cut, by what has been learned of its keys.
import { KeySpace, prefixOf, type KeyRange } from './key-space.ts'
import type { Part } from './ranges.ts'
import { densityNear, type Sample } from './sample.ts'
import { pagesIn, type Density } from './stride.ts'

const mostGaps = 8
/** Parts that a stride which met a crowd is cut into, and how often what comes of it may be cut again. */
const crowdParts = 6
export const mostSurprises = 6

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

/**
 * For how many pages what is left of a part is read on in hope that it is short, whatever the sample says; undefined where it
 * is not. Behind the first page of a table, that is one page or two where the keys that begin alike are nearly over, for most
 * hubs are small. Of a branch of a branch it is some more: most of them are short, and looking into each costs more than to
 * find out on the way that one is not.
 */
export function hopeFor(rest: Part, sample: Sample, isFirst: boolean): number | undefined {
  if (rest.sample !== undefined) return undefined
  if (isFirst) return pagesIn(densityNear(sample), rest) < 1 ? 0 : undefined
  return rest.surprises >= cutsBeforeHope ? hopedPages : undefined
}

/** The rest of a part as one short stride. The sample is kept for the case that it is not short. */
export function hoped(rest: Part, { space }: Density, sample: Sample, pages: number): readonly Part[] {
  const share = space.positionOf(rest.to) - space.positionOf(rest.from)
  return [{ ...rest, density: { space, pages: pages / Math.max(share, Number.EPSILON) }, sample, surveyed: true }]
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

/** The widest few, in rising order. */
function widest(gaps: readonly KeyRange[]): readonly KeyRange[] {
  const width = ({ from, to }: KeyRange) =>
    (to?.charCodeAt(from.length - 1) ?? Infinity) - from.charCodeAt(from.length - 1)
  const few = new Set([...gaps].sort((one, other) => width(other) - width(one)).slice(0, mostGaps))
  return gaps.filter((gap) => few.has(gap))
}
