import assert from 'node:assert/strict'
import { accountLines, accountMark, accountTable, queuesInWords } from '../../../core/report/account-lines.ts'
import { evidenceSummary } from '../../../core/report/evidence-summary.ts'
import { noAccount, type Account, type AccountLine } from '../../../core/task-hub/account/account.ts'
import type { Drain } from '../../../core/task-hub/account/drain.ts'
import type { Evidence } from '../../../core/task-hub/idle-proof/evidence.ts'
import { unknownEvidence } from '../../../core/task-hub/idle-proof/idle.ts'
import type { SeenMessage } from '../../../core/task-hub/rows/message.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import { readQueues } from '../../../core/task-hub/idle-proof/queued.ts'
import { workClasses } from '../../../core/task-hub/account/work-classes.ts'

const hub = { name: 'shop7' as HubName, account: { name: 'stshop', id: 'stshop' } }

function line(twist: Partial<AccountLine> = {}): AccountLine {
  const oldest = {
    instanceId: 'i1',
    name: 'Order',
    version: '',
    status: 'Running',
    createdAt: new Date('2026-11-21T10:00Z'),
  }
  return { name: 'Order', version: '', count: 1, oldest, waitsFor: '', drain: { kind: 'noHistory' }, ...twist }
}

function busy(account: Partial<Account> = {}, twist: Partial<Evidence> = {}): Evidence {
  const all = { lines: [], others: 0, lostStarts: 0, timers: 0, continued: 0, memory: noAccount, ...account }
  return { ...unknownEvidence(hub, 'storage', '1 running'), verdict: 'busy', account: all, ...twist }
}

type Look = { messages: number; seen?: readonly SeenMessage[]; leftoverTimers?: number }

function detail(control: Look, work: Look = { messages: 0 }): NonNullable<Evidence['detail']> {
  const both = [
    { kind: 'control' as const, ...control },
    { kind: 'workItems' as const, ...work },
  ]
  const looks = both.map((look) => ({ name: 'q', leftoverTimers: 0, ...look, visible: look.seen?.length ?? 0 }))
  return { scheduled: 0, continued: 0, queued: readQueues(looks) }
}

describe('the lines of an account', () => {
  it('are none of a hub that is not busy, or of which nothing is known', () => {
    assert.deepEqual(accountLines({ ...busy({ lines: [line()] }), verdict: 'idle' }), [])
    const { account, ...without } = busy()
    assert.ok(account)
    assert.deepEqual(accountLines(without), [])
    assert.equal(accountTable(without), undefined)
    assert.equal(accountTable(busy()), undefined)
  })

  it('are eight at most, and name the rest', () => {
    const lines = Array.from({ length: 9 }, (_, n) => line({ name: `Name${n}`, count: 2 }))
    const told = accountLines(busy({ lines, others: 3 }, { detail: detail({ messages: 1 }) }))
    assert.equal(told.length, 8)
    assert.equal(told[0], "In flight on task hub 'shop7': 21 instances.")
    assert.equal(told[6], '  and 13 instances of other names or versions')
    assert.equal(told[7], '  In its queues: 1 message that cannot be seen')
  })

  it('speak of messages where nothing else is in flight, and are none where nothing is', () => {
    assert.deepEqual(accountLines(busy({}, { detail: detail({ messages: 1 }) })), [
      "In flight on task hub 'shop7': no instance, but messages.",
      '  In its queues: 1 message that cannot be seen',
    ])
    assert.deepEqual(accountLines(busy()), [])
  })

  it('are aligned, and none is wide however long a name is', () => {
    const long = 'x'.repeat(300)
    const wide = line({ name: long, version: long, waitsFor: long, oldest: { ...line().oldest, instanceId: long } })
    const told = accountLines(busy({ lines: [line(), wide] }))
    assert.ok(Math.max(...told.map(({ length }) => length)) <= 182)
    const columns = told.slice(1).map((each) => each.indexOf('no history') + each.indexOf('Drained'))
    assert.equal(new Set(columns).size, 1)
  })

  it('say "at least" where not every row was read', () => {
    assert.match(
      accountLines(busy({ lines: [line({ count: 1 })] }, { partial: true })).join(),
      /: at least 1 instance\./,
    )
  })

  it('say so where something is not known', () => {
    const { createdAt, ...oldest } = line().oldest
    assert.ok(createdAt)
    assert.match(accountLines(busy({ lines: [line({ name: '', oldest })] }))[2] ?? '', /unnamed.*not known.*not asked/)
  })

  const drains: readonly [Drain, string][] = [
    [{ kind: 'noHistory' }, 'no history'],
    [{ kind: 'held' }, 'never by itself'],
    [{ kind: 'longer', samples: 412 }, 'longer than any of 412 completed'],
    [{ kind: 'estimate', samples: 9, medianMs: 100, p90Ms: 119_000 }, '1 s / 119 s'],
    [{ kind: 'estimate', samples: 9, medianMs: 240_000, p90Ms: 7_200_000 }, '4 min / 2 h'],
    [{ kind: 'estimate', samples: 9, medianMs: 172_800_000, p90Ms: 864_000_000 }, '2 d / 10 d'],
  ]
  for (const [drain, words] of drains) {
    it(`tell a time to drain as '${words}'`, () => {
      assert.ok(accountLines(busy({ lines: [line({ drain })] }))[2]?.endsWith(words))
    })
  }

  it('count as others when the account changes, not when an estimate does', () => {
    const mark = (twist: Partial<AccountLine>) => accountMark(busy({ lines: [line(twist)] }))
    assert.equal(mark({}), mark({ drain: { kind: 'held' } }))
    assert.notEqual(mark({}), mark({ count: 2 }))
    assert.notEqual(mark({}), mark({ waitsFor: 'external event' }))
    assert.notEqual(mark({}), accountMark(unknownEvidence(hub, 'storage', '')))
  })
})

