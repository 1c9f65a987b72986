import assert from 'node:assert/strict'
import { barsOf } from '../../../bench/idle-proof/bars.ts'
import { median, worst } from '../../../bench/idle-proof/figures.ts'
import { planOf, type Checked } from '../../../bench/idle-proof/scenarios.ts'
import { tablesOf } from '../../../bench/idle-proof/tables.ts'

/** Every run of the plan, as if the listing took a second for 1,000 rows and ours were `faster` times as fast. */
function runsOf({ quick = false, faster = 25 }: { quick?: boolean; faster?: number } = {}): Checked[] {
  return planOf(quick).flatMap(({ shape, rows, steps }) =>
    steps.flatMap(({ scenario, inFlight, clients }) =>
      clients.flatMap(({ client, times, polls }) =>
        Array.from({ length: times }, (): Checked => {
          const ours = client === 'ours' || client === 'polls'
          const expected = inFlight.length > 0 ? 'busy' : 'idle'
          return {
            ...{ client, scenario, shape, rows, expected, inFlight: inFlight.length, verdict: expected },
            wallMs: ours ? rows / faster : rows,
            ...{ processorMs: 1, memoryMb: ours ? 90 : 400, rowsScanned: rows, emptyPages: 0, throttled: 0 },
            requests: polls === undefined ? rows / 1000 : rows / 1000 + 100,
            bytes: ours ? rows : rows * 900,
            mostAtOnce: 1,
            ...(polls !== undefined && { looks: polls }),
          }
        }),
      ),
    ),
  )
}

const barNamed = (runs: Checked[], name: string, quick = false) => {
  const bar = barsOf(runs, quick).find((other) => other.name === name)
  assert.ok(bar, name)
  return bar
}
const speed = 'times faster than the sequential listing, 1M rows'

describe('the bars of the idle proof', () => {
  it('all hold where everything is well', () => {
    const bars = barsOf(runsOf(), false)
    assert.deepEqual(
      bars.filter(({ holds }) => !holds),
      [],
    )
    assert.equal(bars.length, 9)
    assert.deepEqual(barNamed(runsOf(), speed), { name: speed, value: 25, bound: '>= 20', holds: true })
  })

  it('are those that a minute has room for in the quick form', () => {
    const bars = barsOf(runsOf({ quick: true }), true)
    assert.ok(bars.length > 3 && bars.every(({ holds, name }) => holds && !name.includes('1M')))
  })

  it('do not hold where the look is too slow', () => {
    assert.equal(barNamed(runsOf({ faster: 19 }), speed).holds, false)
    assert.equal(barNamed(runsOf({ faster: 19 }), 'times faster, 1M rows, skewed ids').holds, true)
    assert.equal(barNamed(runsOf({ faster: 5 }), 'times faster, 1M rows, skewed ids').holds, false)
    assert.equal(barNamed(runsOf({ faster: 9 }), 'share of the time to find a busy row, 1M rows').holds, false)
  })

  it('take the worse of the two kinds of skew', () => {
    const runs = runsOf().map((run) =>
      run.shape === 'children' && run.client === 'ours' ? { ...run, wallMs: run.rows / 4 } : run,
    )
    assert.equal(barNamed(runs, 'times faster, 1M rows, skewed ids').value, 4)
  })

  it('count no time of a run that gave a wrong answer', () => {
    const [first, ...rest] = runsOf().filter(({ rows, shape }) => rows === 1_000_000 && shape === 'uniform')
    assert.equal(first?.client, 'listing')
    const wrong = rest.map((run) =>
      run.client === 'ours' && run.scenario === 'idle' ? { ...run, verdict: 'unknown' } : run,
    )
    assert.deepEqual(barNamed([first, ...wrong], speed), {
      name: speed,
      value: undefined,
      bound: '>= 20',
      holds: false,
    })
  })

  it('count every idle that was none', () => {
    const runs = runsOf().map((run) => (run.scenario === 'verdict' ? { ...run, verdict: 'idle' } : run))
    const bar = barNamed(runs, 'false idle')
    assert.equal(bar.value, runs.filter(({ scenario }) => scenario === 'verdict').length)
    assert.equal(bar.holds, false)
  })

  it('do not take a wait for sixty polls that made fewer looks', () => {
    const runs = runsOf().map((run) => (run.client === 'polls' ? { ...run, looks: 59 } : run))
    const bar = barNamed(runs, 'share of the requests of 60 polls, 1M rows, 100 running')
    assert.deepEqual([bar.value, bar.holds], [undefined, false])
  })
})

describe('the figures of a bench', () => {
  it('know the middle of several', () => {
    assert.equal(median([9, 1, 5]), 5)
    assert.equal(median([1, 2, 3, 10]), 2.5)
    assert.equal(median([]), undefined)
  })

  it('know no worst where one could not be measured', () => {
    assert.equal(worst([3, 1, 2], Math.min), 1)
    assert.equal(worst([3, undefined], Math.min), undefined)
    assert.equal(worst([], Math.min), undefined)
  })
})

describe('the tables of the idle proof', () => {
  it('name each run that was wrong', () => {
    const runs = runsOf({ quick: true }).map((run, at) => (at === 3 ? { ...run, verdict: 'unknown' } : run))
    const rows = tablesOf(runs).flatMap((table) => table.rows.map((cells) => cells.join(' ')))
    assert.equal(rows.filter((row) => row.includes('wrong: unknown instead of')).length, 1)
  })
})
