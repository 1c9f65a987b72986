import { setTimeout as delay } from 'node:timers/promises'
import { upToDatePackage } from '../../scripts/packaging/packaged.ts'
import type { Bench, BenchOptions, Measured } from '../bench.ts'
import { hash } from '../idle-proof/server/random.ts'
import { installStock } from '../stock/stock.ts'
import { barsOf } from './bars.ts'
import type { Judged } from './judge.ts'
import { measureLag, startTimes, type Lag } from './lag.ts'
import { play } from './play.ts'
import { scenarios } from './scenarios.ts'
import { tablesOf } from './tables.ts'
import { clients, startWorld, type World } from './world.ts'

const seed = 1

/** Runs mostly wait, so that many go side by side. */
type Plan = {
  readonly rounds: number
  readonly longToo: boolean
  /** How long the new version takes to start at most, where the scenario does not say. */
  readonly startMs: number
  readonly lag: { readonly waves: number; readonly swaps: number; readonly shortestMs: number }
}

const quickPlan: Plan = { rounds: 1, longToo: false, startMs: 1500, lag: { waves: 1, swaps: 8, shortestMs: 4000 } }
const fullPlan: Plan = { rounds: 3, longToo: true, startMs: 12_000, lag: { waves: 3, swaps: 16, shortestMs: 12_000 } }

export const swapFaults: Bench = {
  about:
    'lost replies, failures and rivals while slots are swapped, and how soon the end is known, beside the stock task',
  run: measure,
}

async function measure({ quick, say }: BenchOptions): Promise<Measured> {
  await installStock(say)
  const vsix = await upToDatePackage(say)
  const plan = quick ? quickPlan : fullPlan
  const world = await startWorld(vsix)
  try {
    // The quick form has no time for one after the other.
    const faults = playAll(world, plan, say)
    const [runs, lags] = quick
      ? await Promise.all([faults, measureLags(world, plan, say)])
      : [await faults, await measureLags(world, plan, say)]
    const { timing } = world.azure
    return {
      bars: barsOf(runs, lags),
      details: { seed, plan, stepMs: timing.stepMs, runs, lags },
      tables: tablesOf(runs, lags),
    }
  } finally {
    await world.stop()
  }
}

/** Every scenario through both tasks, a round at a time; how long a swap takes differs from round to round. */
async function playAll(world: World, plan: Plan, say: BenchOptions['say']): Promise<Judged[]> {
  const judged: Judged[] = []
  for (let round = 0; round < plan.rounds; round++) {
    say(`faults, round ${round + 1} of ${plan.rounds}`)
    const chosen = scenarios.filter(({ long }) => long === undefined || (plan.longToo && round === 0))
    const played = chosen.flatMap((scenario, at) => {
      const startMs = Math.round((plan.startMs * hash(seed, round, at)) / 2 ** 32)
      return clients.map(async (client) => {
        const run = await play(world, scenario, { client, startMs, app: `fault${round}${client}${at}` })
        if (!run.right)
          say(`  ${client}, ${run.scenario}: said ${run.said}, production runs the ${run.production} version`)
        return run
      })
    })
    judged.push(...(await Promise.all(played)))
  }
  return judged
}

/** The same swaps through both, side by side. */
async function measureLags(world: World, { lag }: Plan, say: BenchOptions['say']): Promise<Lag[]> {
  const times = startTimes(lag.waves * lag.swaps, lag.shortestMs, seed)
  const lags: Lag[] = []
  for (let wave = 0; wave < lag.waves; wave++) {
    say(`lag, ${lag.swaps} swaps through each, wave ${wave + 1} of ${lag.waves}`)
    const some = times.map((startMs, at) => ({ startMs, at })).filter(({ at }) => at % lag.waves === wave)
    const measured = some.flatMap(({ startMs, at }) =>
      clients.map(async (client) => {
        // Not all processes start at once.
        await delay((4000 * hash(seed, at, clients.indexOf(client))) / 2 ** 32)
        return await measureLag(world, { client, startMs, app: `lag${client}${at}` })
      }),
    )
    lags.push(...(await Promise.all(measured)))
  }
  return lags
}
