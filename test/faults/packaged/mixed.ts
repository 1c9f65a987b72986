import type { MixedCase } from './mixed-case.ts'
import { mixedCases, playMixed } from './mixed-case.ts'
import type { Part } from './packaged-suite.ts'
import type { Plan } from './plan.ts'
import type { World } from './world.ts'
import { shuffled } from '../shuffled.ts'
import { Seeded } from '../sockets/seeded.ts'
import type { Finding } from '../suite.ts'

const shortCases = 4

/** The packaged tasks and the switchboard between them and everything: each mishap to each kind of request. */
export const mixed: Part = {
  name: 'mixed',
  shows: 'whatever a request meets, no task is green where the state is not what was asked, nor takes 256 MB',
  begin: (world, plan, form) => {
    const all = mixedCases(plan.tasks)
    const figures = { 'most MB of a task': 0 }
    const cases = (seed: number) => {
      const drawn = new Seeded(seed, 0)
      return form === 'full' ? all : shuffled(all, () => drawn.next())
    }
    return {
      cases: 1 + (form === 'full' ? all.length : shortCases),
      play: async (index, seed) => {
        if (index === 0) return await playMutant(world, plan, all)
        const chosen = cases(seed)[index - 1]
        if (chosen === undefined) return { ok: false, because: 'there is no such case' }
        const { finding, peakBytes } = await playMixed(world, plan, chosen)
        figures['most MB of a task'] = Math.max(figures['most MB of a task'], Math.round(peakBytes / 1024 ** 2))
        return finding
      },
      figures: () => figures,
    }
  },
}

/** A task that is green whatever came, where its one change is refused: it must be caught. */
async function playMutant(world: World, plan: Plan, all: readonly MixedCase[]): Promise<Finding> {
  const refused = all.find(({ kind, mishap }) => kind.endsWith('/config/appsettings') && mishap.name === 'status 403')
  if (refused === undefined) return { ok: false, because: 'RotateTaskHub changed no setting' }
  const { finding } = await playMixed(world, plan, { ...refused, times: Infinity, skip: 0, alwaysGreen: true })
  if (!finding.ok && finding.because.includes('it said Succeeded')) return { ok: true }
  return {
    ok: false,
    because: `a task that is always green was not caught: ${finding.ok ? 'all well' : finding.because}`,
  }
}
