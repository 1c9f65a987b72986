import assert from 'node:assert/strict'
import { readQueued } from '../../../state-service/events/queued-event.ts'

const event = {
  ...{ id: 'one', topic: '/t', subject: 'durable/orchestrator/Running', eventType: 'orchestratorEvent' },
  data: { hubName: 'orders7', functionName: 'Bestellung für Åse', instanceId: 'i1', runtimeStatus: 'Running' },
  ...{ eventTime: '2026-11-21T10:00:00Z', dataVersion: '1.0', metadataVersion: '1' },
}
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')

describe('A message of the queue that Event Grid fills', () => {
  for (const [what, message] of [
    ['in Base64', base64(JSON.stringify(event))],
    ['in Base64 with a byte order mark', base64(`\uFEFF${JSON.stringify(event)}`)],
    ['in plain text', JSON.stringify(event)],
    ['that the Functions library has parsed', event],
    ['in a list', base64(JSON.stringify([event]))],
  ] as const) {
    it(`is an event ${what}`, () => {
      const delivery = readQueued(message)
      assert.ok(delivery.kind === 'events')
      assert.deepEqual(delivery.events, [
        { id: 'one', hub: 'orders7', instanceId: 'i1', functionName: 'Bestellung für Åse', status: 'Running' },
      ])
    })
  }

  for (const [what, message] of [
    ['empty', ''],
    ['a number', 7],
    ['nothing', undefined],
    ['no JSON', 'hello there'],
    ['Base64 of no JSON', base64('hello there')],
    ['Base64 of no UTF-8', base64(Uint8Array.from([0xff, 0xfe, 0x7b]))],
    ['Base64 that is cut', base64(JSON.stringify(event)).slice(0, -3)],
    ['an event of CloudEvents', base64(JSON.stringify({ specversion: '1.0', type: 'orchestratorEvent', id: 'one' }))],
  ] as const) {
    it(`is malformed where it is ${what}`, () => {
      assert.equal(readQueued(message).kind, 'malformed')
    })
  }

  it('is left out where it is an event of something else', () => {
    const other = { ...event, eventType: 'Microsoft.Storage.BlobCreated' }
    assert.deepEqual(readQueued(base64(JSON.stringify(other))), { kind: 'events', events: [], ignored: 1 })
  })
})
