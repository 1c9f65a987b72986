import assert from 'node:assert/strict'
import { noAccount, type Account, type AccountMemory } from '../../../../core/task-hub/account/account.ts'
import type { Evidence } from '../../../../core/task-hub/idle-proof/evidence.ts'
import { strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import { lookAtHub } from '../../../../core/task-hub/idle-proof/look.ts'
import { fakeControlQueue, fakeHubName, FakeHubReader } from '../../../support/fake-hub-reader.ts'
import { AzureFailure } from '../../../../core/failures.ts'

const signal = new AbortController().signal
const hub = { account: { name: 'acct', id: 'acct' }, name: fakeHubName }

function look(reader: FakeHubReader, account: AccountMemory = noAccount): Promise<Evidence> {
  reader.asked.length = 0
  return lookAtHub(reader, { hub, policy: strictPolicy }, { account }, signal)
}

async function accountOf(reader: FakeHubReader, memory?: AccountMemory): Promise<Account> {
  const { account } = await look(reader, memory)
  assert.ok(account)
  return account
}

const asks = (reader: FakeHubReader, what: string) => reader.asked.filter((each) => each.startsWith(what))
const before = (reader: FakeHubReader, minutes: number) => new Date(reader.now().getTime() - minutes * 60_000)

/** Ended long ago, having taken so many minutes. */
function completed(reader: FakeHubReader, count: number, minutes: number, columns: Record<string, unknown> = {}): void {
  for (let n = 0; n < count; n++) {
    reader.row(`done${reader.rows?.size ?? 0}`, {
      RuntimeStatus: 'Completed',
      CreatedTime: before(reader, 600),
      CompletedTime: before(reader, 600 - minutes),
      Timestamp: '2026-11-20T00:00:00Z',
      ...columns,
    })
  }
}

describe('the account of a busy hub', () => {
  it('is by name and version, the most frequent first, each with its oldest', async () => {
    const reader = new FakeHubReader()
    reader.row('a', { CreatedTime: before(reader, 1) })
    reader.row('b', { CreatedTime: before(reader, 5) })
    reader.row('c', { Version: '2.0' })
    reader.row('d', { Name: 'Ship' })
    const { lines, others } = await accountOf(reader)
    assert.deepEqual(
      lines.map(({ name, version, count, oldest }) => [name, version, count, oldest.instanceId]),
      [
        ['ProcessOrder', '', 2, 'b'],
        ['ProcessOrder', '2.0', 1, 'c'],
        ['Ship', '', 1, 'd'],
      ],
    )
    assert.equal(others, 0)
  })

  it('is in the same order whatever the order of the rows', async () => {
    const namesOf = async (...names: readonly string[]) => {
      const reader = new FakeHubReader()
      for (const name of names) reader.row(name, { Name: name })
      return (await accountOf(reader)).lines.map(({ name }) => name)
    }
    assert.deepEqual(await namesOf('B', 'C', 'A'), ['A', 'B', 'C'])
    assert.deepEqual(await namesOf('C', 'A', 'B'), ['A', 'B', 'C'])
  })

  it('estimates from those of the same name that completed', async () => {
    const reader = new FakeHubReader()
    reader.row('a')
    completed(reader, 5, 4)
    const { lines } = await accountOf(reader)
    assert.deepEqual(lines[0]?.drain, { kind: 'estimate', samples: 5, medianMs: 240_000, p90Ms: 240_000 })
  })

  it('takes the last update for the end where no end is told, and leaves out what has no times', async () => {
    const reader = new FakeHubReader()
    reader.row('a', { CreatedTime: undefined })
    completed(reader, 5, 0, { CompletedTime: undefined, LastUpdatedTime: before(reader, 598) })
    completed(reader, 3, 0, { CreatedTime: undefined })
    const { lines } = await accountOf(reader)
    assert.deepEqual(lines[0]?.drain, { kind: 'estimate', samples: 5, medianMs: 120_000, p90Ms: 120_000 })
  })

  it('does not take the time to which a start was put off for work', async () => {
    const reader = new FakeHubReader()
    reader.row('a', { RuntimeStatus: 'Pending', ScheduledStartTime: before(reader, -30) })
    completed(reader, 5, 60, { ScheduledStartTime: before(reader, 550) })
    reader.queue(fakeControlQueue(0), { messages: 1 })
    const { lines } = await accountOf(reader)
    assert.equal(lines[0]?.drain.kind === 'estimate' && lines[0].drain.medianMs, (30 + 10) * 60_000)
    assert.equal(lines[0]?.waitsFor, 'start at 2026-11-21 10:30Z')
  })

  it('estimates nothing for entities, nor for a name nobody knows', async () => {
    const reader = new FakeHubReader()
    reader.row('@counter@a', { Name: '@counter@a', CustomStatus: '{"queueSize":2}' })
    reader.row('x', { Name: undefined })
    const { lines } = await accountOf(reader)
    assert.deepEqual(
      lines.map(({ name, drain }) => [name, drain.kind]),
      [
        ['', 'noHistory'],
        ['@counter', 'noHistory'],
      ],
    )
    assert.deepEqual(asks(reader, 'completed'), [])
    assert.equal(lines[1]?.waitsFor, '2 operations')
  })

  it('estimates nothing where some do not end by themselves', async () => {
    const reader = new FakeHubReader()
    reader.row('a')
    reader.row('b', { RuntimeStatus: 'Suspended' })
    completed(reader, 5, 4)
    const { lines } = await accountOf(reader)
    assert.equal(lines[0]?.drain.kind, 'held')
  })

  it('reads those that completed of five names at most, once', async () => {
    const reader = new FakeHubReader()
    for (const name of ['A', 'B', 'C', 'D', 'E', 'F', 'G']) reader.row(name, { Name: name })
    const first = await accountOf(reader)
    assert.equal(asks(reader, 'completed').length, 5)
    await accountOf(reader, first.memory)
    assert.equal(asks(reader, 'completed').length, 0)
  })

  it('takes only rows of its own hub from a shared store', async () => {
    const reader = new FakeHubReader()
    reader.isShared = true
    reader.row('a', { TaskHubName: 'Orders' })
    completed(reader, 5, 4, { TaskHubName: 'Shop' })
    assert.equal((await accountOf(reader)).lines[0]?.drain.kind, 'noHistory')
    completed(reader, 5, 4, { TaskHubName: 'orders' })
    assert.equal((await accountOf(reader)).lines[0]?.drain.kind, 'estimate')
  })

  it('asks History of the twenty oldest at most, and again only of those that changed', async () => {
    const reader = new FakeHubReader()
    for (let n = 0; n < 30; n++) reader.row(`i${n}`, { CreatedTime: before(reader, n) })
    const first = await accountOf(reader)
    assert.equal(asks(reader, 'outstanding').length, 20)
    assert.ok(!asks(reader, 'outstanding').includes('outstanding i0'))
    reader.row('i29', { CreatedTime: before(reader, 29), LastUpdatedTime: before(reader, -1) })
    const second = await accountOf(reader, first.memory)
    assert.deepEqual(asks(reader, 'outstanding'), ['outstanding i29'])
    assert.equal(second.memory.waits.size, 20)
  })

  it('says which instances wait for what', async () => {
    const reader = new FakeHubReader()
    reader.row('a')
    reader.events('a', { EventType: 'TimerCreated', EventId: 0, FireAt: '2026-11-21T11:00:00Z' })
    reader.row('b', { CreatedTime: before(reader, 9) })
    reader.events(
      'b',
      { EventType: 'OrchestratorCompleted', IsPlayed: true },
      { EventType: 'TimerCreated', EventId: 0, FireAt: before(reader, 1) },
    )
    const { examples, account } = await look(reader)
    assert.deepEqual(
      examples.map(({ waitsFor }) => waitsFor),
      ['timer until 2026-11-21 09:59Z', 'timer until 2026-11-21 11:00Z'],
    )
    assert.deepEqual([account?.timers, account?.continued], [1, 1])
  })

  it('does not know of one whose History is too long', async () => {
    const reader = new FakeHubReader()
    reader.row('a')
    reader.histories.set('a', 'tooLong')
    reader.history.endAndTimers = () => Promise.resolve([])
    assert.equal((await accountOf(reader)).lines[0]?.waitsFor, 'not known')
  })

  it('tells a start that is lost from one that waits in a queue', async () => {
    const reader = new FakeHubReader()
    reader.row('a', { RuntimeStatus: 'Pending' })
    reader.queue(fakeControlQueue(0), { messages: 1 })
    const waiting = await accountOf(reader)
    assert.deepEqual([waiting.lostStarts, waiting.lines[0]?.waitsFor], [0, 'first run'])
    assert.equal(asks(reader, 'outstanding').length, 0)
    reader.queue(fakeControlQueue(0), {})
    const lost = await accountOf(reader, waiting.memory)
    assert.deepEqual([lost.lostStarts, lost.lines[0]?.drain.kind], [1, 'held'])
    reader.events('a', {})
    assert.equal((await accountOf(reader)).lostStarts, 0)
  })

  it('counts the starts of instances without a row', async () => {
    const reader = new FakeHubReader()
    reader.row('a', { RuntimeStatus: 'Pending' })
    const seen = ['a', 'child'].map((instanceId) => ({ kind: 'start' as const, name: 'Order', instanceId }))
    reader.queue(fakeControlQueue(0), { messages: 2, visible: 2, seen })
    assert.equal((await accountOf(reader)).newStarts, 1)
  })

  it('counts what is in none of its lines', async () => {
    const reader = new FakeHubReader()
    for (let n = 0; n < 25; n++) reader.row(`i${n}`, { Name: `Name${n}` })
    const { lines, others } = await accountOf(reader)
    assert.deepEqual([lines.length, others], [20, 5])
  })

  it('asks no more once History may not be read', async () => {
    const reader = new FakeHubReader()
    for (let n = 0; n < 20; n++) reader.row(`i${n}`)
    let asked = 0
    reader.history.outstanding = () => {
      asked += 1
      return Promise.reject(new AzureFailure('no', { operation: 'read', kind: 'denied' }))
    }
    await look(reader)
    assert.ok(asked <= 8, `asked ${asked} times`)
  })

  it('changes nothing of the verdict where it cannot be read', async () => {
    const reader = new FakeHubReader()
    for (const key of ['a', 'b', 'c']) reader.row(key)
    const failure = new AzureFailure('no', { operation: 'read', kind: 'denied' })
    let asked = 0
    reader.history.outstanding = () => {
      asked += 1
      return Promise.reject(failure)
    }
    reader.instances.completed = () => Promise.reject(failure)
    const evidence = await look(reader)
    assert.deepEqual([evidence.verdict, evidence.because.slice(0, 9)], ['busy', '3 running'])
    assert.equal(evidence.account?.lines[0]?.waitsFor, '')
    assert.deepEqual([evidence.account.memory.waits.size, evidence.account.memory.durations.size, asked], [0, 0, 3])
  })

  it('does not hide what is no failure of Azure', async () => {
    const reader = new FakeHubReader()
    reader.row('a')
    reader.history.outstanding = () => Promise.reject(new TypeError('a bug'))
    await assert.rejects(look(reader), TypeError)
    const other = new FakeHubReader()
    other.row('a')
    other.instances.completed = () => Promise.reject(new TypeError('a bug'))
    await assert.rejects(look(other), TypeError)
  })

  it('does not let a name speak to the agent', async () => {
    const reader = new FakeHubReader()
    reader.row('##vso[a]', { Name: '##vso[b]', Version: '##vso[c]' })
    assert.doesNotMatch(JSON.stringify((await accountOf(reader)).lines), /##vso/)
  })
})
