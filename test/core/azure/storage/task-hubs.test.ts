import assert from 'node:assert/strict'
import { systemClock } from '../../../../core/azure/clock.ts'
import { openTaskHubs } from '../../../../core/azure/storage/task-hubs.ts'
import type { TrackingTables } from '../../../../core/function-app/slot-hub.ts'
import { referenceFromConnectionString } from '../../../../core/function-app/storage-reference.ts'
import type { Evidence } from '../../../../core/task-hub/idle-proof/evidence.ts'
import { type IdlePolicy, strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import type { HubName } from '../../../../core/task-hub/name.ts'
import { fillHub, type FilledHub, type FillOptions } from '../../../../emulator/durable/fill.ts'
import { startAzurite, type Azurite } from '../../../support/azurite.ts'

const signal = new AbortController().signal

describe('task hubs in Azurite', () => {
  let azurite: Azurite
  before(async function () {
    this.timeout(20_000)
    azurite = await startAzurite()
  })
  after(() => azurite.stop())

  const open = (tracking?: { prefix: string }) => {
    const reference = referenceFromConnectionString(azurite.connectionString)
    assert.ok(reference.kind === 'connectionString')
    const access = {
      transport: { userAgent: 'test', proxyFor: () => undefined },
      clock: systemClock,
      onSecret: () => {},
    }
    const trackingStore: TrackingTables | undefined = tracking && { reference, ...tracking }
    return openTaskHubs(reference, access, trackingStore)
  }
  let made = 0
  const fill = async (options: FillOptions = {}): Promise<FilledHub & { hub: HubName }> => {
    const hub = `Hub${++made}` as HubName
    return { ...(await fillHub(azurite.connectionString, hub, options)), hub }
  }
  const look = (hub: HubName, policy: Partial<IdlePolicy> = {}): Promise<Evidence> =>
    open().look(hub, { ...strictPolicy, ...policy }, signal)
  const inAnHour = () => new Date(Date.now() + 3_600_000)

  describe('a look', () => {
    it('finds a hub that was never provisioned idle, and says so', async () => {
      const evidence = await look('NeverThere' as HubName)
      assert.equal(evidence.verdict, 'idle')
      assert.equal(evidence.provisioned, false)
    })

    it('finds a hub whose instances have all ended idle', async () => {
      const seed = await fill()
      await seed.completed(3)
      await seed.failed()
      await seed.terminated()
      await seed.canceled()
      const evidence = await look(seed.hub)
      assert.equal(evidence.verdict, 'idle', evidence.because)
      assert.equal(evidence.provisioned, true)
    })

    const busy: readonly [string, (seed: FilledHub) => Promise<unknown>, RegExp][] = [
      ['a running orchestration', (seed) => seed.running(), /1 running/],
      ['a suspended orchestration', (seed) => seed.suspended(), /1 suspended/],
      ['a row without status', (seed) => seed.withoutStatus(), /missing/],
      ['an orchestration that continued as new', (seed) => seed.continuedAsNew(), /1 running/],
      ['a pending start', (seed) => seed.pending(), /1 pending, 1 message/],
      ['a pending row whose message is lost', (seed) => seed.pending({ message: false }), /1 pending/],
      ['a scheduled start', (seed) => seed.scheduledStart(inAnHour()), /1 pending/],
      ['a message without a row', (seed) => seed.controlMessage(), /1 message in control queues/],
      ['a hidden message', (seed) => seed.controlMessage({ invisibleSeconds: 600 }), /due later/],
      ['a queued activity', (seed) => seed.queuedActivity(), /1 activity/],
      ['an entity with operations waiting', (seed) => seed.entity('counter', 'a', { queueSize: 2 }), /1 busy entity/],
      ['a locked entity', (seed) => seed.entity('counter', 'a', { lockedBy: 'x' }), /1 busy entity/],
    ]
    for (const [what, act, because] of busy) {
      it(`finds a hub with ${what} busy`, async () => {
        const seed = await fill()
        await act(seed)
        const evidence = await look(seed.hub)
        assert.equal(evidence.verdict, 'busy', evidence.because)
        assert.match(evidence.because, because)
      })
    }

    it('lets a row pass that History proves ended, and reports it', async () => {
      const seed = await fill()
      await seed.finishedButRunning()
      const evidence = await look(seed.hub)
      assert.equal(evidence.verdict, 'idle', evidence.because)
      assert.equal(evidence.counts.finishedButNotMarked, 1)
      assert.equal(evidence.warnings.length, 1)
    })

    it('lets the timer pass that an ended instance left behind', async () => {
      const seed = await fill()
      await seed.cancelledTimer(inAnHour())
      const evidence = await look(seed.hub)
      assert.equal(evidence.verdict, 'idle', evidence.because)
      assert.equal(evidence.counts.leftoverTimers, 1)
      assert.equal(evidence.counts.queuedMessages, 1)
    })

    it('does not let one leftover timer explain two hidden messages of a queue', async () => {
      const seed = await fill({ partitionCount: 1 })
      await seed.cancelledTimer(inAnHour())
      await seed.controlMessage({ invisibleSeconds: 600 })
      const evidence = await look(seed.hub)
      assert.equal(evidence.verdict, 'busy')
      assert.match(evidence.because, /^1 message in control queues/)
      assert.equal((await look(seed.hub, { acceptInvisibleMessages: true })).verdict, 'idle')
    })

    it('never accepts a message of the work-item queue', async () => {
      const seed = await fill()
      await seed.queuedActivity({ invisibleSeconds: 600 })
      assert.equal((await look(seed.hub, { acceptInvisibleMessages: true })).verdict, 'busy')
    })

    it('finds a hub with an idle entity idle and warns that its state stays behind', async () => {
      const seed = await fill()
      await seed.entity('counter', 'total')
      const evidence = await look(seed.hub)
      assert.equal(evidence.verdict, 'idle', evidence.because)
      assert.match(evidence.warnings.join(), /stays behind/)
      assert.equal((await look(seed.hub, { entityPolicy: 'block' })).verdict, 'busy')
    })

    it('counts every page of a large hub', async () => {
      const seed = await fill()
      const ids = Array.from({ length: 1100 }, (_, index) => `entity${index}`)
      for (let at = 0; at < ids.length; at += 50) {
        await Promise.all(ids.slice(at, at + 50).map((id) => seed.entity('counter', id)))
      }
      assert.equal((await look(seed.hub)).counts.idleEntities, 1100)
    }).timeout(60_000)

    it('judges a hub with queues but no Instances table unknown', async () => {
      const seed = await fill()
      await seed.storage.tables.deleteTable(seed.names.instances)
      const evidence = await look(seed.hub)
      assert.equal(evidence.verdict, 'unknown')
      assert.match(evidence.because, /tracking store/)
    })

    it('creates nothing', async () => {
      await look('Ghost' as HubName)
      await open().liveLeases('Ghost' as HubName, signal)
      await open().lastActivity('Ghost' as HubName, signal)
      const parts = await open().parts('Ghost' as HubName, signal)
      assert.deepEqual(parts, { parts: [], holdsData: false })
    })
  })

  describe('in a shared tracking store', () => {
    it('counts only rows of the hub', async () => {
      const one = await fill({ trackingStorePrefix: 'SharedA' })
      const two = await fill({ trackingStorePrefix: 'SharedA' })
      await one.running()
      await two.completed(1)
      const hubs = open({ prefix: 'SharedA' })
      assert.equal((await hubs.look(one.hub, strictPolicy, signal)).verdict, 'busy')
      assert.equal((await hubs.look(two.hub, strictPolicy, signal)).verdict, 'idle')
    })

    it('judges the hub unknown while an unfinished row names no hub, and refuses to take it apart', async () => {
      const seed = await fill({ trackingStorePrefix: 'SharedB', taskHubName: false })
      await seed.running()
      const hubs = open({ prefix: 'SharedB' })
      assert.equal((await hubs.look(seed.hub, strictPolicy, signal)).verdict, 'unknown')
      assert.match((await hubs.parts(seed.hub, signal)).obstacle ?? '', /TaskHubName/)
    })

    it('deletes the rows of the hub and leaves those of others', async () => {
      const one = await fill({ trackingStorePrefix: 'SharedC' })
      const two = await fill({ trackingStorePrefix: 'SharedC' })
      await one.completed(2)
      await two.completed(1)
      const hubs = open({ prefix: 'SharedC' })
      for (const part of (await hubs.parts(one.hub, signal)).parts) {
        assert.equal(await hubs.deletePart(one.hub, part, signal), 'deleted', JSON.stringify(part))
      }
      assert.deepEqual((await hubs.parts(one.hub, signal)).parts, [])
      const left = (await hubs.parts(two.hub, signal)).parts
      assert.equal(left.filter(({ kind }) => kind === 'rows').length, 2)
    })
  })

  describe('parts', () => {
    it('are exactly those of the hub, in the order of deletion', async () => {
      const short = 'app' as HubName
      await fillHub(azurite.connectionString, 'App2')
      await fillHub(azurite.connectionString, 'App', { partitionCount: 1 })
      const { parts, holdsData } = await open().parts(short, signal)
      assert.deepEqual(
        parts.map((part) => (part.kind === 'rows' ? part.table : part.name)),
        [
          'app-control-00',
          'app-workitems',
          'AppPartitions',
          'AppInstances',
          'AppHistory',
          'app-leases',
          'app-applease',
        ],
      )
      assert.equal(holdsData, false)
      for (const part of parts) {
        assert.equal(await open().deletePart(short, part, signal), 'deleted')
        assert.equal(await open().deletePart(short, part, signal), 'absent')
      }
      assert.deepEqual((await open().parts(short, signal)).parts, [])
      assert.equal((await open().parts('App2' as HubName, signal)).parts.length, 10)
    })

    it('of another hub are never deleted', async () => {
      await assert.rejects(
        open().deletePart('app' as HubName, { kind: 'queue', name: 'app2-control-00' }, signal),
        /no part of hub 'app'/,
      )
    })

    it('hold data where an instance, a message or a payload is there', async () => {
      const [row, message, payload] = [await fill(), await fill(), await fill()]
      await row.completed(1)
      await message.queuedActivity()
      await payload.largeMessage()
      for (const { hub } of [row, message, payload]) assert.equal((await open().parts(hub, signal)).holdsData, true)
    })
  })

  describe('leases', () => {
    it('of a partition row live until it expires', async () => {
      const seed = await fill()
      await seed.expiredPartition(0)
      assert.deepEqual(await open().liveLeases(seed.hub, signal), [])
      await seed.livePartition(2)
      const [lease] = await open().liveLeases(seed.hub, signal)
      assert.match(lease?.on ?? '', /control-02/)
      assert.ok(lease?.until && lease.until > new Date())
    })

    it('of a partition that was released on a graceful stop does not live', async () => {
      const seed = await fill()
      await seed.releasedPartition(1)
      assert.deepEqual(await open().liveLeases(seed.hub, signal), [])
    })

    it('of blobs and of the app are found', async () => {
      const seed = await fill()
      const held = [await seed.blobLease('ownership', 0), await seed.appLease()]
      const leases = await open().liveLeases(seed.hub, signal)
      assert.equal(leases.length, 2)
      for (const lease of held) await lease.release()
      assert.deepEqual(await open().liveLeases(seed.hub, signal), [])
    })
  })

  describe('last activity', () => {
    it('is when the newest thing happened, never when a row was written', async () => {
      const seed = await fill()
      const created = await open().lastActivity(seed.hub, signal)
      assert.ok(created)
      await seed.livePartition(0)
      const renewed = await open().lastActivity(seed.hub, signal)
      assert.ok(renewed && renewed >= created)
    })

    it('of a hub that is not there is not known', async () => {
      assert.equal(await open().lastActivity('Nowhere' as HubName, signal), undefined)
    })
  })
})
