import assert from 'node:assert/strict'
import { event } from '../../../emulator/durable/events.ts'
import { fillHub } from '../../../emulator/durable/fill.ts'
import { readHistory } from '../../../emulator/durable/history.ts'
import { readInstance } from '../../../emulator/durable/instances.ts'
import { startAzurite } from '../../support/azurite.ts'
import type { Azurite } from '../../support/azurite.ts'

describe('a task hub filled for a test', () => {
  let azurite: Azurite
  before(async () => {
    azurite = await startAzurite()
  })
  after(() => azurite.stop())

  const rawHub = (hub: Awaited<ReturnType<typeof fillHub>>) => ({
    storage: hub.storage,
    names: hub.names,
    partitionCount: 4,
    encoding: 'base64' as const,
  })

  for (const partitionCount of [1, 4, 16]) {
    it(`has ${partitionCount} control queues and every other part but -largemessages`, async () => {
      const name = `Parts${partitionCount}`
      const hub = await fillHub(azurite.connectionString, name, { partitionCount })
      const prefix = name.toLowerCase()
      const queues = await names(hub.storage.queues.listQueues({ prefix: `${prefix}-` }))
      const control = Array.from(
        { length: partitionCount },
        (_, n) => `${prefix}-control-${String(n).padStart(2, '0')}`,
      )
      assert.deepEqual(queues, [...control, `${prefix}-workitems`])
      const containers = await names(hub.storage.blobs.listContainers({ prefix: `${prefix}-` }))
      assert.deepEqual(containers, [`${prefix}-applease`, `${prefix}-leases`])
      const tables = (await names(hub.storage.tables.listTables())).filter((table) => table.startsWith(name))
      assert.deepEqual(tables.sort(), [`${name}History`, `${name}Instances`, `${name}Partitions`])
      const info = await hub.storage.blobs
        .getContainerClient(`${prefix}-leases`)
        .getBlobClient('taskhub.json')
        .downloadToBuffer()
      const parsed = JSON.parse(info.toString()) as Record<string, unknown>
      assert.equal(parsed['TaskHubName'], name)
      assert.equal(parsed['PartitionCount'], partitionCount)
    })
  }

  it('that is not provisioned has no part at all', async () => {
    const hub = await fillHub(azurite.connectionString, 'Nothing', { parts: [] })
    assert.deepEqual(await names(hub.storage.queues.listQueues({ prefix: 'nothing' })), [])
  })

  it('holds rows of every state', async () => {
    const hub = await fillHub(azurite.connectionString, 'States')
    const raw = rawHub(hub)
    const status = async (id: string) => (await readInstance(raw, id))?.RuntimeStatus
    const [first = ''] = await hub.completed(2)
    assert.equal(await status(first), 'Completed')
    assert.equal(await status(await hub.failed()), 'Failed')
    assert.equal(await status(await hub.terminated()), 'Terminated')
    assert.equal(await status(await hub.canceled()), 'Canceled')
    assert.equal(await status(await hub.running()), 'Running')
    assert.equal(await status(await hub.suspended()), 'Suspended')
    assert.equal(await status(await hub.continuedAsNew()), 'ContinuedAsNew')
    assert.equal(await status(await hub.pending({ message: false })), 'Pending')
    assert.equal(await status(await hub.withoutStatus()), undefined)
  })

  it('proves by History that a row marked Running has ended', async () => {
    const hub = await fillHub(azurite.connectionString, 'Proof')
    const raw = rawHub(hub)
    const id = await hub.finishedButRunning({ instanceId: 'a/b#c' })
    const row = await readInstance(raw, id)
    const history = await readHistory(raw, id)
    assert.equal(row?.RuntimeStatus, 'Running')
    assert.equal(history.executionId, row.ExecutionId)
    assert.ok(history.events.some((each) => each.EventType === 'ExecutionCompleted'))
  })

  it('counts a cancelled timer although nobody can see its message', async () => {
    const hub = await fillHub(azurite.connectionString, 'Leftover', { partitionCount: 1 })
    await hub.cancelledTimer(new Date(Date.now() + 600_000))
    const queue = hub.storage.queue('leftover-control-00')
    assert.equal((await queue.getProperties()).approximateMessagesCount, 1)
    assert.equal((await queue.peekMessages()).peekedMessageItems.length, 0)
  })

  it('keeps a scheduled start invisible and its row Pending', async () => {
    const hub = await fillHub(azurite.connectionString, 'Scheduled', { partitionCount: 1 })
    const at = new Date(Date.now() + 600_000)
    const row = await readInstance(rawHub(hub), await hub.scheduledStart(at))
    assert.equal(row?.RuntimeStatus, 'Pending')
    assert.equal(row.ScheduledStartTime?.getTime(), at.getTime())
    assert.equal((await hub.storage.queue('scheduled-control-00').peekMessages()).peekedMessageItems.length, 0)
  })

  it('holds visible and invisible messages, activities and large ones', async () => {
    const hub = await fillHub(azurite.connectionString, 'Messages', { partitionCount: 1 })
    await hub.controlMessage({ instanceId: 'x', event: event('EventRaised', { Name: 'Go', Input: '1' }) })
    await hub.controlMessage({ invisibleSeconds: 600 })
    await hub.largeMessage()
    await hub.queuedActivity()
    const control = hub.storage.queue('messages-control-00')
    assert.equal((await control.getProperties()).approximateMessagesCount, 3)
    assert.equal((await control.peekMessages({ numberOfMessages: 32 })).peekedMessageItems.length, 2)
    assert.equal((await hub.storage.queue('messages-workitems').getProperties()).approximateMessagesCount, 1)
    assert.equal(await hub.storage.blobs.getContainerClient('messages-largemessages').exists(), true)
  })

  it('tells live, expired and released partitions apart', async () => {
    const hub = await fillHub(azurite.connectionString, 'Owners', { partitionCount: 4 })
    await hub.livePartition(0)
    await hub.expiredPartition(1)
    await hub.releasedPartition(2)
    const table = hub.storage.table('OwnersPartitions')
    const live = await table.getEntity('', 'owners-control-00')
    assert.ok(live['ExpiresAt'] instanceof Date && live['ExpiresAt'].getTime() > Date.now())
    const expired = await table.getEntity('', 'owners-control-01')
    assert.ok(expired['ExpiresAt'] instanceof Date && expired['ExpiresAt'].getTime() < Date.now())
    assert.equal((await table.getEntity('', 'owners-control-02'))['CurrentOwner'], undefined)
    assert.equal((await table.getEntity('', 'owners-control-03'))['ExpiresAt'], undefined)
  })

  it('holds real blob leases until they are released', async () => {
    const hub = await fillHub(azurite.connectionString, 'Leases')
    const held = await hub.blobLease('ownership', 0)
    const app = await hub.appLease('shop')
    const leases = hub.storage.blobs.getContainerClient('leases-leases')
    const blob = leases.getBlobClient('ownership/leases-control-00')
    const appLease = hub.storage.blobs.getContainerClient('leases-applease')
    assert.equal((await blob.getProperties()).leaseState, 'leased')
    assert.equal((await appLease.getProperties()).leaseState, 'leased')
    await held.release()
    await app.release()
    assert.equal((await blob.getProperties()).leaseState, 'available')
  })

  it('shares tracking tables with another hub, row by row or without a name', async () => {
    const prefix = 'SharedStore'
    const one = await fillHub(azurite.connectionString, 'First', { trackingStorePrefix: prefix })
    const two = await fillHub(azurite.connectionString, 'Second', { trackingStorePrefix: prefix, taskHubName: false })
    await one.running({ instanceId: 'one' })
    await two.running({ instanceId: 'two' })
    const table = one.storage.table('SharedStoreInstances')
    assert.equal((await table.getEntity('one', ''))['TaskHubName'], 'First')
    assert.equal((await table.getEntity('two', ''))['TaskHubName'], undefined)
  })

  it('tells busy entities by their custom status', async () => {
    const hub = await fillHub(azurite.connectionString, 'Entities')
    const idle = await hub.entity('Counter', 'a')
    const busy = await hub.entity('Counter', 'b', { queueSize: 2, lockedBy: 'x' })
    const raw = rawHub(hub)
    assert.equal(idle, '@counter@a')
    assert.equal((await readInstance(raw, idle))?.CustomStatus, '{"entityExists":true}')
    assert.equal((await readInstance(raw, busy))?.CustomStatus, '{"entityExists":true,"queueSize":2,"lockedBy":"x"}')
  })
})

async function names(list: AsyncIterable<{ name?: string }>): Promise<string[]> {
  const found: string[] = []
  for await (const { name } of list) found.push(name ?? '')
  return found
}
