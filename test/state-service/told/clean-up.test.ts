import assert from 'node:assert/strict'
import { AzureFailure } from '../../../core/failures.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import { Scene, run, signal } from '../scene.ts'

const cleanUp = async (scene: Scene, taskHub: { name: string; account?: string } = { name: 'shop98' }) =>
  await scene.service().cleanUp('shop', { taskHub, by: run }, signal)

const because = (reply: object) => ('because' in reply ? reply.because : 'no conflict')

describe('a cleanup that is told', () => {
  it('is entered once the hub is seen to be gone', async () => {
    const scene = new Scene()
    const reply = await cleanUp(scene)
    assert.deepEqual(reply, { noted: true, isLive: true, says: "No part of task hub 'shop98' is left." })
    const history = await scene.service().history('shop', { top: 5 }, signal)
    assert.ok('entries' in history)
    assert.deepEqual(
      history.entries.map(({ what, says }) => [what, says]),
      [['cleanedUp', "Task hub 'shop98' was deleted."]],
    )
  })

  it('is entered once, however often it is told', async () => {
    const scene = new Scene()
    await cleanUp(scene)
    await scene.clock.sleep(1000, signal)
    await cleanUp(scene)
    const history = await scene.service().history('shop', { top: 5 }, signal)
    assert.ok('entries' in history)
    assert.equal(history.entries.length, 1)
  })

  it('is refused while a part of the hub is left, and deletes nothing', async () => {
    const scene = new Scene()
    scene.hubs.put('shop98' as HubName, {})
    assert.equal(because(await cleanUp(scene)), "5 parts of it are left in storage account 'shopdata'")
    assert.ok(scene.hubs.has('shop98' as HubName))
  })

  it('is refused for a hub that a slot uses', async () => {
    assert.equal(because(await cleanUp(new Scene(), { name: 'SHOP99' })), "slot 'staging' uses task hub 'SHOP99'")
  })

  it('is refused where a slot cannot be read, which may use it', async () => {
    const scene = new Scene()
    scene.app = scene.app.slot('staging', { unreadable: 'denied' })
    assert.match(because(await cleanUp(scene)) as string, /slot 'staging' uses/)
  })

  it('is refused where no slot shows the account', async () => {
    const reply = await cleanUp(new Scene(), { name: 'shop98', account: 'elsewhere' })
    assert.match(because(reply) as string, /no slot of the app shows the storage account/)
  })

  it('is refused where Azure does not answer', async () => {
    const scene = new Scene()
    scene.armFails = new AzureFailure('No answer came.', { operation: 'x', kind: 'network' })
    assert.match(because(await cleanUp(scene)) as string, /could not be read\. No answer came\./)
  })

  it('forgets the proof, and leaves what was heard so that no older proof is good again', async () => {
    const scene = new Scene()
    await scene.status()
    assert.equal((await scene.documents.keys('proof', signal)).length, 1)
    scene.app = scene.app.slot('staging', { hub: 'shop101' })
    scene.hubs.put('shop99' as HubName, { parts: [] } as object)
    assert.ok('noted' in (await cleanUp(scene, { name: 'shop99' })))
    assert.deepEqual(await scene.documents.keys('proof', signal), [])
    assert.deepEqual(await scene.documents.keys('hints', signal), ['shop99'])
  })
})
