import type { Part } from './packaged-suite.ts'
import type { Plan } from './plan.ts'
import type { Point } from './points.ts'
import { playStale } from './stale-case.ts'
import { playTwo } from './two-case.ts'
import type { World } from './world.ts'
import { Seeded } from '../sockets/seeded.ts'
import type { Finding, Form } from '../suite.ts'

const wrongMs = 300_000
const numbers: Readonly<Record<Form, { readonly stale: number; readonly two: number }>> = {
  short: { stale: 2, two: 1 },
  full: { stale: 80, two: 24 },
}

/** The packaged tasks of two runs at one app: a lock that expires under a frozen one, and two deployments at once. */
export const beside: Part = {
  name: 'beside',
  shows:
    'beside another run, with clocks five minutes wrong: a run that lost the lock changes nothing, changes never mix',
  begin: (world, plan, form) => {
    const { stale, two } = numbers[form]
    return {
      cases: 1 + stale + two,
      play: async (index, seed) => {
        if (index === 0) return await playMutant(world, plan)
        const drawn = new Seeded(seed, index)
        const skewMs = [drawn.pick([-wrongMs, 0, wrongMs]), drawn.pick([-wrongMs, 0, wrongMs])] as const
        if (index <= stale) return await playStale(world, plan, { point: drawn.pick(plan.points), skewMs })
        return await playTwo(plan, { laterMs: drawn.below(4000), waits: drawn.chance(0.5), skewMs })
      },
    }
  },
}

/** A clean-up that looks at no lock, frozen in its proof that the hub is idle: it must be caught. */
async function playMutant(world: World, plan: Plan): Promise<Finding> {
  const isProof = ({ task, label }: Point) => task === 'CleanupTaskHub' && label.includes('/shop0-workitems ')
  const point = plan.points.filter(isProof).at(-1)
  if (point === undefined) return { ok: false, because: 'CleanupTaskHub proved nothing' }
  const finding = await playStale(world, plan, { point, skewMs: [0, 0], lockless: true })
  if (!finding.ok && finding.because.includes('after it had lost the lock it sent')) return { ok: true }
  const told = finding.ok ? 'all well' : finding.because
  return { ok: false, because: `a task that looks at no lock was not caught: ${told}` }
}
