import assert from 'node:assert/strict'
import { AzureFailure } from '../../../core/failures.ts'
import { strictPolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import type { HubName } from '../../../core/task-hub/name.ts'
import { Scene, run, signal } from '../scene.ts'

const shop99 = 'shop99' as HubName
const gone = new AzureFailure('Could not read it: no answer came.', { operation: 'read it', kind: 'network' })

describe('the status of a slot', () => {
  it('is idle after two looks, a quiet period apart', async () => {
    const scene = new Scene()
    const reply = await scene.status()
    assert.equal(reply.verdict, 'idle')
    assert.equal(reply.grounds, 'proof')
    assert.deepEqual(reply.taskHub, { account: 'shopdata', name: 'shop99' })
    assert.equal(scene.looks, 2)
    assert.deepEqual(scene.clock.slept, [5000])
    assert.equal(reply.lastProof?.ageInSeconds, 0)
  })

  it('is busy after one look, and says with what', async () => {
    const scene = new Scene()
    scene.hubs.put(shop99, { verdict: 'busy' })
    const reply = await scene.status()
    assert.deepEqual([reply.verdict, reply.grounds, reply.lastProof], ['busy', 'look', null])
    assert.equal(reply.because, "Task hub 'shop99' is busy: 2 running.")
    assert.deepEqual(reply.inFlightByName, { Order: 2 })
    assert.equal(scene.looks, 1)
  })

  it('names app and slot as Azure spells them', async () => {
    const { app, slot } = await new Scene().status({ app: 'SHOP', slot: 'Staging' })
    assert.deepEqual([app, slot], ['shop', 'staging'])
  })

  it('is nobody else’s business', async () => {
    const question = { app: 'other', slot: 'staging', policy: strictPolicy, maxProofAgeMs: 0, waitMs: 0 }
    assert.deepEqual(await new Scene().service().status(question, signal), { kind: 'notWatched' })
  })

  describe('with a proof that was made before', () => {
    const proven = async () => {
      const scene = new Scene()
      await scene.status()
      scene.looks = 0
      await scene.clock.sleep(3_600_000, signal)
      return scene
    }

    it('is idle without a look for as long as no worker came', async () => {
      const scene = await proven()
      const reply = await scene.status()
      assert.deepEqual([reply.verdict, reply.grounds, reply.keptBecause], ['idle', 'keptProof', 'noWorkerSince'])
      assert.equal(scene.looks, 0)
      assert.equal(reply.lastProof?.ageInSeconds, 3605)
    })

    it('is proven again where a worker is alive, unless an old proof will do', async () => {
      const scene = await proven()
      scene.workerAlive()
      const old = await scene.status({ maxProofAgeMs: 7_200_000 })
      assert.deepEqual([old.grounds, scene.looks], ['keptProof', 0])
      assert.equal(old.keptBecause, 'young')
      assert.equal((await scene.status()).grounds, 'proof')
    })

    it('is proven again after any event of the hub, an end too', async () => {
      const scene = await proven()
      await scene.service().takeEvents([scene.event('a', 'Completed')], signal)
      assert.equal((await scene.status()).grounds, 'proof')
      assert.equal((await scene.status()).grounds, 'keptProof')
    })

    it('stays idle after an event of another hub', async () => {
      const scene = await proven()
      await scene.service().takeEvents([scene.event('a', 'Running', 'shop100')], signal)
      assert.equal((await scene.status()).grounds, 'keptProof')
    })

    it('is looked at again where a message is there', async () => {
      const scene = await proven()
      scene.mark = { ...scene.mark, queues: [{ name: 'hub-control-00', messages: 1, visible: 1 }] }
      assert.equal((await scene.status()).grounds, 'look')
    })

    it('is proven again for whoever judges otherwise, and both proofs are kept', async () => {
      const scene = await proven()
      const policy = { ...strictPolicy, entityPolicy: 'block' as const }
      assert.equal((await scene.status({ policy })).grounds, 'proof')
      assert.equal((await scene.status()).grounds, 'keptProof')
      assert.equal((await scene.status({ policy })).grounds, 'keptProof')
    })

    it('stays idle, and is idle at once, after events of what is ignored on purpose', async () => {
      const policy = { ...strictPolicy, ignoreInstances: [{ field: 'name' as const, pattern: 'Order' }] }
      const scene = new Scene()
      await scene.status({ policy })
      await scene.service().takeEvents([scene.event('eternal', 'Completed'), scene.event('eternal', 'Running')], signal)
      assert.equal((await scene.status({ policy })).grounds, 'keptProof')
      assert.equal((await scene.status()).grounds, 'event')
    })

    it('is idle where what is ignored tells of itself while it is being proven', async () => {
      const policy = { ...strictPolicy, ignoreInstances: [{ field: 'id' as const, pattern: 'eternal*' }] }
      const scene = new Scene()
      const service = scene.service()
      const told: Promise<void>[] = []
      scene.onLook = () => void told.push(service.takeEvents([scene.event('eternal-1', 'Running')], signal))
      assert.equal((await scene.status({ policy }, service)).verdict, 'idle')
      await Promise.all(told)
    })

    it('is proven again when the slot has got another hub', async () => {
      const scene = await proven()
      scene.app = scene.app.slot('staging', { hub: 'shop101' })
      scene.hubs.put('shop101' as HubName, { verdict: 'busy' })
      const reply = await scene.status()
      assert.deepEqual([reply.verdict, reply.taskHub?.name], ['busy', 'shop101'])
    })

    it('is proven again where the proof cannot be read', async () => {
      const scene = await proven()
      const [key = ''] = await scene.documents.keys('proof', signal)
      const stored = await scene.documents.read('proof', key, signal)
      const text = (stored?.text ?? '').replace('"live":false', '"live":"no"')
      assert.equal(await scene.documents.write({ kind: 'proof', key, text }, stored?.etag, signal), 'written')
      assert.equal((await scene.status()).grounds, 'proof')
    })
  })

  describe('after an event', () => {
    it('is busy at once, without a look', async () => {
      const scene = new Scene()
      await scene.service().takeEvents([scene.event('order-7', 'Running')], signal)
      const reply = await scene.status()
      assert.deepEqual([reply.verdict, reply.grounds, scene.looks], ['busy', 'event', 0])
      assert.match(reply.because, /'Order' runs \(instance 'order-7'\)/)
      assert.equal(reply.atLeast, true)
    })

    it('is what the hub shows once the event is half a minute old', async () => {
      const scene = new Scene()
      await scene.service().takeEvents([scene.event('order-7', 'Running')], signal)
      await scene.clock.sleep(30_000, signal)
      assert.equal((await scene.status()).verdict, 'idle')
    })

    it('is what the hub shows once the end was told', async () => {
      const scene = new Scene()
      const events = [scene.event('order-7', 'Running'), scene.event('order-7', 'Failed')]
      await scene.service().takeEvents(events, signal)
      assert.equal((await scene.status()).grounds, 'proof')
    })

    it('is not idle where events came in while it was being proven', async () => {
      const scene = new Scene()
      const service = scene.service()
      let told: Promise<void> | undefined
      scene.onLook = () => {
        told ??= service.takeEvents([scene.event('order-7', 'Completed')], signal)
      }
      const reply = await scene.status({}, service)
      await told
      assert.deepEqual([reply.verdict, reply.lastProof], ['busy', null])
      assert.match(reply.because, /came in while it was being proven/)
    })
  })

  describe('is unknown', () => {
    const cases: readonly [string, (scene: Scene) => void, RegExp][] = [
      ['where Azure does not answer', (scene) => (scene.armFails = gone), /no answer came/],
      ['of a slot that is not there', (scene) => (scene.app = scene.app.without('staging')), /no slot 'staging'/],
      [
        'where the settings cannot be read',
        (scene) => (scene.app = scene.app.slot('staging', { unreadable: 'the identity may not' })),
        /cannot be read: the identity may not/,
      ],
      [
        'where the slot names no hub',
        (scene) => (scene.app = scene.app.slot('staging', { hub: undefined })),
        /no task hub in app setting 'TaskHubName'/,
      ],
      [
        'where the storage account is hidden',
        (scene) => {
          const AzureWebJobsStorage = '@Microsoft.KeyVault(VaultName=v;SecretName=s)'
          scene.app = scene.app.slot('staging', { settings: { AzureWebJobsStorage } })
        },
        /Key Vault/,
      ],
      ['where the hub cannot be judged', (scene) => scene.hubs.put(shop99, { verdict: 'unknown' }), /not proven idle/],
      [
        'where what is cheap to read cannot be read',
        (scene) =>
          Object.defineProperty(scene, 'mark', {
            get: () => {
              throw gone
            },
          }),
        /no answer came/,
      ],
      [
        'where a proof takes too long, which goes on',
        (scene) => (scene.lateWithin = (ms) => ms === 20_000),
        /under way since/,
      ],
      ['where Azure takes too long', (scene) => (scene.lateWithin = (ms) => ms > 20_000), /did not come in time/],
    ]
    for (const [what, change, because] of cases) {
      it(what, async () => {
        const scene = new Scene()
        change(scene)
        const reply = await scene.status()
        assert.deepEqual([reply.verdict, reply.grounds], ['unknown', 'none'])
        assert.match(reply.because, because)
      })
    }
  })

  for (const slot of ['constructor', '__proto__', 'tostring']) {
    it(`takes a slot called '${slot}' for a name like any other`, async () => {
      const scene = new Scene()
      assert.equal((await scene.status({ slot })).announced, null)
      scene.app = scene.app.slot(slot, { hub: 'shop98' })
      scene.hubs.put('shop98' as HubName, {})
      const announcement = { taskHub: { name: 'shop98' }, build: '98', by: run }
      await scene.service().announceStaging({ app: 'shop', slot }, announcement, signal)
      assert.equal((await scene.status({ slot })).announced?.isLive, true)
    })
  }

  it('does not remember slots that are not there', async () => {
    const scene = new Scene()
    await scene.status({ slot: 'made-up' })
    assert.deepEqual(await scene.documents.keys('app', signal), [])
  })

  it('tells what was announced for the slot, and whether it is so', async () => {
    const scene = new Scene()
    const announcement = { taskHub: { name: 'shop101' }, build: '101', by: run }
    await scene.service().announceStaging({ app: 'shop', slot: 'staging' }, announcement, signal)
    assert.equal((await scene.status()).announced?.isLive, false)
    scene.app = scene.app.slot('staging', { hub: 'SHOP101' })
    assert.deepEqual((await scene.status()).announced, {
      taskHub: { name: 'shop101' },
      build: '101',
      at: '2026-11-21T10:00:00.000Z',
      by: run,
      isLive: true,
    })
  })
})
