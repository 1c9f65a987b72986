import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readMessage, type SeenMessage } from '../../../../core/task-hub/rows/message.ts'
import { event, type HistoryEvent } from '../../../../emulator/durable/events.ts'
import { encodeMessage, encodeReference } from '../../../../emulator/durable/message.ts'

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64')
const textOf = (about: HistoryEvent, id = 'abc') =>
  encodeMessage({ event: about, target: { InstanceId: id, ExecutionId: null } })

describe('a message of a queue', () => {
  const cases: readonly [string, string, SeenMessage][] = [
    [
      'a start',
      textOf(event('ExecutionStarted', { Name: 'Order' })),
      { kind: 'start', name: 'Order', instanceId: 'abc' },
    ],
    [
      'an activity',
      textOf(event('TaskScheduled', { Name: 'Charge' })),
      { kind: 'activity', name: 'Charge', instanceId: 'abc' },
    ],
    ['a result', textOf(event('TaskCompleted', { TaskScheduledId: 0 })), { kind: 'result', instanceId: 'abc' }],
    ['a failure', textOf(event('TaskFailed', { TaskScheduledId: 0 })), { kind: 'result', instanceId: 'abc' }],
    ['a child’s result', textOf(event('SubOrchestrationInstanceCompleted')), { kind: 'result', instanceId: 'abc' }],
    ['a child’s failure', textOf(event('SubOrchestrationInstanceFailed')), { kind: 'result', instanceId: 'abc' }],
    ['a timer', textOf(event('TimerFired', { TimerId: 0 })), { kind: 'timer', instanceId: 'abc' }],
    [
      'an event',
      textOf(event('EventRaised', { Name: 'Approved' })),
      { kind: 'event', name: 'Approved', instanceId: 'abc' },
    ],
    [
      'an operation of an entity',
      textOf(event('EventRaised', { Name: 'op' }), '@counter@a'),
      { kind: 'operation', name: '@counter@a', instanceId: '@counter@a' },
    ],
    ['a large one', encodeReference('abc/message-1.json.gz'), { kind: 'large' }],
    ['one of a kind nobody asks for', textOf(event('GenericEvent')), { kind: 'other' }],
    ['a termination', textOf(event('ExecutionTerminated')), { kind: 'other' }],
    ['one of a kind nobody knows', '{"TaskMessage":{"Event":{"EventType":99}}}', { kind: 'other' }],
    ['one without event', '{"TaskMessage":{}}', { kind: 'other' }],
    ['one without a task', '{"TaskMessage":null,"CompressedBlobName":null}', { kind: 'other' }],
    ['one without a target', '{"TaskMessage":{"Event":{"EventType":0,"Name":""}}}', { kind: 'start' }],
    [
      'one with the name of its kind',
      '{"TaskMessage":{"Event":{"EventType":"TaskScheduled","Name":"Charge"},"OrchestrationInstance":{"InstanceId":5}}}',
      { kind: 'activity', name: 'Charge' },
    ],
    ['a list', '[]', { kind: 'other' }],
    ['no text', '', { kind: 'other' }],
  ]
  for (const [what, text, seen] of cases) {
    it(`is ${what}, plain or in base64`, () => {
      assert.deepEqual(readMessage(text), seen)
      assert.deepEqual(readMessage(base64(text)), seen)
    })
  }

  it('keeps letters of all scripts in base64', () => {
    assert.equal(
      readMessage(base64(textOf(event('ExecutionStarted', { Name: 'Bestellung-ü-注文' })))).name,
      'Bestellung-ü-注文',
    )
  })

  it('cannot speak to the agent', () => {
    const { name } = readMessage(textOf(event('EventRaised', { Name: '##vso[task.complete]\n' })))
    assert.doesNotMatch(name ?? '', /##vso|\n/)
  })

  it('is never a failure, whatever it holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.base64String(), fc.constant(undefined)), (text) => {
        assert.ok(readMessage(text).kind)
      }),
      { seed: 3, numRuns: 300 },
    )
    assert.deepEqual(readMessage('{"TaskMessage":'), { kind: 'other' })
  })
})
