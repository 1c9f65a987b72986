import assert from 'node:assert/strict'
import type { SlotName } from '../../../core/function-app/picture.ts'
import type { SwapProgress } from '../../../core/swap/progress.ts'
import { progressOf } from '../../../core/swap/progress.ts'
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
  ['under way while a swap is pending', app().slot('staging', { targetSwapSlot: 'production' }), 'underWay'],
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
