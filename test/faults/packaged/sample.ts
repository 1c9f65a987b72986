import { shuffled } from '../shuffled.ts'
import { Seeded } from '../sockets/seeded.ts'
import type { Point } from './points.ts'
import { isChange } from './points.ts'

/** Some of the points, drawn by the seed: every second one at a change of something, because these are few. */
export function samplePoints(points: readonly Point[], count: number, seed: number): readonly Point[] {
  const drawn = new Seeded(seed, 0)
  const inOrder = (some: readonly Point[]) => shuffled(some, () => drawn.next())
  const changes = inOrder(points.filter(({ label }) => isChange(label)))
  const reads = inOrder(points.filter(({ label }) => !isChange(label)))
  return Array.from({ length: count }, (_, at) => (at % 2 === 0 ? changes : reads)[at >> 1]).filter(
    (point) => point !== undefined,
  )
}
