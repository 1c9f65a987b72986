import assert from 'node:assert/strict'
import { AzureFailure } from '../../../core/failures.ts'
import type { StagingAnnouncement, SwapAnnouncement } from '../../../state-service/contract.ts'
import { Scene, run, signal } from '../scene.ts'

const staging: StagingAnnouncement = {
  taskHub: { account: 'shopdata', name: 'shop101' },
  previous: { account: 'shopdata', name: 'shop99' },
  build: '101',
  by: run,
}
const swap: SwapAnnouncement = {
  id: 'run-7 shop101',
  sourceSlot: 'staging',
  targetSlot: 'production',
  taskHub: { name: 'shop101' },
  previous: { name: 'shop100' },
  by: run,
}

const announce = async (scene: Scene, announcement = staging) => {
  const reply = await scene.service().announceStaging({ app: 'shop', slot: 'staging' }, announcement, signal)
  assert.ok('noted' in reply)
  return reply
}
const announceSwap = async (scene: Scene, twist: Partial<SwapAnnouncement> = {}) => {
  const reply = await scene.service().announceSwap('shop', { ...swap, ...twist }, signal)
  assert.ok('noted' in reply)
  return reply
}
const told = async (scene: Scene) => {
  const history = await scene.service().history('shop', { top: 50 }, signal)
  assert.ok('entries' in history)
  return history.entries
}

describe('an announcement', () => {
  it('of a hub for a slot is entered, and compared with what the slot runs', async () => {
    const scene = new Scene()
    const reply = await announce(scene)
    assert.equal(reply.isLive, false)
    assert.equal(reply.says, "Slot 'staging' has 'shop99', not 'shop101'.")
    scene.app = scene.app.slot('staging', { hub: 'shop101' })
    assert.equal((await announce(scene)).isLive, true)
  })

  it('is entered once, however often it is told', async () => {
    const scene = new Scene()
    await announce(scene)
    await scene.clock.sleep(1000, signal)
    await announce(scene)
    const [entry, ...rest] = await told(scene)
    assert.deepEqual(rest, [])
    assert.equal(entry?.what, 'stagingAnnounced')
    assert.equal(entry.says, "Task hub 'shop101' was announced for slot 'staging', build '101'.")
    assert.deepEqual(entry.by, run)
  })

  it('is noted where Azure does not answer, which it says', async () => {
    const scene = new Scene()
    scene.armFails = new AzureFailure('No answer came.', { operation: 'x', kind: 'network' })
    const reply = await announce(scene)
    assert.equal(reply.isLive, null)
    assert.match(reply.says, /could not be read\. No answer came\./)
    assert.equal((await told(scene)).length, 1)
  })

  it('makes what was proven of both hubs void', async () => {
    for (const twist of [{}, { taskHub: { name: 'shop99' }, previous: { name: 'shop98' } }]) {
      const scene = new Scene()
      await scene.status()
      await announce(scene, { ...staging, ...twist })
      assert.equal((await scene.status()).grounds, 'proof')
    }
  })

  it('of a swap says what both slots run, each with the build that brought it', async () => {
    const scene = new Scene()
    await announce(scene)
    assert.equal((await announceSwap(scene)).isLive, false)
    const [source, target] = [await scene.status(), await scene.status({ slot: 'production' })]
    assert.deepEqual([source.announced?.taskHub.name, source.announced?.build], ['shop100', ''])
    assert.deepEqual([target.announced?.taskHub.name, target.announced?.build], ['shop101', '101'])
  })

  it('of a swap that is told again, by the same run or one that found it done, changes nothing', async () => {
    const scene = new Scene()
    await announce(scene)
    for (const id of [swap.id, swap.id, 'run-8 found']) {
      await scene.clock.sleep(1000, signal)
      await announceSwap(scene, { id })
    }
    assert.equal((await scene.status({ slot: 'production' })).announced?.build, '101')
    assert.deepEqual(
      (await told(scene)).map(({ what }) => what),
      ['swapAnnounced', 'stagingAnnounced'],
    )
  })

  it('of a swap back says so, and puts everything where it was', async () => {
    const scene = new Scene()
    await announce(scene)
    await scene.clock.sleep(1000, signal)
    await announceSwap(scene)
    await scene.clock.sleep(1000, signal)
    const back = { id: 'run-7 back', rolledBack: true, taskHub: { name: 'shop100' }, previous: { name: 'shop101' } }
    await announceSwap(scene, back)
    assert.equal((await scene.status()).announced?.build, '101')
    assert.match((await told(scene))[0]?.says ?? '', /were swapped back/)
  })

  it('of a swap that was rolled back is entered, although the slots stand as they did', async () => {
    const scene = new Scene()
    await announce(scene)
    await scene.clock.sleep(1000, signal)
    await announceSwap(scene)
    await scene.clock.sleep(1000, signal)
    const rolledBack = { id: 'run-8 rolled back', rolledBack: true }
    await announceSwap(scene, rolledBack)
    await announceSwap(scene, rolledBack)
    assert.deepEqual(
      (await told(scene)).map(({ what }) => what),
      ['swapAnnounced', 'swapAnnounced', 'stagingAnnounced'],
    )
  })

  it('is answered although Azure takes long to say what the slots run', async () => {
    const scene = new Scene()
    scene.lateWithin = (ms) => ms === 3000
    const reply = await announce(scene)
    assert.deepEqual([reply.isLive, reply.says], [null, "Whether slot 'staging' runs it could not be read in time."])
    assert.equal((await told(scene)).length, 1)
  })

  it('of an app that is not watched is nobody’s business', async () => {
    const service = new Scene().service()
    assert.deepEqual(await service.announceSwap('other', swap, signal), { kind: 'notWatched' })
    const place = { app: 'other', slot: 'staging' }
    assert.deepEqual(await service.announceStaging(place, staging, signal), { kind: 'notWatched' })
    assert.deepEqual(await service.history('other', { top: 1 }, signal), { kind: 'notWatched' })
  })
})
