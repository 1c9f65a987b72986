import { atLeast, atMost, type Bar } from '../bench.ts'
import { median, ratio, rightRuns, worst } from './figures.ts'
import { keyShapes, type KeyShape } from './server/keys.ts'
import { polls, type Checked } from './scenarios.ts'

const skewed: readonly KeyShape[] = ['serial', 'children']

/** What has to be reached. The quick form has the bars that hubs of 100,000 rows can tell. */
export function barsOf(runs: readonly Checked[], quick: boolean): readonly Bar[] {
  const large = 1_000_000
  const middle = 100_000
  const few = [
    atLeast('times faster than the sequential listing, 100k rows', timesFaster(runs, middle, 'uniform'), 10),
    atLeast('times faster, 100k rows, skewed ids', skewedFaster(runs, middle), 6),
  ]
  const falseIdle = atMost('false idle', runs.filter(isFalseIdle).length, 0)
  if (quick) return [...few, atMost('share of the bytes, 100k rows', shareOfBytes(runs, middle), 0.1), falseIdle]
  return [
    atLeast('times faster than the sequential listing, 1M rows', timesFaster(runs, large, 'uniform'), 20),
    ...few,
    atLeast('times faster, 1M rows, skewed ids', skewedFaster(runs, large), 6),
    atMost('share of the bytes, 1M rows', shareOfBytes(runs, large), 0.1),
    atMost('peak memory in MB, 1M rows', peakMemory(runs, large), 150),
    atMost('share of the time to find a busy row, 1M rows', busyRowShare(runs), 0.1),
    atMost(`share of the requests of ${polls} polls, 1M rows, 100 running`, pollShare(runs), 0.02),
    falseIdle,
  ]
}

function timesFaster(runs: readonly Checked[], rows: number, shape: KeyShape): number | undefined {
  const time = (client: 'listing' | 'ours') =>
    median(rightRuns(runs, { scenario: 'idle', client, rows, shape }).map(({ wallMs }) => wallMs))
  return ratio(time('listing'), time('ours'))
}

function skewedFaster(runs: readonly Checked[], rows: number): number | undefined {
  return worst(
    skewed.map((shape) => timesFaster(runs, rows, shape)),
    Math.min,
  )
}

/** Of the worst of the shapes. */
function shareOfBytes(runs: readonly Checked[], rows: number): number | undefined {
  const shares = keyShapes.map((shape) => {
    const sent = (client: 'listing' | 'ours') =>
      median(rightRuns(runs, { scenario: 'idle', client, rows, shape }).map(({ bytes }) => bytes))
    return ratio(sent('ours'), sent('listing'))
  })
  return worst(shares, Math.max)
}

/** The most of all processes of ours that read a hub of that size, whatever they were asked. */
function peakMemory(runs: readonly Checked[], rows: number): number | undefined {
  const peaks = runs.filter((run) => run.rows === rows && (run.client === 'ours' || run.client === 'polls'))
  return worst(
    peaks.map(({ memoryMb }) => memoryMb),
    Math.max,
  )
}

/** Both stop at the row. The median over rows at random keys, each against the listing's own time to that very row. */
function busyRowShare(runs: readonly Checked[]): number | undefined {
  const times = (client: 'listing' | 'ours') =>
    rightRuns(runs, { scenario: 'busyRow', client }).map(({ wallMs }) => wallMs)
  const [mine, theirs] = [times('ours'), times('listing')]
  if (mine.length !== theirs.length) return undefined
  return ratio(median(mine), median(theirs))
}

/** Against so many times the requests of one sequential listing of the same hub. */
function pollShare(runs: readonly Checked[]): number | undefined {
  const [wait] = rightRuns(runs, { scenario: 'polls', client: 'polls' })
  const [listing] = rightRuns(runs, { scenario: 'idle', client: 'listing', rows: 1_000_000, shape: 'uniform' })
  if (wait?.looks !== polls || !listing) return undefined
  return wait.requests / (polls * listing.requests)
}

function isFalseIdle({ verdict, expected }: Checked): boolean {
  return verdict === 'idle' && expected !== 'idle'
}
