import assert from 'node:assert/strict'
import { entityState, isEntity } from '../../../../core/task-hub/rows/entity.ts'
import type { Evidence } from '../../../../core/task-hub/idle-proof/evidence.ts'
import { type IdlePolicy, strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import { hasEnded, leftoverTimers, readHistoryRow, type HistoryRow } from '../../../../core/task-hub/rows/history.ts'
import { isIgnored } from '../../../../core/task-hub/idle-proof/ignore.ts'
import { judgeHub, type HubLook } from '../../../../core/task-hub/idle-proof/idle.ts'
import type { QueueLook } from '../../../../core/task-hub/idle-proof/hub-reader.ts'
import { progress, readInstanceRow, type InstanceRow } from '../../../../core/task-hub/rows/instance.ts'
import type { HubName } from '../../../../core/task-hub/name.ts'
import { addRow, mostExamples, newTally, wantsHistory } from '../../../../core/task-hub/idle-proof/tally.ts'

const hub = { account: { name: 'acct', id: 'acct.core.windows.net' }, name: 'Orders' as HubName }

function row(columns: Record<string, unknown> = {}): InstanceRow {
  const all = { PartitionKey: 'abc', Name: 'ProcessOrder', RuntimeStatus: 'Running', ExecutionId: 'e1', ...columns }
  const read = readInstanceRow(all)
  assert.ok(read)
  return read
}

type Twist = Partial<Omit<HubLook, 'hub' | 'tally' | 'queues'>> & {
  rows?: readonly InstanceRow[]
  ended?: boolean
  ownerless?: number
  queues?: readonly Partial<QueueLook>[] | 'none'
  policy?: Partial<IdlePolicy>
}

function judge({ rows = [], ended = false, ownerless = 0, queues = [], policy = {}, ...twist }: Twist = {}): Evidence {
  const rules = { ...strictPolicy, ...policy }
  const tally = newTally()
  tally.ownerless = ownerless
  for (const one of rows) addRow(tally, one, rules, ended)
  const all = (queues === 'none' ? [] : queues).map((queue): QueueLook => ({
    name: 'q',
    kind: 'control',
    messages: 0,
    visible: 0,
    leftoverTimers: 0,
    ...queue,
  }))
  const empty: QueueLook = { name: 'q', kind: 'control', messages: 0, visible: 0, leftoverTimers: 0 }
  return judgeHub(
    { hub, provisioned: true, instances: 'read', tally, queues: queues === 'none' ? [] : [empty, ...all], ...twist },
    rules,
  )
}

const entity = (customStatus?: string, columns: Record<string, unknown> = {}) =>
  row({ PartitionKey: '@counter@a', Name: '@counter@a', CustomStatus: customStatus, ...columns })
const busyEntity = entity('{"entityExists":true,"queueSize":1}')
const idleEntity = entity('{"entityExists":true}')

describe('the verdict on a hub', () => {
  const cases: readonly [string, Twist, Evidence['verdict'], RegExp][] = [
    ['with nothing in it', {}, 'idle', /^nothing running, nothing queued$/],
    [
      'that was never used',
      { provisioned: false, instances: 'absent' },
      'idle',
      /no part of it is in storage account 'acct'/,
    ],
    ['that has an Instances table and no queue', { queues: 'none' }, 'idle', /^nothing running, and it has no queue$/],
    ['that runs one without a name', { rows: [row({ Name: undefined })] }, 'busy', /^1 running, oldest 'abc'$/],
    ['that is half deleted', { instances: 'absent' }, 'idle', /neither an Instances table nor a queue/],
    ['that has queues but no Instances table', { instances: 'lost' }, 'unknown', /tracking store/],
    ['that runs one orchestration', { rows: [row()] }, 'busy', /^1 running, oldest 'abc' \(ProcessOrder\)$/],
    ['with a suspended one', { rows: [row({ RuntimeStatus: 'Suspended' })] }, 'busy', /^1 suspended/],
    ['with a pending one', { rows: [row({ RuntimeStatus: 'Pending' })] }, 'busy', /^1 pending/],
    ['with one that continued as new', { rows: [row({ RuntimeStatus: 'ContinuedAsNew' })] }, 'busy', /^1 running/],
    ['with a row without status', { rows: [row({ RuntimeStatus: undefined })] }, 'busy', /^1 with a status/],
    ['with a status nobody knows', { rows: [row({ RuntimeStatus: 'Sleeping' })] }, 'busy', /^1 with a status/],
    [
      'with ended ones only',
      { rows: [row({ RuntimeStatus: 'Completed' }), row({ RuntimeStatus: 'Canceled' })] },
      'idle',
      /^nothing/,
    ],
    ['with one that History proves ended', { rows: [row()], ended: true }, 'idle', /1 ended but not marked/],
    ['with a busy entity', { rows: [busyEntity] }, 'busy', /^1 busy entity/],
    [
      'with a busy entity that is let pass',
      { rows: [busyEntity], policy: { entityPolicy: 'ignore' } },
      'idle',
      /^nothing/,
    ],
    ['with an idle entity', { rows: [idleEntity] }, 'idle', /1 idle entity/],
    [
      'with an idle entity that blocks',
      { rows: [idleEntity], policy: { entityPolicy: 'block' } },
      'busy',
      /^1 idle entity/,
    ],
    ['with an entity that cannot be read', { rows: [entity('Internal Error: x')] }, 'unknown', /cannot be understood/],
    ['with such an entity beside a running one', { rows: [entity('['), row()] }, 'unknown', /cannot be understood/],
    [
      'with such an entity although they are ignored',
      { rows: [entity('[')], policy: { entityPolicy: 'ignore' } },
      'unknown',
      /first '@counter@a'/,
    ],
    ['with rows of nobody in a shared store', { ownerless: 2 }, 'unknown', /2 unfinished rows/],
    ['with an activity', { queues: [{ kind: 'workItems', messages: 1 }] }, 'busy', /^1 activity queued or executing$/],
    [
      'with an activity where hidden messages pass',
      { queues: [{ kind: 'workItems', messages: 2 }], policy: { acceptInvisibleMessages: true } },
      'busy',
      /^2 activities/,
    ],
    [
      'with a visible message',
      { queues: [{ messages: 3, visible: 1 }], policy: { acceptInvisibleMessages: true } },
      'busy',
      /^3 messages in control queues$/,
    ],
    [
      'with a visible message beside leftovers',
      { queues: [{ messages: 3, visible: 1, leftoverTimers: 3 }] },
      'busy',
      /^3 messages/,
    ],
    ['with a hidden message', { queues: [{ messages: 1 }] }, 'busy', /processed or due later/],
    [
      'with a hidden message that is let pass',
      { queues: [{ messages: 1 }], policy: { acceptInvisibleMessages: true } },
      'idle',
      /^nothing/,
    ],
    [
      'whose hidden messages are all explained',
      { queues: [{ messages: 2, leftoverTimers: 2 }] },
      'idle',
      /^nothing running, nothing queued but 2 leftover timers$/,
    ],
    ['with one hidden message too many', { queues: [{ messages: 3, leftoverTimers: 2 }] }, 'busy', /^1 message in/],
    [
      'whose leftovers are in another queue',
      { queues: [{ messages: 1 }, { leftoverTimers: 1 }] },
      'busy',
      /^1 message in/,
    ],
    [
      'whose eternal orchestration is ignored',
      { rows: [row()], policy: { ignoreInstances: [{ field: 'name', pattern: 'process*' }] } },
      'idle',
      /1 ignored/,
    ],
  ]
  for (const [what, twist, verdict, because] of cases) {
    it(`${what} is ${verdict}`, () => {
      const evidence = judge(twist)
      assert.equal(evidence.verdict, verdict, evidence.because)
      assert.match(evidence.because, because)
    })
  }

  it('says since when the oldest one runs', () => {
    const old = row({ PartitionKey: 'old', CreatedTime: new Date('2026-11-21T10:00:30Z') })
    const young = row({ PartitionKey: 'young', CreatedTime: '2026-11-22T00:00:00Z', RuntimeStatus: 'Suspended' })
    const evidence = judge({ rows: [row(), young, old] })
    assert.equal(evidence.because, "2 running, 1 suspended, oldest 'old' (ProcessOrder) since 2026-11-21 10:00Z")
    assert.deepEqual(
      evidence.examples.map(({ instanceId }) => instanceId),
      ['old', 'young', 'abc'],
    )
  })

  it('keeps at most 20 examples, the oldest', () => {
    const rows = Array.from({ length: 100 }, (_, n) =>
      row({ PartitionKey: `i${n}`, CreatedTime: new Date(Date.UTC(2026, 0, 1 + ((n * 37) % 100))) }),
    )
    const { examples, counts } = judge({ rows })
    assert.equal(counts.running, 100)
    assert.equal(examples.length, mostExamples)
    const times = examples.map(({ createdAt }) => createdAt?.getTime() ?? 0)
    assert.deepEqual(
      times,
      times.toSorted((left, right) => left - right),
    )
    assert.equal(times[0], Date.UTC(2026, 0, 1))
  })

  it('counts by name and version, entities by the name of the entity', () => {
    const evidence = judge({ rows: [row({ Version: '2' }), row(), busyEntity] })
    assert.deepEqual(evidence.inFlightByName, { ProcessOrder: 2, '@counter': 1 })
    assert.deepEqual(evidence.inFlightByVersion, { '2': 1, '': 2 })
  })

  it('does not let an instance id speak to the agent', () => {
    const evidence = judge({ rows: [row({ PartitionKey: '##vso[task.complete result=Succeeded;]', Name: 'a\nb' })] })
    assert.doesNotMatch(JSON.stringify(evidence), /##vso|\\n/)
  })

  it('warns of what it let pass', () => {
    const policy: Partial<IdlePolicy> = {
      entityPolicy: 'ignore',
      acceptInvisibleMessages: true,
      ignoreInstances: [{ field: 'id', pattern: 'abc' }],
    }
    const { warnings } = judge({
      rows: [row(), busyEntity, idleEntity],
      queues: [{ messages: 2, leftoverTimers: 1 }],
      policy,
    })
    assert.equal(warnings.length, 5)
    assert.match(warnings.join(' '), /ProcessOrder \(1\)/)
  })
})

describe('a row', () => {
  it('without key is no row', () => assert.equal(readInstanceRow({ RuntimeStatus: 'Running' }), undefined))
  it('with columns of the wrong type is in flight', () => {
    assert.equal(progress(row({ RuntimeStatus: 1, CreatedTime: 'yesterday', Name: 7 })), 'unclear')
  })
  it('asks History only where that can change something', () => {
    assert.equal(wantsHistory(row(), strictPolicy), true)
    assert.equal(wantsHistory(row({ RuntimeStatus: 'Failed' }), strictPolicy), false)
    assert.equal(wantsHistory(idleEntity, strictPolicy), false)
  })
})

describe('an entity', () => {
  const recognised: readonly [string, string, boolean][] = [
    ['@counter@a', '@counter@a', true],
    ['@counter@a', '@Counter@A', true],
    ['@counter@', '@counter@', true],
    ['@counter@a', '', true],
    ['@counter@a', 'ProcessOrder', false],
    ['@counter', '@counter', false],
    ['@@a', '@@a', false],
    ['order@counter@a', 'order@counter@a', false],
  ]
  for (const [id, name, is] of recognised) {
    it(`${is ? 'is' : 'is not'} a row '${id}' named '${name}'`, () =>
      assert.equal(isEntity(row({ PartitionKey: id, Name: name })), is))
  }

  const states: readonly [string | undefined, string][] = [
    [undefined, 'idle'],
    ['null', 'idle'],
    ['{}', 'idle'],
    ['{"entityExists":true,"queueSize":0}', 'idle'],
    ['{"queueSize":1}', 'busy'],
    ['{"QueueSize":1}', 'busy'],
    ['{"lockedBy":"abc"}', 'busy'],
    ['{"currentOperation":{"op":"add"}}', 'busy'],
    ['{"currentOperation":null,"lockedBy":null}', 'idle'],
    ['{"queueSize":"1"}', 'unclear'],
    ['{"queueSize":-1}', 'unclear'],
    ['{"lockedBy":5}', 'unclear'],
    ['"text"', 'unclear'],
    ['[]', 'unclear'],
    ['Internal Error: boom', 'unclear'],
  ]
  for (const [status, state] of states) {
    it(`with status ${status ?? 'missing'} is ${state}`, () => assert.equal(entityState(entity(status)), state))
  }

  it('whose RuntimeStatus is not Running is busy', () => {
    assert.equal(entityState(entity('{}', { RuntimeStatus: undefined })), 'busy')
    assert.equal(entityState(entity('{}', { RuntimeStatus: 'Pending' })), 'busy')
  })
})

const event = (eventType: string, columns: Record<string, unknown> = {}): HistoryRow => {
  const read = readHistoryRow({ RowKey: '0', ExecutionId: 'e1', EventType: eventType, ...columns })
  assert.ok(read)
  return read
}
const sentinel = (columns: Record<string, unknown> = {}): HistoryRow => {
  const read = readHistoryRow({ RowKey: 'sentinel', ExecutionId: 'e1', ...columns })
  assert.ok(read)
  return read
}

describe('History', () => {
  const ends: readonly [string, InstanceRow, readonly HistoryRow[], boolean][] = [
    ['with an end of the same execution', row(), [event('ExecutionCompleted'), sentinel()], true],
    ['with a termination', row(), [event('ExecutionTerminated'), sentinel({ IsCheckpointComplete: true })], true],
    ['that continues as new', row(), [event('ContinueAsNew'), sentinel()], false],
    [
      'whose sentinel is of another execution',
      row(),
      [event('ExecutionCompleted'), sentinel({ ExecutionId: 'e2' })],
      false,
    ],
    [
      'whose end is of another execution',
      row(),
      [event('ExecutionCompleted', { ExecutionId: 'e0' }), sentinel()],
      false,
    ],
    ['of a row that began anew', row({ ExecutionId: 'e2' }), [event('ExecutionCompleted'), sentinel()], false],
    [
      'of a row without ExecutionId',
      row({ ExecutionId: undefined }),
      [event('ExecutionCompleted', { ExecutionId: undefined }), sentinel({ ExecutionId: undefined })],
      false,
    ],
    ['without sentinel', row(), [event('ExecutionCompleted')], false],
    ['half written', row(), [event('ExecutionCompleted'), sentinel({ IsCheckpointComplete: false })], false],
    ['that is empty', row(), [], false],
  ]
  for (const [what, instance, history, ended] of ends) {
    it(`${what} ${ended ? 'proves an end' : 'proves nothing'}`, () => assert.equal(hasEnded(instance, history), ended))
  }

  const now = new Date('2026-11-21T10:00:00Z')
  const later = '2026-11-21T11:00:00Z'
  const timer = (id: number, fireAt: string, columns = {}) =>
    event('TimerCreated', { EventId: id, FireAt: fireAt, ...columns })
  const end = [event('ExecutionCompleted'), sentinel()]
  const timers: readonly [string, readonly HistoryRow[], number][] = [
    ['a timer that is still due', [timer(1, later), ...end], 1],
    ['two of them', [timer(1, later), timer(2, later), ...end], 2],
    ['one row of which comes twice', [timer(1, later), timer(1, later), ...end], 1],
    ['a timer that has fired', [timer(1, later), event('TimerFired', { TimerId: 1 }), ...end], 0],
    ['a timer whose time has come', [timer(1, '2026-11-21T10:00:00Z'), ...end], 0],
    ['a timer without date', [event('TimerCreated', { EventId: 1 }), ...end], 0],
    ['a timer of an earlier execution', [timer(1, later, { ExecutionId: 'e0' }), ...end], 0],
    ['a timer of an instance that goes on', [timer(1, later), sentinel()], 0],
  ]
  for (const [what, history, count] of timers) {
    it(`with ${what} explains ${count} messages`, () => assert.equal(leftoverTimers(row(), history, now), count))
  }
})

describe('an instance is ignored', () => {
  const cases: readonly [string, 'name' | 'id', boolean][] = [
    ['ProcessOrder', 'name', true],
    ['processorder', 'name', true],
    ['Process', 'name', false],
    ['*Order', 'name', true],
    ['P*s*r', 'name', true],
    ['*', 'name', true],
    ['Process*Order*', 'name', true],
    ['ProcessOrder*Order', 'name', false],
    ['', 'name', false],
    ['abc', 'id', true],
    ['ABC', 'id', false],
    ['a*', 'id', true],
    ['a.c', 'id', false],
  ]
  for (const [pattern, field, ignored] of cases) {
    it(`${ignored ? '' : 'not '}by ${field}:${pattern}`, () =>
      assert.equal(isIgnored(row(), [{ field, pattern }]), ignored))
  }
})

describe('what was ignored on purpose', () => {
  it('may be an entity, told by the name of the entity', () => {
    const { warnings } = judge({
      rows: [busyEntity],
      policy: { ignoreInstances: [{ field: 'id', pattern: '@counter@*' }] },
    })
    assert.match(warnings.join(), /^1 instance ignored on purpose: @counter \(1\)\.$/)
  })

  it('is told by name, the most frequent first, and no more than five names', () => {
    const names = ['', 'A', 'B', 'C', 'D', 'E', 'E']
    const rows = names.map((name, index) => row({ PartitionKey: `eternal${index}`, Name: name }))

    const { verdict, warnings } = judge({ rows, policy: { ignoreInstances: [{ field: 'id', pattern: 'eternal*' }] } })

    assert.equal(verdict, 'idle')
    assert.match(warnings.join(), /^7 instances ignored on purpose: E \(2\), unnamed \(1\), .* and 1 more names\.$/)
  })
})
