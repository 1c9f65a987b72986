import type { Finding, Form } from '../suite.ts'
import type { Interrupted, Mutant, Strike } from './interrupted.ts'
import { playInterrupted } from './interrupted.ts'
import type { Part } from './packaged-suite.ts'
import type { Plan } from './plan.ts'
import type { Point } from './points.ts'
import { pointInWords } from './points.ts'
import { samplePoints } from './sample.ts'

export type PointsSuite = Pick<Part, 'name' | 'shows'> & {
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
export function pointsSuite(suite: PointsSuite): Part {
  return { name: suite.name, shows: suite.shows, begin: (_, plan, form) => begin(suite, plan, form) }
}

function begin(suite: PointsSuite, plan: Plan, form: Form): ReturnType<Part['begin']> {
  const figures: Record<string, number> = {}
  const { shortCases } = suite
  const points = (seed: number) => (form === 'full' ? plan.points : samplePoints(plan.points, shortCases, seed))
  return {
    cases: 1 + (form === 'full' ? plan.points.length : shortCases),
    play: async (index, seed) => (index === 0 ? await playMutant(suite, plan) : await play(index - 1, points(seed))),
    figures: () => figures,
  }

  async function play(index: number, points: readonly Point[]): Promise<Finding> {
    const point = points[index]
    if (point === undefined) return { ok: false, because: 'there are fewer points than cases' }
    const played = await playInterrupted(plan, suite.strike(point, index))
    suite.count?.(played, figures)
    // Where a wait was shorter than usual there is one request less in it; the deployment still has to come out right.
    if (!played.finding.ok || played.struck !== undefined) return played.finding
    return { ok: true, notReached: `${pointInWords(point)}: it was not asked` }
  }
}

/** A suite that cannot fail shows nothing: the swap has been made, and its answer was lost. */
async function playMutant(suite: PointsSuite, plan: Plan): Promise<Finding> {
  const { kind, caught } = suite.mutant
  const point = plan.points.find(({ label, when }) => label.includes('slotsswap') && when === 'after')
  if (point === undefined) return { ok: false, because: 'SlotSwap asked for no swap' }
  const { finding } = await playInterrupted(plan, { ...suite.strike(point, 0), mutant: kind })
  if (!finding.ok && caught.test(finding.because)) return { ok: true }
  const told = finding.ok ? 'all well' : finding.because
  return { ok: false, because: `the broken variant '${kind}' was not caught: ${told}` }
}
