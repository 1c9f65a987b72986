// How far to read in one go, and what a finished read teaches about how full the keys are.
import type { KeyRange, KeySpace } from './key-space.ts'

/** How full keys are: `pages` is what the whole space would take if all of it were as full as the part that was read. */
export type Density = { readonly space: KeySpace; readonly pages: number }

export type Stride = { readonly end: string | undefined; readonly expected: number }

const mostPages = 12
const fewestPages = 2

export function pagesIn({ space, pages }: Density, { from, to }: KeyRange): number {
  const share = space.positionOf(to) - space.positionOf(from)
  // `pages` may be infinite, and nothing of it is nothing all the same.
  return share === 0 ? 0 : pages * share
}

/**
 * The next stretch of a range to read with one query. Long strides waste less, for each ends with a part-filled page; short
 * ones leave more for others to take. So they take one share of all that is left, and never leave a small rest behind.
 */
export function planStride(density: Density, range: KeyRange, share: number): Stride {
  const left = pagesIn(density, range)
  const target = Math.min(mostPages, Math.max(fewestPages, share))
  const end = left <= 1.5 * target ? undefined : density.space.between(range, target / left)
  return end === undefined
    ? { end: range.to, expected: left }
    : { end, expected: pagesIn(density, { from: range.from, to: end }) }
}

/** The density after a stride; one stride never changes it more than four times. The last page is taken as half full. */
export function learned(density: Density, read: KeyRange, pages: number): Density {
  const expected = pagesIn(density, read)
  if (expected <= 0) return density
  const change = Math.max(pages - 0.5, 0.25) / expected
  return { ...density, pages: density.pages * Math.min(4, Math.max(0.25, change)) }
}

/** A stride that takes far more pages than were expected has met keys that stand much closer than those before. */
export function isOverrun(pages: number, expected: number): boolean {
  return pages >= 2 * expected + 2
}
