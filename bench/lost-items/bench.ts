import type { Bench, BenchOptions, Measured } from '../bench.ts'
import { barsOf } from './bars.ts'
import type { Figures } from './figures.ts'
import { figuresOf, tableOf } from './figures.ts'
import type { Judged } from './judge.ts'
import type { Method } from './methods.ts'
import { methodNames, methods } from './methods.ts'
import { playLane } from './play.ts'
import { plotOf } from './plot.ts'
import { graceSeconds, itemsPerRun, longGraceSeconds, periodSeconds, secondMs, waitSeconds } from './scale.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

const seed = 5
/** Apps of one method that are swapped side by side. */
const lanesPerMethod = 4

export const lostItems: Bench = {
  about: 'items lost and doubled when the app that sends them is swapped, by five ways to do it',
  numbers: ['repetitions'],
  run: measure,
}

async function measure({ quick, say, numbers }: BenchOptions): Promise<Measured> {
  const repetitions = numbers['repetitions'] ?? (quick ? 8 : 100)
  const scale = { secondMs, itemsPerRun, periodSeconds, waitSeconds, graceSeconds, longGraceSeconds }
  const stage = await openStage(() => undefined)
  try {
    const judged = await Promise.all(methodNames.map((name) => playMethod(stage, methods[name], repetitions, say)))
    const figures = judged.map(({ figures }) => figures)
    return {
      bars: barsOf(figures),
      details: {
        seed,
        scale,
        figures,
        repetitions: judged.flatMap(({ method, played }) => played.map((each) => ({ method, ...each }))),
      },
      tables: [
        { title: `Ten items a run, one second apart; a second takes ${secondMs} ms here`, rows: tableOf(figures) },
      ],
      svg: plotOf(figures),
    }
  } finally {
    await stage.stop()
  }
}

type Played = { readonly method: string; readonly figures: Figures; readonly played: readonly Judged[] }

async function playMethod(
  stage: Stage,
  method: Method,
  repetitions: number,
  say: BenchOptions['say'],
): Promise<Played> {
  const lanes = Math.min(lanesPerMethod, repetitions)
  const share = (at: number) => Math.floor(repetitions / lanes) + (at < repetitions % lanes ? 1 : 0)
  let swaps = 0
  const onSwap = () => {
    swaps++
    if (swaps < repetitions && swaps % Math.ceil(repetitions / 4) === 0)
      say(`${method.title}: ${swaps} of ${repetitions} swaps`)
  }
  const played = await Promise.all(
    Array.from({ length: lanes }, (_, at) =>
      playLane(stage, {
        method,
        lane: `${method.name.toLowerCase()}${at}`,
        repetitions: share(at),
        seed: seed * 100 + at,
        onSwap,
      }),
    ),
  )
  const all = played.flatMap(({ judged }) => judged)
  for (const { stuck } of played) if (stuck !== undefined) say(stuck)
  const figures = { ...figuresOf(method, all), isWhole: all.length === repetitions }
  say(`${method.title}: ${figures.withAny} of ${all.length} swaps lost or doubled items`)
  return { method: method.name, figures, played: all }
}
