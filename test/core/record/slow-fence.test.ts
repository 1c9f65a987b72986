import assert from 'node:assert/strict'
import { AzureFailure, Refusal } from '../../../core/failures.ts'
import { LockScene, minute } from './lock-scene.ts'

describe('a fence that takes long', () => {
  it('is passed again, so that no request is sent on an old one', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    const before = scene.calls.mutations.length
    scene.calls.after('write record', () => void scene.clock.sleep(90_000, scene.signal))

    await task.fence('swap', scene.signal)

    assert.equal(scene.calls.mutations.length - before, 2)
    const { changing } = scene.record().lock ?? {}
    assert.equal(changing?.at, scene.clock.now().toISOString())
  })

  it('sees that the lock was lost while the agent was suspended', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    let rival: Promise<unknown> = Promise.resolve()
    scene.calls.after('write record', () => {
      void scene.clock.sleep(121 * minute, scene.signal)
      rival = scene.claim('102')
    })

    await assert.rejects(task.fence('swap', scene.signal), Refusal)

    await rival
    assert.equal(scene.record().lock?.holder.run, '102')
  })

  it('gives up where the account never answers in time', async () => {
    const scene = new LockScene()
    const task = await scene.claim('101')
    scene.calls.onEach(() => void scene.clock.sleep(20_000, scene.signal))

    await assert.rejects(task.fence('swap', scene.signal), (error) => {
      return error instanceof AzureFailure && error.kind === 'timeout' && error.message.includes('40 s, 6 times')
    })
  })
})
