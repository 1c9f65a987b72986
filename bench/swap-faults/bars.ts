import { atMost, type Bar } from '../bench.ts'
import { ratio } from '../idle-proof/figures.ts'
import type { Judged } from './judge.ts'
import type { Lag } from './lag.ts'
import type { Client } from './world.ts'

export function barsOf(runs: readonly Judged[], lags: readonly Lag[]): readonly Bar[] {
  const ours = runs.filter(({ client }) => client === 'ours')
  const count = (wrong: (run: Judged) => boolean) => (ours.length === 0 ? undefined : ours.filter(wrong).length)
  return [
    atMost(
      'runs of ours that said what is not so',
      count(({ right }) => !right),
      0,
    ),
    atMost(
      'runs of ours with more or fewer swaps than were due',
      count(({ asDue }) => !asDue),
      0,
    ),
    atMost(
      "lag until ours knows that the swap is done, of the stock task's, mean",
      ratio(meanLag(lags, 'ours'), meanLag(lags, 'stock')),
      0.2,
    ),
  ]
}

/** Undefined where one of the runs never came to know it. */
export function meanLag(lags: readonly Lag[], client: Client): number | undefined {
  const seconds = lags.filter((lag) => lag.client === client).map(({ lagSeconds }) => lagSeconds)
  const known = seconds.filter((lag) => lag !== undefined)
  if (known.length === 0 || known.length < seconds.length) return undefined
  return known.reduce((sum, lag) => sum + lag, 0) / known.length
}
