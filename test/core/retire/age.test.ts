import assert from 'node:assert/strict'
import type { RecordedHub } from '../../../core/record/record.ts'
import type { LastUse } from '../../../core/retire/age.ts'
import { newestFirst, recordedAtOf, tooYoung } from '../../../core/retire/age.ts'
import type { HubName } from '../../../core/task-hub/name.ts'

const hour = 3_600_000
const now = new Date('2026-11-21T10:00:00Z')
const ago = (hours: number) => new Date(now.getTime() - hours * hour)
const hub = { account: { name: 'shopdata', id: 'shopdata.core.windows.net' }, name: 'shop98' as HubName }
const entry = (times: Partial<RecordedHub>): RecordedHub => ({ hub, ...times })

describe('the age of a hub', () => {
  const cases: [string, LastUse, number, RegExp | undefined][] = [
    [
      'counts from its last activity where no record knows it',
      { lastActivity: ago(5) },
      6,
      /was last active 5\.0 hours/,
    ],
    ['is enough at the very minute', { lastActivity: ago(6) }, 6, undefined],
    [
      'counts from its retirement where it was idle long before',
      { lastActivity: ago(50), recordedAt: ago(2) },
      3,
      /retired .* 2\.0/,
    ],
    [
      'counts from its last activity where it drained on after it retired',
      { lastActivity: ago(2), recordedAt: ago(50) },
      3,
      /last active 2\.0/,
    ],
    ['is enough only where both are long ago', { lastActivity: ago(4), recordedAt: ago(4) }, 3, undefined],
    ['counts from its retirement where storage tells nothing', { recordedAt: ago(2) }, 3, /retired .* 2\.0/],
    ['cannot be told where neither tells anything', {}, 3, /cannot be told/],
    ['does not matter where no age is asked for', {}, 0, undefined],
    ['is nothing yet where a clock was ahead', { recordedAt: ago(-9) }, 3, /0\.0 hours/],
  ]
  for (const [what, use, minimum, expected] of cases) {
    it(what, () => {
      const young = tooYoung(use, now, minimum * hour)
      if (expected) assert.match(young ?? 'old enough', expected)
      else assert.equal(young, undefined)
    })
  }
})

describe('the order of hubs', () => {
  const order = (hubs: Readonly<Record<string, LastUse>>) =>
    Object.entries(hubs)
      .toSorted(([, left], [, right]) => newestFirst(left, right))
      .map(([name]) => name)

  it('is that of their retirement, however long the older one drained', () => {
    const older = { recordedAt: ago(50), lastActivity: ago(1) }
    assert.deepEqual(order({ older, newer: { recordedAt: ago(20), lastActivity: ago(19) } }), ['newer', 'older'])
  })

  it('is that of their last activity where no record knows them', () => {
    assert.deepEqual(order({ older: { lastActivity: ago(9) }, newer: { lastActivity: ago(1) } }), ['newer', 'older'])
  })

  it('takes each by what is known of it', () => {
    const hubs = { old: { recordedAt: ago(30) }, middle: { lastActivity: ago(20) }, young: { recordedAt: ago(10) } }
    assert.deepEqual(order(hubs), ['young', 'middle', 'old'])
  })

  it('has those first of which nothing can be told', () => {
    assert.deepEqual(order({ known: { lastActivity: ago(0) }, unknown: {} }), ['unknown', 'known'])
  })
})

describe('what the record says of a hub', () => {
  it('is when its slot left it, or when it began to serve after that', () => {
    assert.equal(recordedAtOf(entry({ retiredAt: ago(2).toISOString() }))?.getTime(), ago(2).getTime())
    const both = entry({ retiredAt: ago(9).toISOString(), productionSince: ago(2).toISOString() })
    assert.equal(recordedAtOf(both)?.getTime(), ago(2).getTime())
  })

  it('is nothing where it names no time, or none that can be read', () => {
    assert.equal(recordedAtOf(entry({ bornAt: ago(2).toISOString() })), undefined)
    assert.equal(recordedAtOf(entry({ retiredAt: 'lately' })), undefined)
  })
})
