import assert from 'node:assert/strict'
import { systemClock } from '../../../../core/azure/clock.ts'
import { openTaskHubs } from '../../../../core/azure/storage/task-hubs.ts'
import { AzureFailure, Cancelled } from '../../../../core/failures.ts'
import type { TrackingTables } from '../../../../core/function-app/slot-hub.ts'
import { referenceFromConnectionString } from '../../../../core/function-app/storage-reference.ts'
import type { HubName } from '../../../../core/task-hub/name.ts'
import type { InstancesSeen, InstancesWanted } from '../../../../core/task-hub/ports.ts'
import { fillHub, type FilledHub, type FillOptions } from '../../../../emulator/durable/fill.ts'
import { startAzurite, type Azurite } from '../../../support/azurite.ts'

const signal = new AbortController().signal
const anyOf = { state: 'any', most: 1000, withinMs: 20_000 } as const
const minutesAgo = (minutes: number) => new Date(Date.now() - 60_000 * minutes)

describe('the instances of a hub in Azurite', function () {
  this.timeout(20_000)
  let azurite: Azurite
  before(async () => {
    azurite = await startAzurite()
  })
  after(() => azurite.stop())

  let made = 0
  const open = (tracking?: { prefix: string }, clock = systemClock) => {
    const reference = referenceFromConnectionString(azurite.connectionString)
    assert.ok(reference.kind === 'connectionString')
    const access = { transport: { userAgent: 'test', proxyFor: () => undefined }, clock, onSecret: () => {} }
    const store: TrackingTables | undefined = tracking && { reference, ...tracking }
    return openTaskHubs(reference, access, store)
  }
  const fill = async (options: FillOptions = {}): Promise<FilledHub & { hub: HubName }> => {
    const hub = `Begun${++made}` as HubName
    return { ...(await fillHub(azurite.connectionString, hub, options)), hub }
  }
  const read = (hub: HubName, wanted: Partial<InstancesWanted> = {}): Promise<InstancesSeen> =>
    open().instances(hub, { ...anyOf, ...wanted }, signal)
  const names = ({ instances }: InstancesSeen) => instances.map(({ name }) => name).sort()

  it('are none where the hub was never provisioned, and nothing is created', async () => {
    const { instances, areAll } = await read('NeverBegun' as HubName)

    assert.deepEqual({ instances, areAll }, { instances: [], areAll: true })
    assert.deepEqual((await open().parts('NeverBegun' as HubName, signal)).parts, [])
  })

  it('come with their name, status and times, and without entities', async () => {
    const seed = await fill()
    const [createdTime, lastUpdatedTime] = [minutesAgo(5), minutesAgo(3)]
    await seed.failed({ name: 'Order', createdTime, lastUpdatedTime })
    await seed.running({ name: 'Pay', createdTime })
    await seed.entity('counter', 'total')

    const { instances, at } = await read(seed.hub)

    assert.deepEqual(
      instances.toSorted((left, right) => left.name.localeCompare(right.name)),
      [
        { name: 'Order', status: 'Failed', beganAt: createdTime, endedAt: lastUpdatedTime },
        { name: 'Pay', status: 'Running', beganAt: createdTime },
      ],
    )
    assert.ok(Math.abs(at.getTime() - Date.now()) < 60_000)
  })

  it('tell a sub-orchestration by the ids that it has by default', async () => {
    const seed = await fill()
    const execution = '0123456789abcdef0123456789abcdef'
    const [isolated, start] = ['0a1b2c3d4e5f5a7b8c9d0e1f2a3b4c5d', '0a1b2c3d4e5f4a7b8c9d0e1f2a3b4c5d']
    await seed.running({ name: 'Child', instanceId: `${execution}:12` })
    await seed.running({ name: 'Isolated', instanceId: isolated })
    await seed.running({ name: 'Start', instanceId: start })

    const { instances } = await read(seed.hub)

    assert.deepEqual(
      instances
        .filter((each) => each.isSubOrchestration === true)
        .map(({ name }) => name)
        .sort(),
      ['Child', 'Isolated'],
    )
  })

  it('take the last update for the end where CompletedTime is missing, and a due time for the begin', async () => {
    const seed = await fill()
    const [createdTime, due, lastUpdatedTime] = [minutesAgo(9), minutesAgo(4), minutesAgo(3)]
    const columns = { CompletedTime: undefined, ScheduledStartTime: due }
    await seed.completed(1, { createdTime, lastUpdatedTime, columns })

    const [instance] = (await read(seed.hub)).instances

    assert.deepEqual(
      { beganAt: instance?.beganAt, endedAt: instance?.endedAt },
      { beganAt: due, endedAt: lastUpdatedTime },
    )
  })

  it('are those that ended, or those that did not, whichever is asked', async () => {
    const seed = await fill()
    await seed.completed(1, { name: 'Completed' })
    await seed.failed({ name: 'Failed' })
    await seed.terminated({ name: 'Terminated' })
    await seed.canceled({ name: 'Canceled' })
    await seed.running({ name: 'Running' })
    await seed.pending({ name: 'Pending' })
    await seed.suspended({ name: 'Suspended' })
    await seed.withoutStatus({ name: 'Without' })

    assert.deepEqual(names(await read(seed.hub, { state: 'ended' })), ['Canceled', 'Completed', 'Failed', 'Terminated'])
    assert.deepEqual(names(await read(seed.hub, { state: 'unfinished' })), [
      'Pending',
      'Running',
      'Suspended',
      'Without',
    ])
  })

  it('are those of a span of time, its end not included', async () => {
    const seed = await fill()
    const [early, late] = [minutesAgo(20), minutesAgo(10)]
    await seed.completed(1, { name: 'Early', createdTime: early })
    await seed.completed(1, { name: 'Late', createdTime: late })

    assert.deepEqual(names(await read(seed.hub, { from: early, before: late })), ['Early'])
    assert.deepEqual(names(await read(seed.hub, { state: 'ended', from: late })), ['Late'])
  })

  it('are those of the wanted names, however many and whatever is in them', async () => {
    const seed = await fill()
    const all = ["It's", 'B', 'C', 'D', 'E', 'F', 'G', 'H']
    for (const name of all) await seed.completed(1, { name })

    assert.deepEqual(names(await read(seed.hub, { names: ["It's", 'C'] })), ['C', "It's"])
    assert.deepEqual(names(await read(seed.hub, { names: all.slice(0, 7) })), all.slice(0, 7).sort())
    assert.deepEqual(names(await read(seed.hub, { names: [] })), [])
  })

  it('are no more than are to be read', async () => {
    const seed = await fill()
    await seed.completed(5)

    const some = await read(seed.hub, { most: 3 })
    assert.deepEqual([some.instances.length, some.areAll], [3, false])
    const exactly = await read(seed.hub, { most: 5 })
    assert.deepEqual([exactly.instances.length, exactly.areAll], [5, true])
  })

  it('leave out a name that no function can have', async () => {
    const seed = await fill()
    await seed.completed(1, { name: 'x'.repeat(301) })

    assert.deepEqual((await read(seed.hub)).instances, [])
  })

  it("are the hub's own alone in a tracking store that hubs share", async () => {
    const trackingStorePrefix = 'BegunShared'
    const seed = await fill({ trackingStorePrefix })
    await seed.completed(2)
    await (await fill({ trackingStorePrefix })).completed(1)
    await (await fill({ trackingStorePrefix, taskHubName: false })).completed(1)

    const { instances } = await open({ prefix: trackingStorePrefix }).instances(seed.hub, anyOf, signal)

    assert.equal(instances.length, 2)
  })

  it('cannot be read within no time, which is said as such', async () => {
    const seed = await fill()
    await seed.completed(1)
    const atOnce = { ...systemClock, sleep: () => Promise.resolve() }

    await assert.rejects(
      open(undefined, atOnce).instances(seed.hub, { ...anyOf, withinMs: 30_000 }, signal),
      (error) => error instanceof AzureFailure && error.kind === 'timeout' && /within 30 s\.$/.test(error.message),
    )
  })

  it('are no longer read once the run is cancelled', async () => {
    const seed = await fill()
    const abort = new AbortController()
    const reading = open().instances(seed.hub, anyOf, abort.signal)
    abort.abort()

    await assert.rejects(reading, Cancelled)
    await assert.rejects(open().instances(seed.hub, anyOf, abort.signal), Cancelled)
  })
})
