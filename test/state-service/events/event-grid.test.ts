import assert from 'node:assert/strict'
import { readDelivery } from '../../../state-service/events/event-grid.ts'

/** As the Durable extension sends it and Event Grid hands it on. */
function sent(data: Record<string, unknown> = {}, around: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '054fe385-c017-4ce3-b38a-052ac970c39d',
    topic: '/subscriptions/s/resourceGroups/rg/providers/Microsoft.EventGrid/topics/durable',
    subject: 'durable/orchestrator/Running',
    eventType: 'orchestratorEvent',
    eventTime: '2026-11-21T10:00:00.0000000Z',
    metadataVersion: '1',
    dataVersion: '1.0',
    data: {
      hubName: 'Orders1',
      functionName: 'Ship',
      instanceId: '055d045b1c8a415b94f7671d8df693a6',
      reason: '',
      runtimeStatus: 'Running',
      ...data,
    },
    ...around,
  }
}

function validation(data: unknown = { validationCode: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6' }) {
  return { ...sent(), eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent', subject: '', data }
}

function inStatus(status: string): Record<string, unknown> {
  return sent({ runtimeStatus: status }, { subject: `durable/orchestrator/${status}` })
}

describe('a delivery of Event Grid', () => {
  it('tells of an orchestration that began', () => {
    assert.deepEqual(readDelivery([sent()]), {
      kind: 'events',
      ignored: 0,
      events: [
        {
          id: '054fe385-c017-4ce3-b38a-052ac970c39d',
          hub: 'Orders1',
          instanceId: '055d045b1c8a415b94f7671d8df693a6',
          functionName: 'Ship',
          status: 'Running',
        },
      ],
    })
  })

  it('tells each of the four statuses', () => {
    const statuses = ['Running', 'Completed', 'Failed', 'Terminated']
    const delivery = readDelivery(statuses.map(inStatus))
    assert.ok(delivery.kind === 'events')
    assert.deepEqual(
      delivery.events.map(({ status }) => status),
      statuses,
    )
  })

  it('is understood where the status stands in the subject or in the data alone', () => {
    const without = { ...sent(), data: { ...(sent()['data'] as object), runtimeStatus: undefined } }
    for (const event of [without, sent({}, { subject: undefined }), sent({}, { subject: 'something/else' })]) {
      assert.deepEqual(readDelivery([event]), readDelivery([sent()]))
    }
  })

  it('takes ids as long as they may be and a function without a name', () => {
    const delivery = readDelivery([sent({ instanceId: 'i'.repeat(1024), functionName: '' })])
    assert.ok(delivery.kind === 'events' && delivery.events[0]?.instanceId.length === 1024)
    const longName = readDelivery([sent({ functionName: 'f'.repeat(500) })])
    assert.ok(longName.kind === 'events' && longName.events.length === 1)
  })

  const ignored: readonly (readonly [string, unknown])[] = [
    ['that is no object', 'event'],
    ['that is null', null],
    ['that is a list', []],
    ['without a type', sent({}, { eventType: undefined })],
    ['of another type', sent({}, { eventType: 'Microsoft.Storage.BlobCreated' })],
    ['of a status that no host sends', inStatus('Pending')],
    ['of a status in another case', inStatus('running')],
    ['whose status and subject differ', sent({ runtimeStatus: 'Completed' })],
    ['whose status is no text', sent({ runtimeStatus: 0 })],
    ['without an id', sent({}, { id: undefined })],
    ['whose id is too long', sent({}, { id: 'i'.repeat(201) })],
    ['without data', sent({}, { data: undefined })],
    ['whose data is a text', sent({}, { data: '{}' })],
    ['of a hub whose name is none', sent({ hubName: 'orders/../1' })],
    ['of a hub whose name is no text', sent({ hubName: ['orders1'] })],
    ['of a hub whose name is too long', sent({ hubName: 'h'.repeat(46) })],
    ['without an instance', sent({ instanceId: '' })],
    ['of an instance whose id is too long', sent({ instanceId: 'i'.repeat(1025) })],
    ['of an instance whose id is a number', sent({ instanceId: 7 })],
    ['of a function whose name is too long', sent({ functionName: 'f'.repeat(501) })],
    ['of a function whose name is no text', sent({ functionName: null })],
    ['with a name that JSON objects have by nature', JSON.parse('{"__proto__":{"eventType":"orchestratorEvent"}}')],
  ]
  for (const [what, element] of ignored) {
    it(`leaves out an element ${what}, and takes the good ones beside it`, () => {
      const delivery = readDelivery([sent(), element, sent()])
      assert.ok(delivery.kind === 'events')
      assert.equal(delivery.events.length, 2)
      assert.equal(delivery.ignored, 1)
    })
  }

  it('asks whether the subscription is wanted', () => {
    const code = '512d38b6-c7b8-40c8-89fe-f46f9e9622b6'
    assert.deepEqual(readDelivery([validation()]), { kind: 'validation', code })
  })

  const malformed: readonly (readonly [string, unknown])[] = [
    ['no JSON', undefined],
    ['an event that is in no list', sent()],
    ['an empty list', []],
    ['more than 5,000 events', Array.from({ length: 5_001 }, () => sent())],
    ['events of the CloudEvents schema', [{ specversion: '1.0', type: 'orchestratorEvent', data: {} }]],
    ['nothing but texts', ['a', 'b']],
    ['a validation beside another event', [validation(), sent()]],
    ['two validations', [validation(), validation()]],
    ['a validation without data', [validation(null)]],
    ['a validation without a code', [validation({ validationCode: '' })]],
    ['a validation whose code is markup', [validation({ validationCode: '<script>' })]],
    ['a validation whose code has no end', [validation({ validationCode: 'c'.repeat(201) })]],
    ['a validation whose code is a number', [validation({ validationCode: 1 })]],
  ]
  for (const [what, body] of malformed) {
    it(`is none where it holds ${what}`, () => {
      const delivery = readDelivery(body)
      assert.equal(delivery.kind, 'malformed')
      assert.doesNotMatch(JSON.stringify(delivery), /<script>|Ship/)
    })
  }

  it('may have 5,000 events', () => {
    const delivery = readDelivery(Array.from({ length: 5_000 }, () => sent()))
    assert.ok(delivery.kind === 'events' && delivery.events.length === 5_000)
  })
})
