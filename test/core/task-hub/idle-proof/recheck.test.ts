import assert from 'node:assert/strict'
import { noAccount } from '../../../../core/task-hub/account/account.ts'
import type { Ask, Evidence } from '../../../../core/task-hub/idle-proof/evidence.ts'
import { strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import { lookAtHub } from '../../../../core/task-hub/idle-proof/look.ts'
import { fakeControlQueue, fakeHubName, FakeHubReader } from '../../../support/fake-hub-reader.ts'

const signal = new AbortController().signal
const hub = { account: { name: 'acct', id: 'acct' }, name: fakeHubName }

function look(reader: FakeHubReader, ask: Ask = {}): Promise<Evidence> {
  reader.asked.length = 0
  return lookAtHub(reader, { hub, policy: strictPolicy }, ask, signal)
}

const points = ({ asked }: FakeHubReader) => asked.filter((what) => what.startsWith('row ')).length
const isFull = ({ asked }: FakeHubReader) => asked.includes('scan')

function hubOf(...keys: readonly string[]): FakeHubReader {
  const reader = new FakeHubReader()
  for (const key of keys) reader.row(key)
  return reader
}

describe('a look at a hub that was busy', () => {
  it('reads a few known rows and the queues, and not the table', async () => {
    const reader = hubOf('a', 'b', 'c', 'd', 'e', 'f')
    const before = await look(reader)
    const evidence = await look(reader, { before })
    assert.deepEqual([evidence.verdict, evidence.counts.running, isFull(reader), points(reader)], ['busy', 6, false, 3])
  })

  it('reads other rows in its turn the next time', async () => {
    const reader = hubOf('a', 'b', 'c', 'd', 'e', 'f')
    const second = await look(reader, { before: await look(reader) })
    await look(reader, { before: second })
    assert.deepEqual(reader.asked.slice(0, 3), ['row d', 'row e', 'row f'])
  })

  it('counts no more a known row that has ended', async () => {
    const reader = hubOf('a', 'b')
    const before = await look(reader)
    reader.row('a', { RuntimeStatus: 'Completed' })
    const evidence = await look(reader, { before })
    assert.deepEqual([evidence.counts.running, isFull(reader)], [1, false])
  })

  it('looks in full once all known rows have ended', async () => {
    const reader = hubOf('a', 'b', 'c', 'd', 'e')
    const before = await look(reader)
    for (const key of ['a', 'b', 'c', 'd']) reader.row(key, { RuntimeStatus: 'Failed' })
    reader.rows?.delete('e')
    assert.equal((await look(reader, { before })).verdict, 'idle')
    assert.ok(isFull(reader))
  })

  it('goes on to the other known rows where the first ones have ended', async () => {
    const reader = hubOf('a', 'b', 'c', 'd', 'e')
    const before = await look(reader)
    for (const key of ['a', 'b', 'c', 'd']) reader.row(key, { RuntimeStatus: 'Failed' })
    const evidence = await look(reader, { before })
    assert.deepEqual([evidence.counts.running, isFull(reader), points(reader)], [1, false, 5])
  })

  it('is still busy by a message that can be seen', async () => {
    const reader = hubOf('a')
    const before = await look(reader)
    reader.row('a', { RuntimeStatus: 'Completed' })
    reader.queue(fakeControlQueue(0), { messages: 2, visible: 1 })
    const evidence = await look(reader, { before })
    assert.deepEqual([evidence.verdict, isFull(reader)], ['busy', false])
    assert.match(evidence.because, /^2 messages in control queues$/)
  })

  it('is still busy by an activity nobody can see', async () => {
    const reader = hubOf('a')
    const before = await look(reader)
    reader.row('a', { RuntimeStatus: 'Completed' })
    reader.queue('orders-workitems', { kind: 'workItems', messages: 1 })
    assert.match((await look(reader, { before })).because, /^1 activity/)
    assert.ok(!isFull(reader))
  })

  it('looks in full where what is left is hidden in a control queue', async () => {
    const reader = hubOf('a')
    const before = await look(reader)
    reader.row('a', { RuntimeStatus: 'Completed' })
    reader.queue(fakeControlQueue(0), { messages: 1 })
    assert.match((await look(reader, { before })).because, /due later/)
    assert.ok(isFull(reader))
  })

  it('lets a known row go that History by now proves ended', async () => {
    const reader = hubOf('a')
    const before = await look(reader)
    reader.events('a', { EventType: 'ExecutionCompleted' })
    const evidence = await look(reader, { before })
    assert.deepEqual([evidence.verdict, evidence.counts.finishedButNotMarked], ['idle', 1])
  })

  it('asks History until one of the rows stands, and no further', async () => {
    const reader = hubOf('a', 'b', 'c')
    const before = await look(reader)
    reader.events('a', { EventType: 'ExecutionCompleted' })
    const evidence = await look(reader, { before })
    assert.equal(evidence.counts.running, 2)
    assert.deepEqual(
      reader.asked.filter((what) => what.startsWith('end')),
      ['end a', 'end b'],
    )
  })

  it('keeps what only a full look counts', async () => {
    const reader = hubOf('a')
    reader.row('@counter@x', { Name: '@counter@x', CustomStatus: 'null' })
    const before = await look(reader)
    const evidence = await look(reader, { before })
    assert.deepEqual([evidence.counts.idleEntities, evidence.warnings], [1, before.warnings])
    assert.equal(evidence.memory?.requests, before.memory?.requests)
  })

  it('looks in full where the look before was not busy, or remembers nothing', async () => {
    const reader = hubOf()
    const idle = await look(reader)
    await look(reader, { before: idle })
    assert.ok(isFull(reader))
    const { memory, ...forgetful } = await look(hubOf('a'))
    assert.ok(memory)
    await look(reader, { before: forgetful })
    assert.ok(isFull(reader))
  })

  it('does not count a row of a shared store that is another hub’s by now', async () => {
    const reader = new FakeHubReader()
    reader.isShared = true
    reader.row('a', { TaskHubName: 'Orders' })
    const before = await look(reader)
    assert.equal(before.counts.running, 1)
    assert.equal((await look(reader, { before })).counts.running, 1)
    assert.ok(!isFull(reader))
    reader.row('a', { TaskHubName: 'Shop' })
    assert.equal((await look(reader, { before })).verdict, 'idle')
  })

  it('says "at least" where the look before had not seen every row', async () => {
    const reader = hubOf('a', 'b')
    const before: Evidence = { ...(await look(reader)), partial: true }
    const evidence = await look(reader, { before })
    assert.equal(evidence.partial, true)
    assert.match(evidence.because, /^at least 2 running/)
  })

  it('says "at least" where more rows blocked than are remembered', async () => {
    const reader = new FakeHubReader()
    reader.batchSize = 2000
    for (let n = 0; n < 1500; n++) reader.row(`i${n}`, { RuntimeStatus: 'Suspended' })
    const evidence = await look(reader, { before: await look(reader) })
    assert.match(evidence.because, /^at least 1000 suspended/)
  })

  it('reads History again only of rows that changed, and durations not at all', async () => {
    const reader = hubOf('a', 'b', 'c')
    const before = await look(reader, { account: noAccount })
    assert.ok(before.account)
    assert.deepEqual(reader.asked.filter((what) => what.startsWith('outstanding')).length, 3)
    const second = await look(reader, { before, account: before.account.memory })
    assert.ok(!reader.asked.some((what) => /^(?:outstanding|completed)/.test(what)), reader.asked.join())
    reader.row('b', { LastUpdatedTime: '2026-11-21T10:05:00Z' })
    reader.events('b', { EventType: 'TaskScheduled', EventId: 3, Name: 'Ship' })
    const third = await look(reader, { before: second, account: before.account.memory })
    assert.deepEqual(
      reader.asked.filter((what) => /^(?:outstanding|completed)/.test(what)),
      ['outstanding b'],
    )
    assert.match(third.account?.lines[0]?.waitsFor ?? '', /activity 'Ship'/)
  })
})
