import assert from 'node:assert/strict'
import { withRetry } from '../../../emulator/host/retry.ts'

describe('the retry policy of a function', () => {
  const never = new AbortController().signal
  const failing = (times: number, tries: number[]) => (retryCount: number) => {
    tries.push(retryCount)
    if (tries.length <= times) throw new Error(`try ${retryCount}`)
  }

  it('runs again until it succeeds', async () => {
    const tries: number[] = []
    await withRetry({ delayMs: 1, maxRetryCount: 5 }, never, failing(2, tries))
    assert.deepEqual(tries, [0, 1, 2])
  })

  it('gives up after its count, and at once without a policy', async () => {
    const tries: number[] = []
    await assert.rejects(withRetry({ delayMs: 1, maxRetryCount: 2 }, never, failing(9, tries)), /try 2/)
    await assert.rejects(withRetry(undefined, never, failing(99, tries)))
    assert.deepEqual(tries, [0, 1, 2, 0])
  })

  it('does not run again once the host stops', async () => {
    const stop = new AbortController()
    const tries: number[] = []
    const run = withRetry({ delayMs: 3_600_000, maxRetryCount: -1 }, stop.signal, failing(9, tries))
    stop.abort()
    await assert.rejects(run, /try 0/)
    assert.deepEqual(tries, [0])
  })
})
