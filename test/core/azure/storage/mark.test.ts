import assert from 'node:assert/strict'
import { QueueServiceClient } from '@azure/storage-queue'
import { systemClock } from '../../../../core/azure/clock.ts'
import { openTaskHubs } from '../../../../core/azure/storage/task-hubs.ts'
import { referenceFromConnectionString } from '../../../../core/function-app/storage-reference.ts'
import { isAttended, sameQueues, stayedUnattended } from '../../../../core/lifecycle/hub-mark.ts'
import type { HubName } from '../../../../core/task-hub/name.ts'
import { fillHub } from '../../../../emulator/durable/fill.ts'
import { startAzurite, type Azurite } from '../../../support/azurite.ts'

const signal = new AbortController().signal

describe('the mark of a task hub in Azurite', () => {
  let azurite: Azurite
  before(async function () {
    this.timeout(20_000)
    azurite = await startAzurite()
  })
  after(() => azurite.stop())

  const open = () => {
    const reference = referenceFromConnectionString(azurite.connectionString)
    assert.ok(reference.kind === 'connectionString')
    const access = {
      transport: { userAgent: 'test', proxyFor: () => undefined },
      clock: systemClock,
      onSecret: () => {},
    }
    return openTaskHubs(reference, access)
  }
  let made = 0
  const fill = async () => {
    const hub = `Mark${++made}` as HubName
    const seed = await fillHub(azurite.connectionString, hub, {})
    return { seed, hub, read: () => open().mark(hub, signal) }
  }

  it('of a hub that is not there has nothing, and nobody attends to it', async () => {
    const mark = await open().mark('NeverThere' as HubName, signal)
    assert.deepEqual({ ...mark, at: 0 }, { at: 0, queues: [], partitions: [] })
    assert.equal(isAttended(mark), false)
  })

  it('counts what waits in every queue, hidden messages included', async () => {
    const { seed, read } = await fill()
    const before = await read()
    assert.ok(sameQueues(before, await read()))
    await seed.controlMessage({ invisibleSeconds: 600 })
    const hidden = await read()
    assert.equal(
      hidden.queues.reduce((sum, { messages }) => sum + messages, 0),
      1,
    )
    assert.equal(sameQueues(before, hidden), false)
    await seed.queuedActivity()
    assert.equal(sameQueues(hidden, await read()), false)
  })

  it('never takes a queue that shows a message for the same, however equal the counts are', async () => {
    const { seed, read } = await fill()
    await seed.controlMessage()
    assert.equal(sameQueues(await read(), await read()), false)
  })

  it('says that nobody came where the partitions stand as they were', async () => {
    const { seed, read } = await fill()
    await seed.expiredPartition(0)
    await seed.releasedPartition(1)
    assert.ok(stayedUnattended(await read(), await read()))
  })

  it('sees a worker that is alive', async () => {
    const { seed, read } = await fill()
    await seed.expiredPartition(0)
    await seed.livePartition(1)
    assert.ok(isAttended(await read()))
  })

  it('sees that a worker came and went between two marks', async () => {
    const { seed, read } = await fill()
    await seed.expiredPartition(0)
    const before = await read()
    await seed.livePartition(0)
    await seed.expiredPartition(0)
    const after = await read()
    assert.equal(isAttended(after), false)
    assert.equal(stayedUnattended(before, after), false)
  })

  it('sees a worker that holds a lease on a blob, and that it was there when it has gone', async () => {
    const { seed, read } = await fill()
    await (await seed.blobLease('ownership', 0)).release()
    const before = await read()
    assert.equal(isAttended(before), false)
    const lease = await seed.blobLease('ownership', 0)
    assert.ok(isAttended(await read()))
    await lease.release()
    assert.equal(stayedUnattended(before, await read()), false)
  })

  it('takes a hub without any trace of its partitions for attended', async () => {
    const queues = QueueServiceClient.fromConnectionString(azurite.connectionString)
    await queues.createQueue('traceless-control-00')
    const mark = await open().mark('Traceless' as HubName, signal)
    assert.deepEqual(mark.partitions, [])
    assert.ok(isAttended(mark))
  })

  it('takes a handful of requests', async () => {
    const { hub, seed } = await fill()
    await seed.expiredPartition(0)
    const hubs = open()
    await hubs.mark(hub, signal)
    assert.ok(hubs.requests() <= 8, `${hubs.requests()} requests`)
  })
})
