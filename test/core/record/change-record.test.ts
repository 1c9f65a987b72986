import assert from 'node:assert/strict'
import { AzureFailure } from '../../../core/failures.ts'
import { changeRecord } from '../../../core/record/change-record.ts'
import { emptyRecord } from '../../../core/record/record.ts'
import type { RecordStore } from '../../../core/task-hub/ports.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const signal = new AbortController().signal

describe('a change of the record', () => {
  const operation = 'write the record'
  const noAnswer = () => new AzureFailure('no answer in time', { operation, kind: 'timeout', mayHaveHappened: true })

  /** Its first so many writes are not answered within the half minute that each is given. */
  function silentStore(clock: FakeClock, silent: number): RecordStore & { writes: number } {
    return {
      writes: 0,
      read: () => Promise.resolve(undefined),
      async write() {
        this.writes += 1
        if (this.writes > silent) return 'written'
        await clock.sleep(30_000, signal)
        throw noAnswer()
      },
    }
  }

  const change = (clock: FakeClock, store: RecordStore) =>
    changeRecord(
      clock,
      { store, account: 'stshop', app: 'shop' },
      () => ({ write: emptyRecord('shop'), answer: 'done' }),
      signal,
    )

  it('is tried again after two writes that were never answered', async () => {
    const clock = new FakeClock()
    assert.equal(await change(clock, silentStore(clock, 2)), 'done')
  })

  it('is given up after four that were never answered', async () => {
    const clock = new FakeClock()
    const store = silentStore(clock, 100)
    await assert.rejects(change(clock, store), /no answer in time/)
    assert.equal(store.writes, 4)
  })
})
