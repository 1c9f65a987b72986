import assert from 'node:assert/strict'
import type { HistoryRow } from '../../../../core/task-hub/rows/history.ts'
import { waitsInWords } from '../../../../core/task-hub/account/wait-words.ts'
import { hasContinued, waitsFor, type Wait } from '../../../../core/task-hub/account/waits-for.ts'
import { FakeHubReader } from '../../../support/fake-hub-reader.ts'

const until = '2026-11-21T11:30:00Z'

/** What an instance with these columns and events waits for, in words. */
function words(
  columns: Record<string, unknown>,
  events: readonly Record<string, unknown>[] | 'none' | 'notRead' = [],
  queuesEmpty = true,
): string {
  const reader = new FakeHubReader()
  const row = reader.row('a', columns)
  if (typeof events !== 'string') reader.events('a', ...events)
  const history = events === 'notRead' ? undefined : historyOf(reader)
  return waitsInWords(waitsFor(row, history, queuesEmpty))
}

function historyOf(reader: FakeHubReader): readonly HistoryRow[] {
  const history = reader.histories.get('a') ?? []
  assert.ok(history !== 'tooLong')
  return history
}

const task = (id: number, name = 'Charge') => ({ EventType: 'TaskScheduled', EventId: id, Name: name })
const timer = (id: number, at = until) => ({ EventType: 'TimerCreated', EventId: id, FireAt: at })
const sub = (id: number) => ({ EventType: 'SubOrchestrationInstanceCreated', EventId: id, Name: 'Ship' })
const pending = { RuntimeStatus: 'Pending' }
const entity = (status: string) => ({ PartitionKey: '@counter@a', Name: '@counter@a', CustomStatus: status })

describe('an unfinished instance waits for', () => {
  const running: readonly [string, readonly Record<string, unknown>[], string][] = [
    ['an activity', [task(0)], "activity 'Charge'"],
    ['no activity that has completed', [task(0), { EventType: 'TaskCompleted', TaskScheduledId: 0 }], 'external event'],
    ['no activity that has failed', [task(0), { EventType: 'TaskFailed', TaskScheduledId: 0 }], 'external event'],
    [
      'the activities that are still out, counted by name',
      [task(0), task(1), task(2), task(3, 'Ship'), { EventType: 'TaskCompleted', TaskScheduledId: 0 }],
      "activity 'Charge' (2), activity 'Ship'",
    ],
    ['a timer', [timer(0)], 'timer until 2026-11-21 11:30Z'],
    ['no timer that has fired', [timer(0), { EventType: 'TimerFired', TimerId: 0 }], 'external event'],
    [
      'a timer although an activity of the same number is done',
      [timer(0), { EventType: 'TaskCompleted', TaskScheduledId: 0 }],
      'timer until 2026-11-21 11:30Z',
    ],
    ['no timer without a time', [{ EventType: 'TimerCreated', EventId: 0 }], 'external event'],
    ['the first of several timers', [timer(0, '2026-11-21T12:00:00Z'), timer(1)], 'timer until 2026-11-21 11:30Z (2)'],
    ['a sub-orchestration', [sub(4)], "sub-orchestration 'Ship'"],
    [
      'no sub-orchestration that completed or failed',
      [
        sub(4),
        sub(5),
        { EventType: 'SubOrchestrationInstanceCompleted', TaskScheduledId: 4 },
        { EventType: 'SubOrchestrationInstanceFailed', TaskScheduledId: 5 },
      ],
      'external event',
    ],
    [
      'a sub-orchestration after all else, which it may not wait for',
      [sub(0), timer(1), task(2)],
      "activity 'Charge', timer until 2026-11-21 11:30Z, sub-orchestration 'Ship'",
    ],
    ['an external event where nothing is out', [], 'external event'],
    [
      'the reply of an entity it has called, or an event',
      [{ EventType: 'EventSent', EventId: 0, InstanceId: '@counter@a', Name: 'op' }],
      "external event or reply of entity '@counter@a'",
    ],
    [
      'an event where it has sent one to an orchestration',
      [
        { EventType: 'EventSent', EventId: 0, InstanceId: 'other', Name: 'Approved' },
        { EventType: 'EventSent', EventId: 1, Name: 'Approved' },
      ],
      'external event',
    ],
    ['nothing that another execution asked for', [{ ...task(0), ExecutionId: 'a-0' }], 'external event'],
    ['no event without number', [{ EventType: 'TaskScheduled', Name: 'Charge' }], 'external event'],
    ['an activity without a name', [{ EventType: 'TaskScheduled', EventId: 0 }], "activity ''"],
    [
      'what is out, whatever an answer without number says',
      [task(0), { EventType: 'TaskCompleted' }],
      "activity 'Charge'",
    ],
  ]
  for (const [what, events, expected] of running) {
    it(what, () => assert.equal(words({}, events), expected))
  }

  it('nobody knows what where its History was not read', () => assert.equal(words({}, 'notRead'), 'not known'))
  it('nobody knows what where its History has no sentinel', () => assert.equal(words({}, 'none'), 'not known'))
  it('nobody knows what where its History is of another execution', () =>
    assert.equal(words({ ExecutionId: 'a-2' }, [task(0)]), 'not known'))
  it('what its last execution does where the row names none', () =>
    assert.equal(words({ ExecutionId: undefined }, [task(0)]), "activity 'Charge'"))
  it('being resumed, where it is suspended', () =>
    assert.equal(words({ RuntimeStatus: 'Suspended' }, [task(0)]), 'to be resumed'))
  it('its first run, where it is pending', () => assert.equal(words(pending, 'none', false), 'first run'))
  it('its first run, where its History was not read', () => assert.equal(words(pending, 'notRead'), 'first run'))
  it('its first run again, where it was rewound', () => assert.equal(words(pending, [task(0)]), 'first run'))
  it('its time, where its start was put off', () =>
    assert.equal(words({ ...pending, ScheduledStartTime: until }, 'none', false), 'start at 2026-11-21 11:30Z'))
  it('nothing, where it is pending without a message and without History', () =>
    assert.equal(words(pending, 'none'), 'nothing: its start message is lost'))
  it('its operations, where it is an entity', () => assert.equal(words(entity('{"queueSize":2}')), '2 operations'))
  it('the end of a lock, where it is an entity', () =>
    assert.equal(words(entity('{"lockedBy":"x","queueSize":1}')), "1 operation, to be unlocked by 'x'"))
  it('nobody knows what where it is an entity that does not say', () => {
    assert.equal(words(entity('{}')), 'not known')
    assert.equal(words(entity('Internal Error')), 'not known')
    assert.equal(words({ ...entity('{}'), CustomStatus: undefined }), 'not known')
  })
})

