import assert from 'node:assert/strict'
import { barsOf } from '../../../bench/lost-items/bars.ts'
import { figuresOf, tableOf } from '../../../bench/lost-items/figures.ts'
import type { Judged } from '../../../bench/lost-items/judge.ts'
import { judge } from '../../../bench/lost-items/judge.ts'
import { methods } from '../../../bench/lost-items/methods.ts'
import { plotOf } from '../../../bench/lost-items/plot.ts'
import type { ReceivedRun } from '../../../bench/lost-items/receiver.ts'

const repetition = { lane: 'a', from: 0, swapAt: 40, overAt: 60, until: 100 }

/** A run whose first `items` items came once. */
function run(version: string, number: number, items = 10, more: Partial<ReceivedRun> = {}): ReceivedRun {
  const once = () => new Map(Array.from({ length: items }, (_, at) => [at + 1, 1]))
  const beganAt = number * 10
  return { lane: 'a', version, run: number, beganAt, isLate: false, sends: once(), taken: once(), ...more }
}

const whole = [1, 2, 3].map((number) => run('A', number))

describe('a repetition of the lost-item experiment', () => {
  it('is clean where every run of it got its ten items once', () => {
    const judged = judge(repetition, [...whole, run('B', 4), run('B', 5)])
    assert.deepEqual(
      { ...judged, ...repetition },
      { ...repetition, runs: 5, missing: 0, doubled: 0, sentAgain: 0, skipped: 0, both: 0, late: 0 },
    )
  })

  it('misses what a run that was cut off did not send, also where it sent nothing', () => {
    assert.equal(judge(repetition, [...whole, run('A', 4, 3), run('B', 5, 0)]).missing, 17)
  })

  it('leaves alone what began before and after it', () => {
    const [before, after] = [run('A', 4, 2, { beganAt: -1 }), run('B', 5, 2, { beganAt: 100 })]
    assert.equal(judge(repetition, [...whole, before, after]).missing, 0)
  })

  it('counts an item that was taken twice, and every further send', () => {
    const twice = run('A', 4)
    twice.sends.set(3, 4)
    twice.taken.set(3, 2)
    const { doubled, sentAgain } = judge(repetition, [...whole, twice])
    assert.deepEqual({ doubled, sentAgain }, { doubled: 1, sentAgain: 3 })
  })

  it('does not call an item doubled that was sent again and taken once', () => {
    const again = run('A', 4)
    again.sends.set(3, 2)
    const { doubled, sentAgain } = judge(repetition, [...whole, again])
    assert.deepEqual({ doubled, sentAgain }, { doubled: 0, sentAgain: 1 })
  })

  it('counts occurrences that nobody ran, that both ran, and runs that were late', () => {
    const { skipped, both, late } = judge(repetition, [run('A', 1), run('A', 4), run('B', 4, 10, { isLate: true })])
    assert.deepEqual({ skipped, both, late }, { skipped: 2, both: 1, late: 1 })
  })
})

describe('the figures of the lost-item experiment', () => {
  const judged = (missing: number, doubled: number): Judged => ({
    ...{ ...repetition, runs: 5, missing, doubled, sentAgain: doubled, skipped: 0, both: 0, late: 0 },
  })
  const plain = figuresOf(methods.plain, [judged(3, 0), judged(0, 2), judged(1, 1), judged(0, 0)])
  const clean = (method: 'appMode' | 'fence') => figuresOf(methods[method], [judged(0, 0), judged(0, 0)])

  it('count swaps with a loss, with a double, with either', () => {
    const { withMissing, withDoubled, withAny, missing } = plain
    assert.deepEqual(
      { withMissing, withDoubled, withAny, missing },
      { withMissing: 2, withDoubled: 2, withAny: 3, missing: 4 },
    )
  })

  it('hold the bars where the plain swap loses some and the others none', () => {
    assert.ok(barsOf([plain, clean('appMode'), clean('fence')]).every(({ holds }) => holds))
  })

  it('do not hold them where nothing is ever lost, something is, or a method was not played', () => {
    const harmless = figuresOf(methods.plain, [judged(0, 0)])
    const lossy = figuresOf(methods.fence, [judged(1, 0)])
    assert.deepEqual(
      barsOf([harmless, clean('appMode'), clean('fence')]).map(({ holds }) => holds),
      [false, true, true],
    )
    assert.deepEqual(
      barsOf([plain, clean('appMode'), lossy]).map(({ holds }) => holds),
      [true, true, false],
    )
    assert.deepEqual(
      barsOf([plain, clean('fence')]).map(({ holds }) => holds),
      [true, false, true],
    )
  })

  it('make a row and two bars each', () => {
    const all = [plain, clean('fence')]
    assert.deepEqual(new Set(tableOf(all).map((row) => row.length)).size, 1)
    const plot = plotOf(all)
    assert.match(plot, /^<svg xmlns=/)
    assert.match(plot, />2 of 4 lost 4 items</)
    assert.match(plot, />fence and drain</)
  })
})
