import { atMost, type Bar, type Measured } from '../bench.ts'
import { median, ratio, worst } from '../idle-proof/figures.ts'
import type { Start, Weight } from './measure.ts'

/** One of our tasks, or the stock task's code. */
export type Measurement = { readonly name: string; readonly starts: readonly Start[]; readonly weight: Weight }

export type Measurements = { readonly ours: readonly Measurement[]; readonly stock: Measurement }

/** The slowest and the heaviest of our tasks count. */
export function barsOf({ ours, stock }: Measurements): readonly Bar[] {
  const load = untilMs(stock)
  const shares = ours.map((task) => ratio(untilMs(task), load))
  const weights = ours.map((task) => ratio(task.weight.bytes, stock.weight.bytes))
  return [
    atMost(
      'time until a task of ours has read its inputs, of the time the stock code takes to load',
      worst(shares, Math.max),
      0.5,
    ),
    atMost("bytes of a task of ours, of the stock code's", worst(weights, Math.max), 1 / 40),
  ]
}

export function tablesOf({ ours, stock }: Measurements): Measured['tables'] {
  const rows = [...ours, stock].map((each) => [
    each.name,
    (median(each.starts.map(({ firstLineMs }) => firstLineMs)) ?? NaN).toFixed(0),
    (untilMs(each) ?? NaN).toFixed(0),
    Math.min(...each.starts.map(({ untilMs }) => untilMs)).toFixed(0),
    each.weight.bytes.toLocaleString('en'),
    each.weight.files.toLocaleString('en'),
  ])
  const heading = ['', 'first line ms', 'until ms', 'fastest ms', 'bytes', 'files']
  const title =
    'From spawn to the first line, and until a task without inputs has refused or the stock code is loaded (medians)'
  return [{ title, rows: [heading, ...rows] }]
}

function untilMs({ starts }: Measurement): number | undefined {
  return median(starts.map(({ untilMs }) => untilMs))
}
