import assert from 'node:assert/strict'
import fc from 'fast-check'
import { drainOf, fewestSamples } from '../../../../core/task-hub/account/drain.ts'

const minutes = (...list: readonly number[]) => list.map((each) => each * 60_000)

describe('the time until those in flight have ended', () => {
  it('is the median of those that completed, for one that has just begun', () => {
    const drain = drainOf({ durations: minutes(5, 1, 3, 2, 4), ages: [0], count: 1 })
    assert.deepEqual(drain, { kind: 'estimate', samples: 5, medianMs: 180_000, p90Ms: 300_000 })
  })

  it('is what is left of it, for one that has run a while', () => {
    const drain = drainOf({ durations: minutes(1, 2, 3, 4, 5), ages: minutes(3.5), count: 1 })
    assert.deepEqual(drain, { kind: 'estimate', samples: 5, medianMs: 30_000, p90Ms: 90_000 })
  })

  it('is longer by the time until it begins, for one that is to start later', () => {
    const drain = drainOf({ durations: minutes(1, 2, 3, 4, 5), ages: minutes(-60), count: 1 })
    assert.equal(drain.kind === 'estimate' && drain.medianMs, 63 * 60_000)
  })

  it('is the time of the last of several', () => {
    const durations = minutes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    const drain = drainOf({ durations, ages: [0, 0], count: 2 })
    // Both have ended within t with the square of one's probability: 0.8² is above a half, 0.7² is not.
    assert.equal(drain.kind === 'estimate' && drain.medianMs, 8 * 60_000)
  })

  it('counts those whose age is not known like the others', () => {
    const durations = minutes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    assert.deepEqual(
      drainOf({ durations, ages: [0, 0], count: 100 }),
      drainOf({ durations, ages: Array.from({ length: 100 }, () => 0), count: 100 }),
    )
  })

  it('is not estimated from less than five that completed, nor for none', () => {
    const few = Array.from({ length: fewestSamples - 1 }, () => 1000)
    assert.deepEqual(drainOf({ durations: few, ages: [0], count: 1 }), { kind: 'noHistory' })
    assert.deepEqual(drainOf({ durations: [...few, -5], ages: [0], count: 1 }), { kind: 'noHistory' })
    assert.deepEqual(drainOf({ durations: [...few, 1000], ages: [], count: 0 }), { kind: 'noHistory' })
  })

  it('is not known where one runs longer than any that completed', () => {
    const drain = drainOf({ durations: minutes(1, 2, 3, 4, 5), ages: minutes(0, 5), count: 2 })
    assert.deepEqual(drain, { kind: 'longer', samples: 5 })
  })

  describe('whatever the durations', () => {
    const durations = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: fewestSamples, maxLength: 60 })
    const shares = fc.array(fc.integer({ min: -50, max: 99 }), { minLength: 1, maxLength: 8 })
    const agesOf = (all: readonly number[], parts: readonly number[]) =>
      parts.map((part) => Math.floor((Math.max(...all) * part) / 100))
    const estimate = (all: readonly number[], ages: readonly number[]) => {
      const drain = drainOf({ durations: all, ages, count: ages.length })
      assert.ok(drain.kind === 'estimate')
      return drain
    }
    const check = (property: fc.IProperty<[number[], number[]]>) => fc.assert(property, { seed: 3 })

    it('has its quantiles in order, none of them before now', () => {
      check(
        fc.property(durations, shares, (all, parts) => {
          const { medianMs, p90Ms } = estimate(all, agesOf(all, parts))
          assert.ok(medianMs >= 0 && medianMs <= p90Ms)
        }),
      )
    })

    it('is never shorter with one more in flight', () => {
      check(
        fc.property(durations, shares, (all, parts) => {
          const ages = agesOf(all, parts)
          const now = estimate(all, ages)
          const more = estimate(all, [...ages, 0])
          assert.ok(now.medianMs <= more.medianMs && now.p90Ms <= more.p90Ms)
        }),
      )
    })

    it('makes the whole duration of one never shorter the longer it has run', () => {
      check(
        fc.property(durations, shares, (all, parts) => {
          const wholes = agesOf(all, parts)
            .sort((left, right) => left - right)
            .map((age) => age + estimate(all, [age]).medianMs)
          assert.deepEqual(
            wholes,
            wholes.toSorted((left, right) => left - right),
          )
        }),
      )
    })
  })
})
