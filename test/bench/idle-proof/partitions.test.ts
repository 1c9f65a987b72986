import assert from 'node:assert/strict'
import { startServer, type BenchServer } from '../../../bench/idle-proof/server/server.ts'
import { partitionsTable, type Ownership } from '../../../bench/idle-proof/server/partitions.ts'
import { hubQueues } from '../../../bench/idle-proof/server/queues.ts'
import { systemClock } from '../../../core/azure/clock.ts'
import { openTaskHubs } from '../../../core/azure/storage/task-hubs.ts'
import { referenceFromConnectionString } from '../../../core/function-app/storage-reference.ts'
import { isAttended, stayedUnattended } from '../../../core/lifecycle/hub-mark.ts'
import type { HubName } from '../../../core/task-hub/name.ts'

const hub = 'BenchHub' as HubName

describe('the partitions of the bench’s hub', () => {
  let server: BenchServer
  const ownership: Ownership = { isAlive: false, writtenMs: Date.parse('2026-11-21T10:00:00Z') }
  before(async () => {
    const content = { hub, tables: [partitionsTable(hub, ownership)], queues: hubQueues(hub) }
    server = await startServer(content, { delayMs: 0, paging: { scanned: 1000, emptyOneIn: 0, seed: 1 } })
  })
  after(() => server.stop())

  const mark = async () => {
    const reference = referenceFromConnectionString(server.connectionString)
    assert.ok(reference.kind === 'connectionString')
    const transport = { userAgent: 'test', proxyFor: () => undefined }
    const hubs = openTaskHubs(reference, { transport, clock: systemClock, onSecret: () => undefined })
    return await hubs.mark(hub, new AbortController().signal)
  }

  it('are held by nobody until a worker comes, and tell that one was there when it has gone', async () => {
    const before = await mark()
    assert.equal(before.partitions.length, 4)
    assert.ok(stayedUnattended(before, await mark()))

    Object.assign(ownership, { isAlive: true, writtenMs: ownership.writtenMs + 1000 })
    assert.ok(isAttended(await mark()))

    Object.assign(ownership, { isAlive: false, writtenMs: ownership.writtenMs + 1000 })
    const after = await mark()
    assert.equal(isAttended(after), false)
    assert.equal(stayedUnattended(before, after), false)
  })
})
