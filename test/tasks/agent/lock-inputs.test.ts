import assert from 'node:assert/strict'
import { readCleanupInputs } from '../../../tasks/CleanupTaskHub/CleanupTaskHubV1/inputs.ts'
import { readRotateInputs } from '../../../tasks/RotateTaskHub/RotateTaskHubV1/inputs.ts'
import { readSlotSwapInputs } from '../../../tasks/SlotSwap/SlotSwapV1/inputs.ts'
import { taskInputs } from '../../support/task-inputs.ts'

const rotate = taskInputs('RotateTaskHub', readRotateInputs, { 'Build.BuildId': '731' })
const swap = taskInputs('SlotSwap', readSlotSwapInputs)
const cleanup = taskInputs('CleanupTaskHub', readCleanupInputs)
const hub = { taskHubName: 'shop731' }
const minute = 60_000

describe('the inputs of the deployment lock', () => {
  it('say how long it holds, how long another is waited for, and whether it stays', () => {
    const given = { keepLock: 'true', lockInMinutes: '15', waitForLockInMinutes: '1440' }
    const lock = { take: true, keep: true, forMs: 15 * minute, waitMs: 1440 * minute }
    assert.deepEqual(swap.wanted({ ...hub, ...given }).lock, lock)
    assert.deepEqual(rotate.wanted({ keepLock: 'false' }).lock, {
      ...lock,
      keep: false,
      forMs: 120 * minute,
      waitMs: 0,
    })
  })

  it('take a reason for what is done to another run', () => {
    assert.equal(cleanup.wanted({ takeOver: ' its agent is gone ' }).lock.takeOver, 'its agent is gone')
    assert.equal(swap.wanted({ ...hub, release: 'stuck' }).lock.release, 'stuck')
  })

  it('need no hub where the lock is only given back', () => {
    assert.match(swap.refusal({}), /'taskHubName' was not given/)
    assert.equal(swap.wanted({ release: 'stuck' }).lock.release, 'stuck')
    const nowhere = taskInputs('RotateTaskHub', readRotateInputs)
    assert.match(nowhere.refusal({}), /'Build\.BuildId' is not set/)
    assert.equal(nowhere.wanted({ release: 'stuck' }).lock.release, 'stuck')
  })

  const wrong: [string, Record<string, string>, RegExp][] = [
    [
      'a lock for less than a quarter of an hour',
      { lockInMinutes: '14' },
      /'lockInMinutes' is '14'\. Give .* from 15 to 1440/,
    ],
    ['a lock for more than a day', { lockInMinutes: '1441' }, /'lockInMinutes' is '1441'/],
    ['a wait of more than a day', { waitForLockInMinutes: '1441' }, /'waitForLockInMinutes' is '1441'/],
    ['a lock perhaps', { lock: 'perhaps' }, /'lock' is 'perhaps'/],
    ['a reason of several lines', { takeOver: 'one\ntwo' }, /'takeOver' is .*one line/],
    ['a very long reason', { release: 'x'.repeat(301) }, /'release' is .*300 characters/],
    [
      'a take-over without a lock',
      { lock: 'false', takeOver: 'a' },
      /'takeOver' was given, and input 'lock' is 'false'/,
    ],
    ['a release without a lock', { lock: 'false', release: 'a' }, /'release' was given, and input 'lock' is 'false'/],
  ]
  for (const [what, given, says] of wrong) {
    it(`refuse ${what}`, () => assert.match(rotate.refusal(given), says))
  }
})
