import { Seeded } from '../sockets/seeded.ts'
import type { Point } from './points.ts'
import { isChange } from './points.ts'

/** Some of the points, drawn by the seed: every second one at a change of something, because these are few. */
export function samplePoints(points: readonly Point[], count: number, seed: number): readonly Point[] {
  const drawn = new Seeded(seed, 0)
  const changes = shuffled(
    points.filter(({ label }) => isChange(label)),
    drawn,
  )
  const reads = shuffled(
    points.filter(({ label }) => !isChange(label)),
    drawn,
  )
  return Array.from({ length: count }, (_, at) => (at % 2 === 0 ? changes : reads)[at >> 1]).filter(
    (point) => point !== undefined,
  )
}

/** The same items in an order that is drawn. */
export function shuffled<T>(items: readonly T[], drawn: Seeded): T[] {
  return items
    .map((item) => ({ item, at: drawn.next() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item)
}
