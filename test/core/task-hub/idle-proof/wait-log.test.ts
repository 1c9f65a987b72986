import assert from 'node:assert/strict'
import { noAccount } from '../../../../core/task-hub/account/account.ts'
import type { Ask, Evidence, LookAtHub } from '../../../../core/task-hub/idle-proof/evidence.ts'
import { strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import { lookAtHub } from '../../../../core/task-hub/idle-proof/look.ts'
import { waitUntilIdle } from '../../../../core/task-hub/idle-proof/prove-idle.ts'
import { WaitLog } from '../../../../core/task-hub/idle-proof/wait-log.ts'
import { FakeClock, FakeLog } from '../../../support/fake-clock.ts'
import { fakeHubName, FakeHubReader } from '../../../support/fake-hub-reader.ts'

const signal = new AbortController().signal
const hub = { account: { name: 'acct', id: 'acct' }, name: fakeHubName }

function told(percent: number | 'none' = 7, named = true) {
  const clock = new FakeClock()
  const log = new FakeLog()
  const wait = new WaitLog({
    clock,
    log,
    hub: named ? fakeHubName : undefined,
    percent: () => (percent === 'none' ? undefined : percent),
  })
  return { clock, log, wait }
}

/** As a scan tells it: first how much there is to read. */
function longLook(wait: WaitLog) {
  const told = wait.watch()
  told.watch.estimated({ rows: 1_000_000, requests: 1_100, seconds: 3.2 })
  return told
}

describe('while a large hub is read, the log', () => {
  it('says how long it may take', () => {
    const { log, wait } = told()
    wait.watch().watch.estimated({ rows: 1_000_000, requests: 1_100, seconds: 3.2 })
    assert.deepEqual(log.lines, ["Reading about 1,000,000 rows of task hub 'Orders': about 1,100 requests, about 3 s."])
  })

  it('says how far it is, every two seconds at most', async () => {
    const { log, wait, clock } = told()
    const { watch } = longLook(wait)
    watch.progress({ share: 0.424, requests: 480 })
    watch.progress({ share: 0.43, requests: 481 })
    await clock.sleep(2000, signal)
    watch.progress({ share: 0.5, requests: 1500 })
    assert.deepEqual(log.lines.slice(1), [
      "7 % Reading task hub 'Orders': 42 % of about 1,000,000 rows read, 480 requests so far.",
      "7 % Reading task hub 'Orders': 50 % of about 1,000,000 rows read, 1,500 requests so far.",
    ])
  })

  it('says so where there is more to read than it seemed, and begins no new line for it', () => {
    const { log, wait } = told()
    const { watch } = longLook(wait)
    watch.estimated({ rows: 2_000_000, requests: 2_150, seconds: 2 })
    watch.progress({ share: 0.5, requests: 1075 })
    assert.deepEqual(log.lines.slice(1), [
      "7 % Reading task hub 'Orders': 50 % of about 2,000,000 rows read, 1,075 requests so far.",
    ])
  })

  it('shows the share that is read where there is no wait', () => {
    const { log, wait } = told('none', false)
    longLook(wait).watch.progress({ share: 0.25, requests: 9 })
    assert.deepEqual(log.lines.slice(1), [
      '25 % Reading the task hub: 25 % of about 1,000,000 rows read, 9 requests so far.',
    ])
  })

  it('says that the hub is busy as soon as that is known', async () => {
    const { log, wait, clock } = told()
    const { watch, foundWork } = longLook(wait)
    watch.progress({ share: 0.1, requests: 100 })
    foundWork('##vso[x]')
    await clock.sleep(2000, signal)
    watch.progress({ share: 0.2, requests: 200 })
    assert.deepEqual(log.lines.slice(2), [
      "7 % Task hub 'Orders' is busy: '# #vso[x]' is in flight. Counting the rest: 10 % of about 1,000,000 rows read, 100 requests so far.",
      "7 % Task hub 'Orders' is busy: '# #vso[x]' is in flight. Counting the rest: 20 % of about 1,000,000 rows read, 200 requests so far.",
    ])
  })

  it('says nothing more of a hub that is read at once', () => {
    const { log, wait } = told()
    const { watch, foundWork } = wait.watch()
    foundWork('')
    watch.progress({ share: 1, requests: 1 })
    assert.deepEqual(log.lines, [])
  })

  it('names an instance without a name', () => {
    const { log, wait } = told()
    const { watch, foundWork } = longLook(wait)
    foundWork('')
    watch.progress({ share: 0, requests: 1 })
    assert.match(log.lines.join(), /busy: an instance is in flight/)
  })

  it('says once that the service asks to slow down', () => {
    const { log, wait } = told()
    wait.watch().watch.slowedDown(12)
    wait.watch().watch.slowedDown(6)
    assert.equal(log.lines.length, 1)
    assert.match(log.lines.join(), /12 requests side by side/)
  })
})

describe('while a hub is busy, the log', () => {
  const busy = async (reader: FakeHubReader): Promise<Evidence> =>
    lookAtHub(reader, { hub, policy: strictPolicy }, { account: noAccount }, signal)

  it('has the account, and another one only where it changed and half a minute has passed', async () => {
    const { log, wait, clock } = told()
    const reader = new FakeHubReader()
    reader.row('a')
    const one = await busy(reader)
    wait.tell(one)
    const lines = log.lines.length
    assert.ok(lines > 0)
    wait.tell(one)
    reader.row('b')
    const two = await busy(reader)
    wait.tell(two)
    assert.equal(log.lines.length, lines)
    await clock.sleep(30_000, signal)
    wait.tell(one)
    assert.equal(log.lines.length, lines)
    wait.tell(two)
    assert.equal(log.lines.length, 2 * lines)
  })

  it('has none where nothing is known', async () => {
    const { log, wait } = told()
    const { account, ...evidence } = await busy(new FakeHubReader())
    assert.equal(account, undefined)
    wait.tell(evidence)
    assert.deepEqual(log.lines, [])
  })
})

describe('a wait for a large hub', () => {
  const large = () => {
    const reader = new FakeHubReader(4)
    reader.batchSize = 100
    for (let n = 0; n < 100; n++) {
      reader.row(`run${n}`, { Name: `Name${n % 7}` })
      reader.events(`run${n}`, { EventType: 'TaskScheduled', EventId: 0, Name: 'Charge' })
    }
    return reader
  }
  /** Requests of each look: the fake counts the five queues as one, where each may take a count and a peek: nine more. */
  const wait = async (reader: FakeHubReader, timeoutMs: number) => {
    const each: number[] = []
    const look: LookAtHub = async (now, ask) => {
      const start = reader.requests()
      const evidence = await lookAtHub(reader, { hub, policy: strictPolicy }, ask ?? {}, now)
      each.push(reader.requests() - start)
      return evidence
    }
    const deps = { look, clock: new FakeClock(), log: new FakeLog(), hub: fakeHubName }
    await waitUntilIdle(deps, { timeoutMs, pollIntervalMs: 15_000, quietPeriodMs: 30_000 }, signal)
    return { each, log: deps.log }
  }

  it('stays within its requests: polls of instances that do not change take neither History nor durations again', async () => {
    const reader = large()
    const { each, log } = await wait(reader, 59 * 15_000)
    const [first = 0, ...polls] = each
    assert.equal(polls.length, 59)
    const realQueues = 9
    // Three rows, one History that proves nothing, the names of the queues and a look at them.
    assert.ok(Math.max(...polls) + realQueues < 16, `a poll took ${Math.max(...polls)}`)
    assert.ok(first <= 1 + 1 + 100 + 1 + 20 + 5, `the first look took ${first}`)
    assert.equal(reader.asked.filter((what) => what.startsWith('outstanding')).length, 20)
    assert.equal(reader.asked.filter((what) => what.startsWith('completed')).length, 5)
    assert.match(log.lines.join('\n'), /In flight on task hub 'Orders': 100 instances\./)
  })

  it('tells the account of a hub that is not waited for, too', async () => {
    const { log } = await wait(large(), 0)
    assert.match(log.lines.join('\n'), /activity 'Charge'/)
  })

  it('asks each look with what the ones before have found out', async () => {
    const asked: Ask[] = []
    const reader = large()
    const look: LookAtHub = async (now, ask = {}) => {
      asked.push(ask)
      return await lookAtHub(reader, { hub, policy: strictPolicy }, ask, now)
    }
    const options = { timeoutMs: 15_000, pollIntervalMs: 15_000, quietPeriodMs: 30_000 }
    await waitUntilIdle({ look, clock: new FakeClock(), log: new FakeLog() }, options, signal)
    assert.deepEqual(
      asked.map(({ account }) => account?.waits.size),
      [0, 20],
    )
    assert.deepEqual(
      asked.map(({ before }) => before?.verdict),
      [undefined, 'busy'],
    )
  })
})
