import assert from 'node:assert/strict'
import { systemClock } from '../../../core/azure/clock.ts'
import { mapLimited, retryAfterMs, within } from '../../../core/azure/wait.ts'
import { Cancelled } from '../../../core/failures.ts'

const never = new AbortController().signal
const timedOut = () => new Error('too slow')
const hang = () => new Promise<never>(() => undefined)

describe('work within a time', () => {
  it('gives its answer', async () => {
    assert.equal(await within({ timeoutMs: 1000, signal: never, timedOut }, () => Promise.resolve(7)), 7)
  })

  it('ends when the time is up, even where it does not listen', async () => {
    let inner: AbortSignal | undefined
    const work = (signal: AbortSignal) => {
      inner = signal
      return hang()
    }
    await assert.rejects(within({ timeoutMs: 1, signal: never, timedOut }, work), /too slow/)
    assert.equal(inner?.aborted, true)
  })

  it('ends on a cancel', async () => {
    const cancel = new AbortController()
    const done = within({ timeoutMs: 60_000, signal: cancel.signal, timedOut }, hang)
    cancel.abort()
    await assert.rejects(done, Cancelled)
  })

  it('does not begin after a cancel', async () => {
    await assert.rejects(
      within({ timeoutMs: 1000, signal: AbortSignal.abort(), timedOut }, () => assert.fail('it began')),
      Cancelled,
    )
  })
})

describe('sleep', () => {
  it('ends by itself', () => systemClock.sleep(1, never))

  it('ends on a cancel', async () => {
    const cancel = new AbortController()
    const asleep = systemClock.sleep(60_000, cancel.signal)
    cancel.abort()
    await assert.rejects(asleep, Cancelled)
  })

  it('does not begin after a cancel', () => assert.rejects(systemClock.sleep(60_000, AbortSignal.abort()), Cancelled))
})

describe('the pause that an answer asks for', () => {
  const now = new Date('2026-01-02T03:04:05Z')
  const cases: [string, Record<string, string>, number | undefined][] = [
    ['is in seconds', { 'retry-after': '15' }, 15_000],
    ['may be none', { 'retry-after': '0' }, 0],
    ['may be a date', { 'retry-after': 'Fri, 02 Jan 2026 03:04:35 GMT' }, 30_000],
    ['is none where the date is past', { 'retry-after': 'Fri, 02 Jan 2026 03:00:00 GMT' }, 0],
    ['may be in milliseconds', { 'x-ms-retry-after-ms': '250', 'retry-after': '9' }, 250],
    ['is not told without a header', {}, undefined],
    ['is not told by a negative number', { 'retry-after': '-5' }, undefined],
    ['is not told by a fraction', { 'retry-after': '1.5' }, undefined],
    ['is not told by a word', { 'retry-after': 'soon' }, undefined],
  ]
  for (const [name, headers, expected] of cases) it(name, () => assert.equal(retryAfterMs(headers, now), expected))
})

describe('many at a time', () => {
  it('keep their order and their limit', async () => {
    let running = 0
    let most = 0
    const results = await mapLimited([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      return item * 10
    })
    assert.deepEqual(results, [10, 20, 30, 40, 50])
    assert.equal(most, 2)
  })

  it('begin no more after the first failure, which is thrown', async () => {
    const begun: number[] = []
    const work = (item: number) => {
      begun.push(item)
      return item === 2 ? Promise.reject(new Error('second')) : Promise.resolve(item)
    }
    await assert.rejects(mapLimited([1, 2, 3, 4], 1, work), /second/)
    assert.deepEqual(begun, [1, 2])
  })
})
