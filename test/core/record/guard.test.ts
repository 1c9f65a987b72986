import assert from 'node:assert/strict'
import { Refusal } from '../../../core/failures.ts'
import { giveBackByHand } from '../../../core/record/hold-lock.ts'
import { keepRecord } from '../../../core/record/keep.ts'
import { claimed } from '../../../core/record/lock.ts'
import type { DeploymentRecord } from '../../../core/record/record.ts'
import { withAudit } from '../../../core/record/record.ts'
import { serialiseRecord } from '../../../core/record/serialise-record.ts'
import { LockScene, minute, runNamed } from './lock-scene.ts'

const enter = (record: DeploymentRecord): DeploymentRecord =>
  withAudit(record, { at: '2026-11-21T10:00:00.000Z', by: runNamed('101'), action: 'rotate', evidence: 'none' })

const losses: readonly (readonly [string, (scene: LockScene) => Promise<unknown>])[] = [
  ['another run took it over', (scene) => scene.claim('102', { takeOver: 'its agent is gone' })],
  ['another task of the same run took it', (scene) => scene.claim('101')],
  [
    'it was given back by hand',
    async ({ clock, place, signal }) => {
      const wanted = { by: runNamed('102'), reason: 'its agent is gone', evenOfAnother: true }
      await giveBackByHand(clock, place, wanted, signal)
    },
  ],
  [
    'the record was deleted',
    ({ store }) => {
      store.remove('shop')
      return Promise.resolve()
    },
  ],
]

describe('an entry in the record', () => {
  it('is made by the task that holds the lock, with no request more than without one', async () => {
    const scene = new LockScene()
    const lock = await scene.claim('101')
    const before = scene.calls.made.length

    await keepRecord({ clock: scene.clock, log: scene.log, lock }, scene.place, enter, scene.signal)

    assert.equal(scene.record().audit.length, 1)
    assert.deepEqual(scene.calls.made.slice(before), ['read record', 'write record'])
    assert.equal(lock.lost, false)
  })

  for (const [becameOfIt, act] of losses) {
    it(`is not made by a task whose lock is lost: ${becameOfIt}`, async () => {
      const scene = new LockScene()
      const lock = await scene.claim('101')
      await act(scene)
      const before = scene.store.text('shop')

      await keepRecord({ clock: scene.clock, log: scene.log, lock }, scene.place, enter, scene.signal)

      assert.equal(scene.store.text('shop'), before)
      assert.match(
        scene.log.warnings.join(),
        /record of 'shop' was not written\. This run no longer holds the deployment lock of 'shop'/,
      )
      assert.deepEqual([lock.lost, lock.accounts], [true, []])
      await assert.rejects(lock.fence('swap', scene.signal), Refusal)
    })
  }

  it('is not made where the lock was lost between its reading and its writing', async () => {
    const scene = new LockScene()
    const lock = await scene.claim('101')
    scene.calls.after('read record', () => {
      const rival = { by: runNamed('102'), claim: 'rival', forMs: minute, takeOver: 'its agent is gone' }
      scene.store.put('shop', serialiseRecord(claimed(scene.record(), rival, scene.clock.now())))
    })

    await keepRecord({ clock: scene.clock, log: scene.log, lock }, scene.place, enter, scene.signal)

    assert.deepEqual(
      scene.record().audit.map(({ action }) => action),
      ['takeOver'],
    )
    assert.equal(lock.lost, true)
  })

  it('is not made in an account whose lock was never taken', async () => {
    const scene = new LockScene()
    const lock = await scene.claim('101')
    const place = { ...scene.place, account: 'otherdata' }

    await keepRecord({ clock: scene.clock, log: scene.log, lock }, place, enter, scene.signal)

    assert.deepEqual(scene.record().audit, [])
    assert.match(
      scene.log.warnings.join(),
      /has not taken the deployment lock of 'shop' in storage account 'otherdata'/,
    )
    assert.equal(lock.lost, false)
  })
})
