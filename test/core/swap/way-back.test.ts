import assert from 'node:assert/strict'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { findHub } from '../../../core/function-app/slot-hub.ts'
import { wayBackProblem } from '../../../core/swap/way-back.ts'
import { parseWantedHub } from '../../../core/task-hub/wanted-hub.ts'
import { app, type AppBuilder } from '../../support/app.ts'

const slot = 'staging' as SlotName
const swapped = app().slot('production', { hub: 'shop99' }).slot('staging', { hub: 'shop100' })

function problem(now: AppBuilder): string | undefined {
  const former = findHub(swapped.view().hubs, slot)
  const taskHub = parseWantedHub('shop99')
  assert.ok(former && taskHub)
  const { picture, hubs } = now.view()
  return wayBackProblem(picture, hubs, { slot, former, taskHub })
}

describe('the way back after a swap', () => {
  it('is open while the former version is where the swap left it', () => assert.equal(problem(swapped), undefined))

  it('is open where somebody has gone it already', () =>
    assert.equal(problem(swapped.slot('production', { hub: 'shop100' }).slot('staging', { hub: 'shop99' })), undefined))

  it('is closed where the slot was given another hub since', () =>
    assert.match(problem(swapped.slot('staging', { hub: 'shop101' })) ?? '', /'shop101'.*'shop100'.*since the swap/))

  it('is closed where the former version is stopped', () =>
    assert.match(problem(swapped.slot('staging', { hub: 'shop100', state: 'Stopped' })) ?? '', /is stopped; start it/))

  it('is not judged from a slot that cannot be read', () =>
    assert.equal(problem(swapped.slot('staging', { unreadable: 'denied' })), undefined))
})
