import assert from 'node:assert/strict'
import { type IdlePolicy, strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import { explainHidden } from '../../../../core/task-hub/idle-proof/leftover-timers.ts'
import { partitionOf } from '../../../../core/task-hub/rows/partition.ts'
import { fakeControlQueue, fakeHubName, FakeHubReader } from '../../../support/fake-hub-reader.ts'

const fakeHub = { account: { name: 'acct', id: 'acct' }, name: fakeHubName }
const signal = new AbortController().signal
const later = '2026-11-21T11:00:00Z'

function leftover(reader: FakeHubReader, key: string, columns: Record<string, unknown> = {}): void {
  reader.row(key, { RuntimeStatus: 'Completed', ...columns })
  reader.events(key, { EventType: 'TimerCreated', EventId: 1, FireAt: later }, { EventType: 'ExecutionCompleted' })
}

async function explain(reader: FakeHubReader, policy: IdlePolicy = strictPolicy): Promise<number[]> {
  const queues = [...reader.queueLooks.values()]
  return (await explainHidden(reader, { hub: fakeHub, policy }, queues, signal)).map(
    ({ leftoverTimers }) => leftoverTimers,
  )
}

describe('hidden messages are explained', () => {
  it('by the timers of ended instances, each once however often it is listed', async () => {
    const reader = new FakeHubReader()
    reader.queue(fakeControlQueue(0), { messages: 2 })
    leftover(reader, 'a')
    leftover(reader, 'b')
    assert.deepEqual(await explain(reader), [2, 0])
  })

  it('no further than there are messages', async () => {
    const reader = new FakeHubReader()
    reader.queue(fakeControlQueue(0), { messages: 1 })
    leftover(reader, 'a')
    leftover(reader, 'b')
    await explain(reader)
    assert.ok(!reader.asked.includes('end b'))
  })

  it('by instances of that very queue only', async () => {
    const reader = new FakeHubReader(2)
    reader.partitions = 2
    const own = partitionOf('a', 2)
    reader.queue(fakeControlQueue(1 - own), { messages: 1 })
    leftover(reader, 'a')
    assert.deepEqual(await explain(reader), [0, 0, 0])
  })

  it('not by a timer due so soon that a worker with a fast clock may have had it already', async () => {
    const reader = new FakeHubReader()
    reader.queue(fakeControlQueue(0), { messages: 1 })
    reader.row('a', { RuntimeStatus: 'Completed' })
    const soon = new Date(reader.now().getTime() + 60_000).toISOString()
    reader.events('a', { EventType: 'TimerCreated', EventId: 1, FireAt: soon }, { EventType: 'ExecutionCompleted' })
    assert.deepEqual(await explain(reader), [0, 0])
  })

  it('not by an instance that goes on', async () => {
    const reader = new FakeHubReader()
    reader.queue(fakeControlQueue(0), { messages: 1 })
    reader.row('a')
    reader.events('a', { EventType: 'TimerCreated', EventId: 1, FireAt: later })
    assert.deepEqual(await explain(reader), [0, 0])
  })

  it('by the timer that an ignored instance waits for, and not by one that has fired', async () => {
    const reader = new FakeHubReader()
    reader.queue(fakeControlQueue(0), { messages: 2 })
    const created = { EventType: 'TimerCreated', FireAt: later }
    reader.row('eternal', { Name: 'Heartbeat' })
    reader.events(
      'eternal',
      { ...created, EventId: 1 },
      { ...created, EventId: 2 },
      { EventType: 'TimerFired', TimerId: 1 },
    )
    assert.deepEqual(await explain(reader), [0, 0])
    const policy = { ...strictPolicy, ignoreInstances: [{ field: 'name', pattern: 'heart*' }] } as const
    assert.deepEqual(await explain(reader, policy), [1, 0])
  })

  it('not by an instance without a row, nor by one of another hub', async () => {
    const reader = new FakeHubReader()
    reader.isShared = true
    reader.queue(fakeControlQueue(0), { messages: 3 })
    leftover(reader, 'a', { TaskHubName: 'Shop' })
    leftover(reader, 'b', { TaskHubName: 'Orders' })
    leftover(reader, 'c', { TaskHubName: 'Orders' })
    reader.rows?.delete('c')
    assert.deepEqual(await explain(reader), [1, 0])
  })

  it('not where the number of partitions is not known', async () => {
    const reader = new FakeHubReader()
    reader.partitions = undefined
    reader.queue(fakeControlQueue(0), { messages: 1 })
    leftover(reader, 'a')
    assert.deepEqual(await explain(reader), [0, 0])
  })

  it('not where none is hidden', async () => {
    const reader = new FakeHubReader()
    reader.queue(fakeControlQueue(0), { messages: 1, visible: 1 })
    leftover(reader, 'a')
    assert.deepEqual(await explain(reader), [0, 0])
    assert.ok(!reader.asked.includes('timers'))
  })
})
