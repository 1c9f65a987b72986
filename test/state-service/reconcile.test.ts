import assert from 'node:assert/strict'
import { AzureFailure } from '../../core/failures.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import { Scene, run, signal } from './scene.ts'

const minute = 60_000
const told = async (scene: Scene) => {
  const history = await scene.service().history('shop', { top: 50 }, signal)
  assert.ok('entries' in history)
  return history.entries.map(({ what, slot, says }) => `${what} ${slot ?? ''}: ${says}`)
}
const reconcileAfter = async (scene: Scene, ms = 5 * minute) => {
  await scene.clock.sleep(ms, signal)
  await scene.service().reconcile(signal)
}

describe('reconciliation', () => {
  it('finds a hub that nobody announced', async () => {
    const scene = new Scene()
    await reconcileAfter(scene)
    scene.app = scene.app.slot('staging', { hub: 'shop101' })
    await reconcileAfter(scene)
    assert.deepEqual(await told(scene), [
      "hubChanged staging: Slot 'staging' has task hub 'shop101', and had 'shop99'. Nobody announced it.",
    ])
  })

  it('says nothing of a hub that was announced', async () => {
    const scene = new Scene()
    await reconcileAfter(scene)
    const announcement = { taskHub: { name: 'shop101' }, build: '101', by: run }
    await scene.service().announceStaging({ app: 'shop', slot: 'staging' }, announcement, signal)
    scene.app = scene.app.slot('staging', { hub: 'shop101' })
    await reconcileAfter(scene)
    assert.deepEqual(await told(scene), [
      "stagingAnnounced staging: Task hub 'shop101' was announced for slot 'staging', build '101'.",
    ])
  })

  it('looks at no hub that nobody asks about', async () => {
    const scene = new Scene()
    await reconcileAfter(scene)
    assert.equal(scene.looks, 0)
  })

  it('keeps a hub proven that somebody asked about, and says when it turned', async () => {
    const scene = new Scene()
    scene.workerAlive()
    scene.hubs.put('shop99' as HubName, { verdict: 'busy' })
    await scene.status()
    await reconcileAfter(scene)
    scene.hubs.put('shop99' as HubName, { verdict: 'idle' })
    await reconcileAfter(scene)
    assert.deepEqual(
      (await told(scene)).map((entry) => entry.slice(0, 60)),
      [
        "verdictChanged staging: Task hub 'shop99' is idle: nothing r",
        "verdictChanged staging: Task hub 'shop99' is busy: 2 running",
      ],
    )
    scene.looks = 0
    assert.equal((await scene.status({ maxProofAgeMs: 10 * minute })).grounds, 'keptProof')
    assert.equal(scene.looks, 0)
  })

  it('leaves a hub alone that nobody has asked about for an hour', async () => {
    const scene = new Scene()
    scene.workerAlive()
    await scene.status()
    scene.looks = 0
    await reconcileAfter(scene, 61 * minute)
    assert.equal(scene.looks, 0)
  })

  it('tells in the log which app could not be looked at', async () => {
    const scene = new Scene()
    scene.armFails = new AzureFailure('No answer came.', { operation: 'x', kind: 'network' })
    await reconcileAfter(scene)
    assert.deepEqual(scene.log.warnings, ["Function app 'shop' could not be looked at. No answer came."])
  })

  it('begins with the app that was looked at longest ago', async () => {
    const scene = new Scene()
    scene.watched = ['shop']
    await reconcileAfter(scene)
    scene.watched = ['shop', 'stock']
    scene.armFails = new AzureFailure('No answer came.', { operation: 'x', kind: 'network' })
    await reconcileAfter(scene)
    assert.deepEqual(
      scene.log.warnings.map((warning) => /'(\w+)'/.exec(warning)?.[1]),
      ['stock', 'shop'],
    )
  })

  it('forgets a hub that no slot runs, once nothing was heard of it for a month, and its proofs with it', async () => {
    const scene = new Scene()
    const day = 24 * 60 * minute
    await scene.status()
    await scene.service().takeEvents([scene.event('a', 'Completed', 'shop99')], signal)
    await scene.service().takeEvents([scene.event('a', 'Completed', 'shop100')], signal)
    scene.app = scene.app.slot('staging', { hub: 'shop101' })
    await reconcileAfter(scene, 29 * day)
    assert.deepEqual((await scene.documents.keys('hints', signal)).toSorted(), ['shop100', 'shop99'])

    const readable = scene.app
    scene.app = scene.app.slot('staging', { unreadable: 'denied' })
    await reconcileAfter(scene, 2 * day)
    assert.deepEqual((await scene.documents.keys('hints', signal)).toSorted(), ['shop100', 'shop99'])

    scene.app = readable
    await reconcileAfter(scene, day)
    assert.deepEqual(await scene.documents.keys('hints', signal), ['shop100'])
    assert.deepEqual(await scene.documents.keys('proof', signal), [])
  })

  it('is what health speaks of', async () => {
    const scene = new Scene()
    const before = await scene.service().health(signal)
    assert.equal(before.status, 'degraded')
    assert.match(before.checks.map(({ says }) => says).join(' '), /Not looked at in the last 20 minutes: 'shop'/)
    await reconcileAfter(scene)
    assert.equal((await scene.service().health(signal)).status, 'ok')
    const denied = new AzureFailure('Could not read it: it is denied.', { operation: 'x', kind: 'denied' })
    Object.defineProperty(scene, 'mark', { configurable: true, get: () => assert.fail(denied) })
    await reconcileAfter(scene)
    const { status, checks } = await scene.service().health(signal)
    assert.equal(status, 'degraded')
    assert.match(
      checks.map(({ says }) => says).join(' '),
      /Not to be read: slot 'production' of 'shop': .* it is denied/,
    )
    await scene.clock.sleep(21 * minute, signal)
    assert.equal((await scene.service().health(signal)).status, 'degraded')
  })
})
