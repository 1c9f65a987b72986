import assert from 'node:assert/strict'
import { madeOnce } from '../../state-service/made-once.ts'

describe('A thing that is made once', () => {
  const scene = (outcomes: (string | Error)[]) => {
    let ms = 0
    let attempts = 0
    const clock = { now: () => new Date(ms), pass: (by: number) => (ms += by) }
    const make = async () => {
      attempts += 1
      const outcome = outcomes.shift() ?? 'too many'
      await Promise.resolve()
      if (outcome instanceof Error) throw outcome
      return outcome
    }
    return { get: madeOnce(make, { clock, retryAfterMs: 10_000 }), clock, attempts: () => attempts }
  }

  it('is the same for everybody, also while it is being made', async () => {
    const { get, attempts } = scene(['one', 'two'])
    assert.deepEqual(await Promise.all([get(), get()]), ['one', 'one'])
    assert.equal(await get(), 'one')
    assert.equal(attempts(), 1)
  })

  it('is not tried again right after it failed, and is later', async () => {
    const { get, clock, attempts } = scene([new Error('no storage'), 'one'])
    await assert.rejects(get(), /no storage/)
    clock.pass(9_999)
    await assert.rejects(get(), /no storage/)
    assert.equal(attempts(), 1)
    clock.pass(1)
    assert.deepEqual(await Promise.all([get(), get()]), ['one', 'one'])
    assert.equal(attempts(), 2)
  })
})