describe('what waits in queues', () => {
  it('is told by kind, with the names of the most frequent', () => {
    const start = (name: string): SeenMessage => ({ kind: 'start', name, instanceId: 'x' })
    const seen = [
      ...['A', 'B', 'B', 'C', 'C', 'C'].map(start),
      ...(['result', 'timer', 'event', 'operation', 'large', 'other', 'activity'] as const).map((kind) => ({ kind })),
    ]
    const queued = detail({ messages: 15, seen }, { messages: 2, seen: [{ kind: 'activity', name: 'Charge' }] })
    assert.equal(
      queuesInWords(busy({}, { detail: queued })),
      "2 activities queued or executing ('Charge'), 6 starts ('C' 3, 'B' 2), 1 result, 1 timer that is due, 1 event, " +
        '1 entity operation, 1 large message, 4 other messages',
    )
  })

  it('is what cannot be seen, without leftovers', () => {
    assert.equal(
      queuesInWords(busy({}, { detail: detail({ messages: 3, leftoverTimers: 1 }) })),
      '2 messages that cannot be seen',
    )
  })
})

describe('the classes of work', () => {
  const counts = {
    running: 1,
    pending: 2,
    suspended: 3,
    unclear: 4,
    busyEntities: 5,
    idleEntities: 6,
    queuedMessages: 30,
    leftoverTimers: 7,
    finishedButNotMarked: 8,
    ignored: 9,
  }

  it('each have a count and say what they mean for the deployment', () => {
    const seen = (['start', 'result', 'timer', 'event', 'operation', 'large', 'other'] as const).map((kind) => ({
      kind,
    }))
    const { queued } = detail({ messages: 7, seen }, { messages: 1 })
    const all = workClasses(
      busy(
        { lostStarts: 1, timers: 2, continued: 3, newStarts: 1 },
        { counts, detail: { scheduled: 1, continued: 1, queued: { ...queued, hidden: 1 } } },
      ),
    )
    assert.equal(all.length, 24)
    for (const { what, count, meaning } of all) {
      assert.ok(count > 0, what)
      assert.match(meaning, /^[A-Z].{20,}\.$/, what)
    }
    const countOf = (name: string) => all.find(({ what }) => what === name)?.count
    assert.equal(countOf('… that have continued as new'), 3)
    assert.equal(countOf('Ignored by ignoreInstances'), 9)
    assert.equal(countOf('… whose start is lost'), 1)
  })

  it('do not count starts without a row where that was not looked for', () => {
    const { account, ...evidence } = busy({}, { detail: detail({ messages: 1, seen: [{ kind: 'start' }] }) })
    assert.ok(account)
    assert.deepEqual(
      workClasses(evidence).map(({ what }) => what),
      ['Running', 'Pending', '… starts'],
    )
  })

  it('that are not there are not told, but for the running and the pending', () => {
    assert.deepEqual(
      workClasses(busy()).map(({ what, meaning }) => `${what}: ${meaning}`),
      ['Running: Nothing to wait for.', 'Pending: Nothing to wait for.'],
    )
  })

  it('are not said to be none where the look failed', () => {
    const failed = unknownEvidence(hub, 'managementApi', 'status 403')
    assert.deepEqual(workClasses(failed), [])
    assert.doesNotMatch(evidenceSummary(failed), /How many/)
    assert.match(evidenceSummary(failed), /^Status 403\.$/m)
  })

  it('are told apart only by a source that can', () => {
    const { detail: none, ...evidence } = busy({}, { counts })
    assert.equal(none, undefined)
    assert.ok(!workClasses(evidence).some(({ what }) => what === '… activities'))
  })
})

describe('the page of a busy hub', () => {
  it('has the account, and says what is not counted', () => {
    const page = evidenceSummary(busy({ lines: [line({ name: 'a|b' })], others: 4 }, { partial: true }))
    assert.match(page, /there is at least what is counted here/)
    assert.match(page, /\| a\\\|b \| {2}\| 1 \| i1 \| 2026-11-21 10:00Z \| not asked \| no history \|/)
    assert.match(page, /\| other names or versions \| {2}\| 4 \|/)
  })

  it('has what the oldest wait for, where any was asked', () => {
    const example = { instanceId: 'i1', name: 'Order', version: '', status: 'Running' }
    const twist = { examples: [example, { ...example, waitsFor: 'external event' }] }
    const page = evidenceSummary(busy({}, twist))
    assert.match(page, /\| Created \| Waits for \|/)
    assert.match(page, /\| not known \| not asked \|\n.*\| not known \| external event \|/)
    assert.doesNotMatch(evidenceSummary(busy({}, { examples: [example] })), /Waits for/)
  })
})
