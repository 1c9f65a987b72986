import assert from 'node:assert/strict'
import { barsOf, meanLag } from '../../../bench/swap-faults/bars.ts'
import { judge, type Judged, type Outcome } from '../../../bench/swap-faults/judge.ts'
import { startTimes, type Lag } from '../../../bench/swap-faults/lag.ts'
import { scenarios } from '../../../bench/swap-faults/scenarios.ts'
import { tablesOf } from '../../../bench/swap-faults/tables.ts'
import type { Client } from '../../../bench/swap-faults/world.ts'

const well: Outcome = { swaps: 1, production: 'wanted', said: 'succeeded', message: '', seconds: 1 }
const once = { name: 'reset', due: 1 }

describe('a run of a swap', () => {
  for (const [what, outcome, right, asDue] of [
    ['swapped once and said so', {}, true, true],
    ['swapped twice and said that all is well', { swaps: 2, production: 'old' }, false, false],
    ['swapped and said that it failed', { said: 'failed' }, false, true],
    ['swapped twice and said that it failed', { swaps: 2, production: 'old', said: 'failed' }, true, false],
    ['did nothing and said that it failed', { swaps: 0, production: 'old', said: 'failed' }, true, false],
    ['did nothing and said that all is well', { swaps: 0, production: 'old' }, false, false],
    ['left a mixture behind and said that all is well', { production: 'neither' }, false, true],
  ] as const) {
    it(`is ${right ? 'true' : 'not true'} and ${asDue ? 'as due' : 'not as due'} where it ${what}`, () => {
      const judged = judge(once, 'ours', { ...well, ...outcome })
      assert.deepEqual([judged.right, judged.asDue], [right, asDue])
    })
  }

  it('owes no swap where it was not Azure that answered', () => {
    for (const swaps of [0, 1]) assert.ok(judge({ name: 'a page', due: undefined }, 'ours', { ...well, swaps }).asDue)
  })

  it('owes that nothing is swapped where Azure cannot', () => {
    assert.equal(judge({ name: 'broken', due: 0 }, 'ours', well).asDue, false)
  })
})

const lagsOf = (client: Client, ...seconds: (number | undefined)[]): Lag[] =>
  seconds.map((lagSeconds) => ({ client, swapSeconds: 20, lagSeconds }))
const lags = [...lagsOf('ours', 1, 2), ...lagsOf('stock', 5, 10)]
const runs = [judge(once, 'ours', well), judge(once, 'stock', { ...well, swaps: 2, production: 'old' })]
const holds = (some: readonly Judged[], measured: readonly Lag[]) => barsOf(some, measured).map((bar) => bar.holds)

describe('the bars of the swap faults', () => {
  it('hold where ours is right, whatever the stock task does', () => {
    assert.deepEqual(
      barsOf(runs, lags).map(({ value, holds: each }) => [value, each]),
      [
        [0, true],
        [0, true],
        [0.2, true],
      ],
    )
  })

  it('do not hold where ours says what is not so, swaps too often or not at all', () => {
    const [first] = runs
    assert.ok(first)
    assert.deepEqual(holds([first, judge(once, 'ours', { ...well, said: 'failed' })], lags), [false, true, true])
    assert.deepEqual(holds([judge(once, 'ours', { ...well, swaps: 3 })], lags), [true, false, true])
    assert.deepEqual(holds([judge(once, 'ours', { ...well, swaps: 0, production: 'old', said: 'failed' })], lags), [
      true,
      false,
      true,
    ])
  })

  it('do not hold where ours knows too late, or one run never came to know it', () => {
    assert.deepEqual(holds(runs, [...lagsOf('ours', 1, 2.1), ...lagsOf('stock', 5, 10)]), [true, true, false])
    assert.deepEqual(holds(runs, [...lags, ...lagsOf('ours', undefined)]), [true, true, false])
    assert.equal(meanLag(lagsOf('stock', 4, undefined), 'stock'), undefined)
  })

  it('do not hold where nothing of ours was run', () => {
    assert.deepEqual(holds([], []), [false, false, false])
  })
})

describe('the tables of the swap faults', () => {
  it('show a scenario of several runs in one line, with all that came of them', () => {
    const [stock] = tablesOf([...runs, judge(once, 'stock', well)], lags)
    assert.deepEqual(stock?.rows[1], [
      'reset',
      '2',
      '1',
      '2, 1',
      'the old version, the wanted version',
      'succeeded',
      '1 of 2',
    ])
  })
})

describe('the swaps whose end is waited for', () => {
  it('take times that favour no moment between two polls of the stock task', () => {
    const times = startTimes(30, 5000, 7)
    assert.deepEqual(times, startTimes(30, 5000, 7))
    assert.notDeepEqual(times, startTimes(30, 5000, 8))
    times.forEach((ms, at) => assert.equal(Math.floor((ms - 5000) / 500), at))
  })
})

describe('the scenarios of the swap faults', () => {
  it('each have a name of their own', () => {
    assert.equal(new Set(scenarios.map(({ name }) => name)).size, scenarios.length)
  })
})
