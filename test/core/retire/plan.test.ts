import assert from 'node:assert/strict'
import type { HubFacts, IdleVerdict } from '../../../core/retire/plan.ts'
import { fateOf, guardOf, sparedByKeepLast } from '../../../core/retire/plan.ts'
import type { HubName } from '../../../core/task-hub/name.ts'

const now = new Date('2026-11-21T10:00:00Z')
const hour = 3_600_000

function facts(twist: Partial<HubFacts> = {}): HubFacts {
  return {
    hub: { account: { name: 'shopdata', id: 'shopdata.core.windows.net' }, name: 'shop98' as HubName },
    parts: [{ kind: 'queue', name: 'shop98-workitems' }],
    references: [],
    unreadableSlots: [],
    leases: [],
    lastActivity: new Date(now.getTime() - 5 * hour),
    ...twist,
  }
}

const idle: IdleVerdict = { verdict: 'idle', because: 'nothing runs' }
const anyAge = { now, minimumAgeMs: 0 }

const fate = (twist: Partial<HubFacts> = {}, minimumAgeMs = 0) => fateOf(facts(twist), idle, { now, minimumAgeMs })

describe('the fate of a task hub', () => {
  it('is deleted when no guard stands in the way', () => {
    assert.deepEqual(fate(), { kind: 'delete' })
  })

  it('is absent when no part is left', () => {
    assert.deepEqual(fate({ parts: [] }), { kind: 'absent' })
  })

  it('is open until it was asked whether it is idle', () => {
    assert.equal(guardOf(facts(), anyAge), undefined)
  })

  for (const [verdict, because, expected] of [
    ['busy', '3 running', 'it is busy: 3 running'],
    ['unknown', 'HTML', 'it is unknown: HTML'],
  ] as const) {
    it(`is held back when it is ${verdict}`, () => {
      assert.deepEqual(fateOf(facts(), { verdict, because }, anyAge), { kind: 'held', reason: expected })
    })
  }

  const guards: [string, Partial<HubFacts>, RegExp][] = [
    [
      'its parts cannot be told from those of others',
      { obstacle: 'rows without TaskHubName' },
      /rows without TaskHubName/,
    ],
    [
      'they cannot be told even where none was found',
      { parts: [], obstacle: 'rows without TaskHubName' },
      /TaskHubName/,
    ],
    [
      'a slot of the app cannot be read',
      { unreadableSlots: [{ slot: 'blue', because: 'no permission' }] },
      /slot 'blue'.*no permission/,
    ],
    [
      'a slot names it',
      { references: [{ app: 'shop', slot: 'staging', setting: 'TaskHubName' }] },
      /^slot 'staging' of 'shop' uses it \('TaskHubName'\)$/,
    ],
    [
      'several slots name it',
      {
        references: [
          { app: 'shop', slot: 'staging', setting: 'TaskHubName' },
          { app: 'till', slot: 'production', setting: 'Hub' },
        ],
      },
      /and 1 more$/,
    ],
    [
      'a worker holds a partition',
      { leases: [{ on: 'shop98-control-00', owner: 'vm1', until: new Date('2026-11-21T10:00:20Z') }] },
      /'vm1'.*'shop98-control-00' until 2026-11-21T10:00:20/,
    ],
    [
      'a worker holds a lease that does not say until when',
      { leases: [{ on: 'app lease', owner: 'vm1' }] },
      /'app lease'$/,
    ],
  ]
  for (const [what, twist, expected] of guards) {
    it(`is held back when ${what}`, () => {
      const decided = fate(twist)

      assert.ok(decided.kind === 'held')
      assert.match(decided.reason, expected)
    })
  }

  it('is kept while younger than the minimum age', () => {
    const decided = fate({}, 6 * hour)

    assert.ok(decided.kind === 'kept' && /5\.0 hours ago, and minimumAgeInHours is 6/.test(decided.reason))
  })

  it('is deleted at exactly the minimum age', () => {
    assert.equal(fate({}, 5 * hour).kind, 'delete')
  })

  it('is kept when its age cannot be told and one is asked for', () => {
    const { lastActivity, ...ageless } = facts()

    assert.ok(lastActivity)
    assert.equal(fateOf(ageless, idle, { now, minimumAgeMs: hour }).kind, 'kept')
    assert.equal(fateOf(ageless, idle, anyAge).kind, 'delete')
  })

  it('is held back rather than kept when it is both referenced and young', () => {
    assert.equal(fate({ references: [{ app: 'shop', slot: 'staging', setting: 'x' }] }, 6 * hour).kind, 'held')
  })
})

describe('keepLast', () => {
  const aged = (hours: number): HubFacts => facts({ lastActivity: new Date(now.getTime() - hours * hour) })

  it('spares the newest by last activity', () => {
    const [oldest, newest, middle] = [aged(9), aged(1), aged(5)]

    assert.deepEqual(sparedByKeepLast([oldest, newest, middle], 2, anyAge), new Set([newest, middle]))
  })

  it('spares none at 0', () => {
    assert.equal(sparedByKeepLast([aged(1)], 0, anyAge).size, 0)
  })

  it('takes a hub whose activity cannot be told for the newest', () => {
    const { lastActivity, ...ageless } = facts()

    assert.ok(lastActivity)
    assert.deepEqual(sparedByKeepLast([aged(1), ageless], 1, anyAge), new Set([ageless]))
  })

  it('does not count a hub that is gone', () => {
    const here = aged(9)

    assert.deepEqual(sparedByKeepLast([facts({ parts: [] }), here], 1, anyAge), new Set([here]))
  })

  it('does not count a hub that a guard holds back', () => {
    const [leased, here] = [facts({ leases: [{ on: 'app lease', owner: 'vm1' }] }), aged(9)]

    assert.deepEqual(sparedByKeepLast([leased, here], 1, anyAge), new Set([here]))
  })
})