describe('what several instances wait for', () => {
  it('is told by kind, the most frequent first, operations summed', () => {
    const waits: Wait[] = [
      { on: 'event' },
      { on: 'operations', count: 2 },
      { on: 'operations', count: 3 },
      { on: 'activity', name: 'A' },
      { on: 'activity', name: 'A' },
      { on: 'activity', name: 'A' },
      { on: 'activity', name: 'B' },
    ]
    assert.equal(waitsInWords(waits), "activity 'A' (3), 5 operations, external event, 1 more")
  })

  it('is told of the earliest time', () => {
    const at = (time: string): Wait => ({ on: 'scheduledStart', until: new Date(time) })
    assert.equal(
      waitsInWords([at('2026-11-21T12:00:00Z'), at('2026-11-21T11:00:00Z'), at('2026-11-21T13:00:00Z')]),
      'start at 2026-11-21 11:00Z (3)',
    )
  })

  it('cannot speak to the agent', () => {
    assert.doesNotMatch(waitsInWords([{ on: 'activity', name: '##vso[task.complete]\nx' }]), /##vso|\n/)
  })
})

describe('an instance has continued as new', () => {
  const reader = new FakeHubReader()
  it('where its status or its History says so', () => {
    assert.equal(hasContinued(reader.row('a', { RuntimeStatus: 'ContinuedAsNew' }), undefined), true)
    reader.events('a', { EventType: 'OrchestratorCompleted', IsPlayed: true })
    assert.equal(hasContinued(reader.row('a'), historyOf(reader)), true)
  })
  it('not where neither does', () => {
    reader.events('a', task(0))
    assert.equal(hasContinued(reader.row('a'), historyOf(reader)), false)
    assert.equal(hasContinued(reader.row('a'), undefined), false)
  })
})
