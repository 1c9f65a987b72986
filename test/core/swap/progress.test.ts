import assert from 'node:assert/strict'
import type { SlotName } from '../../../core/function-app/picture.ts'
import type { SlotGlance } from '../../../core/function-app/ports.ts'
import type { SwapProgress } from '../../../core/swap/progress.ts'
import { hasSwappedSince, progressOf } from '../../../core/swap/progress.ts'
import { parseWantedHub } from '../../../core/task-hub/wanted-hub.ts'
import { app, type AppBuilder } from '../../support/app.ts'

const done = app().slot('production', { hub: 'shop99' }).slot('staging', { hub: 'shop100' })

const cases: [string, AppBuilder, SwapProgress][] = [
  ['done when the target runs the hub and the source another', done, 'done'],
  ['done when the source has none afterwards', done.slot('staging', { hub: undefined }), 'done'],
  ['not done while the source runs it', app(), 'notDone'],
  ['under way while an operation shows on the source', done.slot('staging', { operationInProgress: 'op' }), 'underWay'],
  [
    'under way while an operation shows on the target',
    app().slot('production', { operationInProgress: 'op' }),
    'underWay',
  ],
  ['prepared while a swap is pending', app().slot('staging', { targetSwapSlot: 'production' }), 'prepared'],
  [
    'prepared while a swap is pending on the target',
    done.slot('production', { targetSwapSlot: 'staging' }),
    'prepared',
  ],
  [
    'prepared while another slot is to be swapped with the target',
    app().slot('blue', { targetSwapSlot: 'production' }),
    'prepared',
  ],
  [
    'under way while a prepared slot shows an operation',
    app().slot('staging', { targetSwapSlot: 'production', operationInProgress: 'op' }),
    'underWay',
  ],
  ['under way when only one side has moved', app().slot('production', { hub: 'shop99' }), 'underWay'],
  ['under way when neither has the hub', app().slot('staging', { hub: 'other' }), 'underWay'],
  ['unclear when the source cannot be read', app().slot('staging', { unreadable: 'no' }), 'unclear'],
  ['unclear when the target cannot be read', app().slot('production', { unreadable: 'no' }), 'unclear'],
  ['unclear when a slot is gone', app().without('staging'), 'unclear'],
  ['not touched by what another slot does', app().slot('blue', { operationInProgress: 'op' }), 'notDone'],
]

describe('where a swap stands', () => {
  const taskHub = parseWantedHub('shop99')
  assert.ok(taskHub)
  const aim = { source: 'staging' as SlotName, target: 'Production' as SlotName, taskHub }
  for (const [what, built, expected] of cases) {
    it(`is ${what}`, () => {
      const { picture, hubs } = built.view()
      assert.equal(progressOf(picture, hubs, aim), expected)
    })
  }
})

describe('whether the slots tell of a swap since', () => {
  const taskHub = parseWantedHub('shop99')
  assert.ok(taskHub)
  const aim = { source: 'staging' as SlotName, target: 'production' as SlotName, taskHub }
  const last = (at: string) => ({ at, source: 'staging', target: 'production' })
  const early = '2026-11-21T10:00:00Z'
  const late = '2026-11-21T10:05:00Z'
  const swappedLate = done.slot('production', { swappedAt: late })
  const cases: [string, AppBuilder, SlotGlance, boolean][] = [
    ['yes when there was none before', swappedLate, { kind: 'seen' }, true],
    ['yes when the one before is older', swappedLate, { kind: 'seen', lastSwap: last(early) }, true],
    ['no when it is the one of before', swappedLate, { kind: 'seen', lastSwap: last(late) }, false],
    ['no when the time cannot be read', swappedLate, { kind: 'seen', lastSwap: last('today') }, false],
    ['no when nothing was seen before', swappedLate, { kind: 'missed', message: 'lost' }, false],
    ['no when the slots tell of none', done, { kind: 'seen' }, false],
    ['yes when only the source tells of it', done.slot('staging', { swappedAt: late }), { kind: 'seen' }, true],
  ]
  for (const [what, built, seen, expected] of cases) {
    it(`is ${what}`, () => {
      assert.equal(hasSwappedSince(built.picture(), { aim, before: seen, start: { kind: 'accepted' } }), expected)
    })
  }

  for (const [what, at, expected] of [
    ['no when it ended before Azure accepted the request', '2026-11-21T10:06:00Z', false],
    ['yes when it ended after that', '2026-11-21T10:04:00Z', true],
  ] as const) {
    it(`is ${what}`, () => {
      const asked = { aim, before: { kind: 'seen' }, start: { kind: 'accepted', at: new Date(at) } } as const
      assert.equal(hasSwappedSince(swappedLate.picture(), asked), expected)
    })
  }

  it('is no when it was a swap with another slot', () => {
    const other = { ...aim, source: 'blue' as SlotName }
    assert.equal(
      hasSwappedSince(swappedLate.picture(), { aim: other, before: { kind: 'seen' }, start: { kind: 'lost' } }),
      false,
    )
  })

  it('is yes for the way back, which names the slots the other way round', () => {
    const back = { ...aim, source: aim.target, target: aim.source }
    assert.equal(
      hasSwappedSince(swappedLate.slot('staging', { swappedAt: late }).picture(), {
        aim: back,
        before: { kind: 'seen' },
        start: { kind: 'lost' },
      }),
      true,
    )
  })
})
