import type { Measured } from '../bench.ts'
import type { Checked, Scenario } from './scenarios.ts'

const names = {
  listing: 'plain sequential listing',
  filtered: 'sequential, filter and select',
  ours: 'one look of this project',
  polls: 'sixty polls of this project',
}

const titles: Readonly<Record<Exclude<Scenario, 'verdict'>, string>> = {
  idle: 'A hub that is idle',
  busyRow: 'One instance is running, at a random key',
  polls: 'A wait with 100 running instances, on a clock that does not sleep',
  throttled: 'At most 25 requests a second, then 503 or 429 with Retry-After: 1',
}

/** One table a scenario; of the runs made only to see their verdict, the number that were right. */
export function tablesOf(runs: readonly Checked[]): Measured['tables'] {
  const wrong = runs.filter(({ verdict, expected }) => verdict !== expected)
  const verdicts = {
    title: 'Verdicts of all runs',
    rows: [
      ['verdict', 'runs'],
      ['right', String(runs.length - wrong.length)],
      ...wrong.map(({ client, shape, rows, verdict, expected }) => [
        `wrong: ${verdict} instead of ${expected} (${client}, ${rows} rows, ${shape})`,
        '1',
      ]),
    ],
  }
  const shown = (Object.keys(titles) as (keyof typeof titles)[]).flatMap((scenario) => {
    const some = runs.filter((run) => run.scenario === scenario)
    return some.length === 0 ? [] : [{ title: titles[scenario], rows: [heading, ...some.map(cellsOf)] }]
  })
  return [...shown, verdicts]
}

const heading = ['', 'ids', 'rows', 'verdict', 'seconds', 'requests', 'at once', 'MB sent', 'processor s', 'peak MB']

function cellsOf(run: Checked): readonly string[] {
  return [
    names[run.client],
    run.shape,
    run.rows.toLocaleString('en'),
    run.verdict,
    (run.wallMs / 1000).toFixed(2),
    run.requests.toLocaleString('en'),
    String(run.mostAtOnce),
    (run.bytes / 1e6).toFixed(2),
    (run.processorMs / 1000).toFixed(2),
    run.memoryMb.toFixed(0),
  ]
}
