import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  guessedPauseMs,
  nextPace,
  Pace,
  widest,
  type PaceState,
} from '../../../../../core/azure/storage/requests/pace.ts'
import { Cancelled } from '../../../../../core/failures.ts'
import { FakeClock } from '../../../../support/fake-clock.ts'

const never = new AbortController().signal

describe('how many requests go side by side', () => {
  const after = (start: PaceState, times: number) =>
    Array.from({ length: times }).reduce<PaceState>((state) => nextPace(state, false), start)

  it('is half as many when the service asks to slow down, and never none', () => {
    assert.equal(nextPace({ most: 32, calm: 9 }, true).most, 16)
    assert.equal(nextPace({ most: 1, calm: 0 }, true).most, 1)
  })

  it('is one more after four calm rounds', () => {
    assert.equal(after({ most: 4, calm: 0 }, 15).most, 4)
    assert.equal(after({ most: 4, calm: 0 }, 16).most, 5)
  })

  it('is never more than at the beginning', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 500 }), (answers) => {
        const end = answers.reduce<PaceState>((state, each) => nextPace(state, each), { most: widest, calm: 0 })
        assert.ok(end.most >= 1 && end.most <= widest)
      }),
    )
  })
})

describe('a pause that the service does not name', () => {
  it('doubles up to eight seconds', () => {
    assert.deepEqual([1, 2, 3, 4, 5, 6, 100].map(guessedPauseMs), [500, 1000, 2000, 4000, 8000, 8000, 8000])
  })
})

describe('the turns of requests to one account', () => {
  const hold = (pace: Pace, signal = never) => {
    let end: () => void = () => undefined
    const held = new Promise<void>((resolve) => (end = resolve))
    let started = false
    const done = pace.run(async () => {
      started = true
      await held
    }, signal)
    return { end: () => end(), done, isRunning: () => started }
  }
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

  it('are thirty-two at once', async () => {
    const pace = new Pace(new FakeClock())
    const all = Array.from({ length: 40 }, () => hold(pace))
    await settle()
    assert.equal(all.filter(({ isRunning }) => isRunning()).length, 32)
    all[0]?.end()
    await settle()
    assert.equal(all.filter(({ isRunning }) => isRunning()).length, 33)
    for (const { end } of all) end()
    await Promise.all(all.map(({ done }) => done))
  })

  it('are fewer from the moment on that one is throttled, and all pause', async () => {
    const clock = new FakeClock()
    const pace = new Pace(clock)
    assert.equal(pace.throttled(3000), 3000)
    const all = Array.from({ length: 20 }, () => hold(pace))
    await settle()
    assert.equal(all.filter(({ isRunning }) => isRunning()).length, 16)
    assert.ok(clock.slept.length > 0 && clock.slept.every((ms) => ms === 3000))
    for (const { end } of all) end()
    await Promise.all(all.map(({ done }) => done))
  })

  it('take many that are throttled together for one sign', () => {
    const pace = new Pace(new FakeClock())
    const widths: number[] = []
    const unwatch = pace.watch((most) => widths.push(most))
    for (let times = 0; times < 10; times++) pace.throttled(1000)
    assert.deepEqual(widths, [16])
    unwatch()
  })

  it('do not wait for longer than two minutes because one was asked to', async () => {
    const clock = new FakeClock()
    const pace = new Pace(clock)
    assert.equal(pace.throttled(3_600_000), 3_600_000)
    await pace.run(() => Promise.resolve(), never)
    assert.deepEqual(clock.slept, [])
  })

  it('are left at a cancel', async () => {
    const pace = new Pace(new FakeClock())
    const all = Array.from({ length: 32 }, () => hold(pace))
    const cancel = new AbortController()
    const waiting = hold(pace, cancel.signal)
    cancel.abort()
    await assert.rejects(waiting.done, Cancelled)
    await assert.rejects(hold(pace, cancel.signal).done, Cancelled)
    for (const { end } of all) end()
    await Promise.all(all.map(({ done }) => done))
    const next = hold(pace)
    next.end()
    await next.done
  })
})
