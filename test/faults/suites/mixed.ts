import type { MixedCase } from '../packaged/mixed-case.ts'
import { mixedCases, playMixed } from '../packaged/mixed-case.ts'
import type { Plan } from '../packaged/plan.ts'
import { planFor } from '../packaged/plan.ts'
import { shuffled } from '../packaged/sample.ts'
import { World } from '../packaged/world.ts'
import { Seeded } from '../sockets/seeded.ts'
import type { Finding, Form, OpenSuite, Suite } from '../suite.ts'

const shortCases = 6

/** The packaged tasks and the switchboard between them and everything: each mishap to each kind of request. */
export const mixed: Suite = {
  name: 'mixed',
  shows: 'whatever a request meets, no task is green where the state is not what was asked, nor takes 256 MB',
  open,
}

async function open(form: Form): Promise<OpenSuite> {
  const world = await World.start()
  try {
    const plan = await planFor(world)
    const all = mixedCases(plan)
    let most = 0
    return {
      cases: 1 + (form === 'full' ? all.length : shortCases),
      play: async (index, seed) => {
        if (index === 0) return await playMutant(world, plan, all)
        const chosen: MixedCase | undefined = (form === 'full' ? all : shuffled(all, new Seeded(seed, 0)))[index - 1]
        if (chosen === undefined) return { ok: false, because: 'there is no such case' } satisfies Finding
        const { finding, peakBytes } = await playMixed(world, plan, chosen)
        most = Math.max(most, peakBytes)
        return finding
      },
      figures: () => ({ 'most MB of a task': Math.round(most / 1e6) }),
      close: () => world.stop(),
    }
  } catch (error) {
    await world.stop()
    throw error
  }
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
