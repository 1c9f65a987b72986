// Whole deployments (check, rotate, deploy, swap, clean up) while a share of all requests fails at random, on every service.
import type { OpenSuite, Suite } from '../suite.ts'
import { Seeded } from '../sockets/seeded.ts'
import type { RunTask } from '../sockets/tasks.ts'
import { runTask } from '../sockets/tasks.ts'
import { World } from '../sockets/world.ts'
import { playDeployment } from './deployments/play.ts'
import { Rounds } from './deployments/rounds.ts'

/** At 5 % of the requests; beside them at rates up to 50 %, where a deployment may fail and must never be wrong. */
const usual = { full: 1_000, short: 12 }
const rough = { full: 250, short: 8 }
const rate = 0.05
const mostRealMs = 150_000

export const deployments: Suite = {
  name: 'deployments',
  shows: 'deployments at 5 % faults come through, at up to 50 % none does wrong, and each can be run again',
  open: async (form) => openDeployments(await World.open(), [usual[form], rough[form]]),
}

/** Exported for the check that the suite can fail. */
export async function openDeployments(
  world: World,
  [cases, beside]: readonly [number, number],
  run: RunTask = runTask,
): Promise<OpenSuite> {
  const rounds = new Rounds(world)
  try {
    await world.time.during(() => rounds.fill(), mostRealMs)
  } catch (error) {
    await world.close()
    throw error
  }
  const figures = {
    succeeded: 0,
    'not at once at 5 %': 0,
    'not at once beside': 0,
    'requests struck': 0,
    'tasks run again': 0,
  }
  return {
    cases: cases + beside,
    play: async (index, seed) => {
      const random = new Seeded(seed, index)
      const share = index < cases ? rate : 0.1 + random.next() * 0.4
      // Of what is final by its nature (a refusal, a page) no deployment at the usual rate could come through.
      const anyKind = index >= cases && random.chance(0.5)
      const played = await world.time.during(
        () => playDeployment(world, rounds, { random, share, anyKind, run }),
        mostRealMs,
      )
      figures['requests struck'] += played.struck
      figures['tasks run again'] += played.again
      if (played.again === 0 && played.finding.ok) figures.succeeded += 1
      if (played.again === 0 || !played.finding.ok) return played.finding
      figures[index < cases ? 'not at once at 5 %' : 'not at once beside'] += 1
      // The bar is 99.9 %; where a case stands alone the one that may fail of a thousand is seen as well.
      return index < cases ? { ok: false, because: `it did not come through at once: ${played.why}` } : played.finding
    },
    figures: () => ({ ...figures }),
    close: () => world.close(),
  }
}
