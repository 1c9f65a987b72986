import assert from 'node:assert/strict'
import { within } from '../../../../core/azure/http/within.ts'
import { Cancelled } from '../../../../core/failures.ts'

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
