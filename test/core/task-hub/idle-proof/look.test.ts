import assert from 'node:assert/strict'
import { noAccount } from '../../../../core/task-hub/account/account.ts'
import type { Ask, Evidence } from '../../../../core/task-hub/idle-proof/evidence.ts'
import { type IdlePolicy, strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import { lookAtHub } from '../../../../core/task-hub/idle-proof/look.ts'
import { waitUntilIdle } from '../../../../core/task-hub/idle-proof/prove-idle.ts'
import { FakeClock, FakeLog } from '../../../support/fake-clock.ts'
import { fakeControlQueue, fakeHubName, FakeHubReader } from '../../../support/fake-hub-reader.ts'

const signal = new AbortController().signal
const hub = { account: { name: 'acct', id: 'acct' }, name: fakeHubName }

function look(reader: FakeHubReader, ask: Ask = {}, policy: Partial<IdlePolicy> = {}): Promise<Evidence> {
  return lookAtHub(reader, { hub, policy: { ...strictPolicy, ...policy } }, ask, signal)
}

describe('a look at a hub', () => {
  it('finds one without rows and messages idle', async () => {
    const evidence = await look(new FakeHubReader())
    assert.equal(evidence.verdict, 'idle')
    assert.equal(evidence.memory?.changes?.rows, 0)
  })

  it('reads rows before queues, and the names of the queues before both', async () => {
    const reader = new FakeHubReader()
    reader.row('a')
    await look(reader)
    assert.deepEqual(reader.asked, ['queues', 'scan', 'end a', 'look'])
  })

  it('finds one of which nothing is there never provisioned', async () => {
    const reader = new FakeHubReader()
    reader.rows = undefined
    reader.queueLooks.clear()
    const evidence = await look(reader)
    assert.deepEqual([evidence.verdict, evidence.provisioned, evidence.memory], ['idle', false, undefined])
  })

  it('cannot tell where there are queues but no rows', async () => {
    const reader = new FakeHubReader()
    reader.rows = undefined
    assert.equal((await look(reader)).verdict, 'unknown')
  })

  it('knows a hub by its rows where it has no queue', async () => {
    const reader = new FakeHubReader()
    reader.queueLooks.clear()
    const evidence = await look(reader)
    assert.deepEqual([evidence.verdict, evidence.provisioned], ['idle', true])
    assert.ok(!reader.asked.includes('isThere'))
  })

  it('does not know a hub by a tracking store that it shares', async () => {
    const reader = new FakeHubReader()
    reader.queueLooks.clear()
    reader.isShared = true
    await look(reader)
    assert.ok(reader.asked.includes('isThere'))
  })

  it('that fails is no evidence', async () => {
    const reader = new FakeHubReader()
    reader.failing = 'unreadable'
    const evidence = await look(reader)
    assert.deepEqual([evidence.verdict, evidence.because], ['unknown', 'could not read: status 403'])
  })

  it('does not swallow what is no failure of Azure', async () => {
    const reader = new FakeHubReader()
    reader.queues.names = () => Promise.reject(new TypeError('a bug'))
    await assert.rejects(look(reader), TypeError)
  })

  describe('at hidden messages', () => {
    const withTimer = () => {
      const reader = new FakeHubReader()
      reader.row('a', { RuntimeStatus: 'Completed', Timestamp: '2026-11-20T10:00:00Z' })
      reader.events(
        'a',
        { EventType: 'TimerCreated', EventId: 1, FireAt: '2026-11-22T10:00:00Z' },
        { EventType: 'ExecutionCompleted', EventId: 2 },
      )
      reader.queue(fakeControlQueue(0), { messages: 1 })
      return reader
    }

    it('lets those pass that History explains', async () => {
      const evidence = await look(withTimer())
      assert.deepEqual([evidence.verdict, evidence.counts.leftoverTimers], ['idle', 1])
    })

    it('asks History only where the verdict hinges on it', async () => {
      const reader = withTimer()
      reader.row('b')
      assert.equal((await look(reader)).verdict, 'busy')
      assert.ok(!reader.asked.includes('timers'))
    })

    it('does not ask History where a message can be seen', async () => {
      const reader = withTimer()
      reader.queue(fakeControlQueue(0), { messages: 2, visible: 1 })
      assert.equal((await look(reader)).verdict, 'busy')
      assert.ok(!reader.asked.includes('timers'))
    })

    it('is busy where History may not be read, for the messages are there', async () => {
      const reader = withTimer()
      reader.partitionCount = () => {
        reader.failing = 'denied'
        return Promise.resolve(1)
      }
      assert.equal((await look(reader)).verdict, 'busy')
    })

    it('cannot tell where History cannot be understood', async () => {
      const reader = withTimer()
      reader.partitionCount = () => {
        reader.failing = 'unreadable'
        return Promise.resolve(1)
      }
      assert.equal((await look(reader)).verdict, 'unknown')
    })
  })
})

describe('two proofs of an idle hub', () => {
  const prove = (reader: FakeHubReader, policy: Partial<IdlePolicy>, meanwhile: () => void) => {
    const clock = new FakeClock()
    clock.at(1000, meanwhile)
    const options = { timeoutMs: 0, pollIntervalMs: 1000, quietPeriodMs: 5000 }
    const deps = { clock, log: new FakeLog(), look: (_: AbortSignal, ask?: Ask) => look(reader, ask, policy) }
    return waitUntilIdle(deps, options, signal)
  }

  it('are none where an instance began and ended in between', async () => {
    const reader = new FakeHubReader()
    const { evidence, proofs } = await prove(reader, {}, () => reader.row('a', { RuntimeStatus: 'Completed' }))
    assert.deepEqual([evidence.verdict, proofs], ['busy', 0])
    assert.match(evidence.because, /created or updated between its two proofs, 5 s apart; written last: 'a'/)
  })

  it('are none where a row that had just been written was purged in between, and then name none', async () => {
    const reader = new FakeHubReader()
    reader.row('a', { RuntimeStatus: 'Completed' })
    const { evidence } = await prove(reader, {}, () => reader.rows?.delete('a'))
    assert.match(evidence.because, /between its two proofs, 5 s apart$/)
  })

  it('are none where a row without a name was written in between', async () => {
    const reader = new FakeHubReader()
    const { evidence } = await prove(reader, {}, () => reader.row('a', { RuntimeStatus: 'Completed', Name: '' }))
    assert.match(evidence.because, /; written last: 'a'$/)
  })

  it('are none where a row that was there was written again', async () => {
    const reader = new FakeHubReader()
    reader.row('a', { RuntimeStatus: 'Completed' })
    const again = { RuntimeStatus: 'Completed', Timestamp: '2026-11-21T10:00:02.0000001Z' }
    assert.equal((await prove(reader, {}, () => reader.row('a', again))).evidence.verdict, 'busy')
  })

  it('stand where nothing was written, however much was before', async () => {
    const reader = new FakeHubReader()
    for (const key of ['a', 'b', 'c', 'd']) reader.row(key, { RuntimeStatus: 'Completed' })
    assert.equal((await prove(reader, {}, () => undefined)).proofs, 2)
  })

  it('stand where only what is ignored was written', async () => {
    const reader = new FakeHubReader()
    const policy: Partial<IdlePolicy> = {
      entityPolicy: 'ignore',
      ignoreInstances: [{ field: 'name', pattern: 'Eternal' }],
    }
    const { proofs } = await prove(reader, policy, () => {
      reader.row('e', { Name: 'Eternal' })
      reader.row('@counter@a', { Name: '@counter@a', CustomStatus: '{"queueSize":3}' })
    })
    assert.equal(proofs, 2)
  })
})

describe('a look at a busy hub', () => {
  it('tells nothing at length where nobody asked', async () => {
    const reader = new FakeHubReader()
    reader.row('a')
    const evidence = await look(reader)
    assert.equal(evidence.account, undefined)
    assert.ok(!reader.asked.includes('outstanding a'))
  })

  it('tells at length what it waits for, and reads it after the queues', async () => {
    const reader = new FakeHubReader()
    reader.row('a')
    reader.events('a', { EventType: 'TaskScheduled', EventId: 0, Name: 'Charge' })
    const evidence = await look(reader, { account: noAccount })
    assert.equal(evidence.account?.lines[0]?.waitsFor, "activity 'Charge'")
    assert.ok(reader.asked.indexOf('outstanding a') > reader.asked.indexOf('look'))
  })

  it('says "at least" where it ended at work, and leaves nothing to compare', async () => {
    const reader = new FakeHubReader()
    reader.batchSize = 1
    for (let n = 0; n < 300; n++) reader.row(`i${n}`, { RuntimeStatus: 'Suspended' })
    reader.queue(fakeControlQueue(0), { messages: 1, visible: 1, seen: [{ kind: 'start', instanceId: 'x' }] })
    const evidence = await look(reader, { account: noAccount })
    assert.match(evidence.because, /^at least 156 suspended/, 'and 100 requests for their History')
    assert.deepEqual([evidence.partial, evidence.memory?.changes], [true, undefined])
    // Whether an instance that is about to start has a row is not known where not every row was read.
    assert.equal(evidence.account?.newStarts, undefined)
  })

  it('tells at length of messages alone too', async () => {
    const reader = new FakeHubReader()
    reader.rows = new Map()
    reader.queue(fakeControlQueue(0), { messages: 1, visible: 1, seen: [{ kind: 'start', instanceId: 'x' }] })
    const evidence = await look(reader, { account: noAccount })
    assert.deepEqual([evidence.account?.lines.length, evidence.account?.newStarts], [0, 1])
  })
})
