import assert from 'node:assert/strict'
import { chanceOfAsMany, type NameCounts } from '../../../core/swap/exact-test.ts'

const counts = (begun: number, failed: number, begunBefore: number, failedBefore: number): NameCounts => ({
  now: { begun, failed },
  before: { begun: begunBefore, failed: failedBefore },
})
const near = (actual: number, expected: number) => {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * expected, `${actual} is not ${expected}`)
}

describe('the chance that as many fail though nothing has changed', () => {
  it('is that of Fisher: the tea of the lady', () => {
    near(chanceOfAsMany([counts(4, 4, 4, 0)]), 1 / 70)
    near(chanceOfAsMany([counts(4, 3, 4, 1)]), 17 / 70)
  })

  it('is 1 where none failed, where all did, and without names', () => {
    for (const names of [[counts(20, 0, 50, 3)], [counts(20, 20, 50, 50)], []]) near(chanceOfAsMany(names), 1)
  })

  it('is small, and no rounding, for a version that always fails', () => {
    // 1 of the 60! / (10! 50!) ways, for each of the 11 ways to choose ten failures of eleven.
    near(chanceOfAsMany([counts(10, 10, 50, 1)]), 11 / 75_394_027_566)
  })

  it('is that of both names together, each among its own', () => {
    near(chanceOfAsMany([counts(4, 4, 4, 0), counts(4, 4, 4, 0)]), 1 / 4900)
    // One failure less than all of eight: four ways each of 16 / 70 for one name and 1 / 70 for the other.
    near(chanceOfAsMany([counts(4, 4, 4, 0), counts(4, 3, 4, 1)]), (1 + 16 + 16) / 4900)
  })

  it('takes another mix of names for nothing', () => {
    const asBefore = [counts(20, 10, 100, 50), counts(2, 0, 900, 0)]

    assert.ok(chanceOfAsMany(asBefore) > 0.4)
    assert.ok(chanceOfAsMany([counts(22, 10, 1000, 50)]) < 1e-6)
  })

  it('is told of thousands of instances too', () => {
    const chance = chanceOfAsMany([counts(10_000, 6000, 200, 80)])

    assert.ok(chance > 1e-10 && chance < 1e-6, `${chance}`)
  })
})
