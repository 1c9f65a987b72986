import type { Finding, Form, OpenSuite, Suite } from '../suite.ts'
import type { Interrupted, Mutant, Strike } from './interrupted.ts'
import { playInterrupted } from './interrupted.ts'
import type { Plan } from './plan.ts'
import { planFor } from './plan.ts'
import type { Point } from './points.ts'
import { samplePoints } from './sample.ts'
import { World } from './world.ts'

export type PointsSuite = Pick<Suite, 'name' | 'shows'> & {
  readonly shortCases: number
  strike(point: Point, index: number): Strike
  /** What the suite has to catch, in its first case, and how it says so. */
  readonly mutant: { readonly kind: Mutant; readonly caught: RegExp }
  /** Takes every case that was played. */
  count?(played: Interrupted, figures: Record<string, number>): void
}

/**
 * A suite with a case for every point of the deployment, or for a sample of them in its short form. Case 0 is a broken
 * variant that it must catch.
 */
export function pointsSuite(suite: PointsSuite): Suite {
  return { name: suite.name, shows: suite.shows, open: (form) => open(suite, form) }
}

async function open(suite: PointsSuite, form: Form): Promise<OpenSuite> {
  const world = await World.start()
  let plan: Plan
  try {
    plan = await planFor(world)
  } catch (error) {
    await world.stop()
    throw error
  }
  const figures: Record<string, number> = { 'not reached': 0 }
  return {
    cases: 1 + (form === 'full' ? plan.points.length : suite.shortCases),
    play: (index, seed) =>
      index === 0
        ? playMutant()
        : play(index - 1, form === 'full' ? plan.points : samplePoints(plan.points, suite.shortCases, seed)),
    figures: () => figures,
    close: () => world.stop(),
  }

  /** A suite that cannot fail shows nothing: the swap has been made, and its answer was lost. */
  async function playMutant(): Promise<Finding> {
    const { kind, caught } = suite.mutant
    const point = plan.points.find(({ label, when }) => label.includes('slotsswap') && when === 'after')
    if (point === undefined) return { ok: false, because: 'SlotSwap asked for no swap' }
    const { finding } = await playInterrupted(plan, { ...suite.strike(point, 0), mutant: kind })
    if (!finding.ok && caught.test(finding.because)) return { ok: true }
    return {
      ok: false,
      because: `the broken variant '${kind}' was not caught: ${finding.ok ? 'all well' : finding.because}`,
    }
  }

  async function play(index: number, points: readonly Point[]): Promise<Finding> {
    const point = points[index]
    if (point === undefined) return { ok: false, because: 'there are fewer points than cases' }
    const played = await playInterrupted(plan, suite.strike(point, index))
    // Where a wait was shorter than usual there is one request less in it; the deployment still has to come out right.
    if (played.struck === undefined) figures['not reached'] = (figures['not reached'] ?? 0) + 1
    suite.count?.(played, figures)
    return played.finding
  }
}
