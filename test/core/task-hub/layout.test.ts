import assert from 'node:assert/strict'
import fc from 'fast-check'
import { escapeKey, unescapeKey } from '../../../core/task-hub/rows/key-escape.ts'
import { controlQueueNumber, defaultHubName, partsIn } from '../../../core/task-hub/layout.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import { fnv1a, partitionOf } from '../../../core/task-hub/rows/partition.ts'

const app = 'App' as HubName

describe('the parts of a hub', () => {
  it('come queues first, then tables, then containers', () => {
    const parts = partsIn(app, {
      queues: ['app-workitems', 'app-control-01', 'app-control-00'],
      tables: ['AppHistory', 'appinstances', 'APPPARTITIONS'],
      containers: ['app-largemessages', 'app-applease', 'app-leases'],
    })
    assert.deepEqual(
      parts.map((part) => part.kind !== 'rows' && part.name),
      [
        'app-control-00',
        'app-control-01',
        'app-workitems',
        'APPPARTITIONS',
        'appinstances',
        'AppHistory',
        'app-leases',
        'app-applease',
        'app-largemessages',
      ],
    )
  })

  it('of a hub whose name is a prefix of another are told apart', () => {
    const parts = partsIn(app, {
      queues: ['app2-control-00', 'app2-workitems', 'app-control-000', 'app-control-0', 'app-workitems2', 'app-x'],
      tables: ['App2Instances', 'AppInstances2', 'AppHistoryOld'],
      containers: ['app2-leases', 'app-leases2', 'app-applease-old'],
    })
    assert.deepEqual(parts, [])
  })

  it('know the number of a control queue', () => {
    assert.equal(controlQueueNumber(app, 'app-control-15'), 15)
    assert.equal(controlQueueNumber(app, 'app-control-1x'), undefined)
  })
})

describe('the default hub name', () => {
  for (const [site, hub] of [
    ['orders-app', 'ordersapp'],
    ['7days', 't7days'],
    ['---', 'DefaultTaskHub'],
    ['a', 'aHub'],
    ['x'.repeat(60), 'x'.repeat(45)],
  ] as const) {
    it(`of site '${site.slice(0, 20)}' is '${hub.slice(0, 20)}'`, () => assert.equal(defaultHubName(site), hub))
  }
})

describe('the key of an instance', () => {
  for (const [id, key] of [
    ['plain', 'plain'],
    ['a/b\\c#d?e^f', 'a^0b^1c^2d^3e^^f'],
    ['\u0000\u001f\u007f\u009f', '^\u00c0^\u00df^\u013f^\u015f'],
    ['@counter@a/b', '@counter@a^0b'],
  ] as const) {
    it(`of '${JSON.stringify(id)}' reads back`, () => {
      assert.equal(escapeKey(id), key)
      assert.equal(unescapeKey(key), id)
    })
  }

  it('reads back whatever the id', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (id) => unescapeKey(escapeKey(id)) === id))
  })

  it('that ends in a bare ^, as old libraries wrote it, stays', () => assert.equal(unescapeKey('a^'), 'a^'))
})

describe('the partition of an instance', () => {
  // Published test values of FNV-1a, 32 bit.
  for (const [text, hash] of [
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ] as const) {
    it(`hashes '${text}'`, () => assert.equal(fnv1a(text), hash))
  }

  it('hashes the UTF-8 bytes', () => {
    const reference = (text: string) => {
      let hash = 0x811c9dc5n
      for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * 16777619n) & 0xffffffffn
      return Number(hash)
    }
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => fnv1a(text) === reference(text)))
    assert.equal(fnv1a('\ud800x'), reference('\ufffdx'))
  })

  it('is below the partition count', () => {
    fc.assert(fc.property(fc.string(), fc.integer({ min: 1, max: 16 }), (id, n) => partitionOf(id, n) < n))
  })
})
