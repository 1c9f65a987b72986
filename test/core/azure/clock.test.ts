import assert from 'node:assert/strict'
import { systemClock } from '../../../core/azure/clock.ts'
import { Cancelled } from '../../../core/failures.ts'

const never = new AbortController().signal

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
