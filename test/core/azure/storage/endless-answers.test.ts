import assert from 'node:assert/strict'
import { AzureFailure } from '../../../../core/failures.ts'
import { referenceFromConnectionString } from '../../../../core/function-app/storage-reference.ts'
import { openRecordStore } from '../../../../core/azure/storage/record-store.ts'
import { openTaskHubs } from '../../../../core/azure/storage/task-hubs.ts'
import { strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import type { HubName } from '../../../../core/task-hub/name.ts'
import { fillHub } from '../../../../emulator/durable/fill.ts'
import type { Azure } from '../../../../emulator/azure.ts'
import { startAzure } from '../../../../emulator/azure.ts'
import { FakeClock } from '../../../support/fake-clock.ts'

const hub = 'Orders' as HubName
const signal = new AbortController().signal
const mostMb = 200

describe('an answer of storage that does not end', () => {
  let azure: Azure
  let connection: string
  before(async function () {
    this.timeout(30_000)
    azure = await startAzure()
    connection = (await azure.storage.front()).account().connectionString
    await fillHub(azure.storage.account().connectionString, hub)
  })
  afterEach(() => azure.faults.clear())
  after(async () => await azure.stop())

  const opened = () => {
    const reference = referenceFromConnectionString(connection)
    assert.ok(reference.kind === 'connectionString')
    const access = {
      ...{ transport: { userAgent: 'test', proxyFor: () => undefined }, clock: new FakeClock() },
      onSecret: () => undefined,
    }
    return { hubs: openTaskHubs(reference, access), records: openRecordStore(reference, access) }
  }

  const reads: readonly (readonly [name: string, path: RegExp, read: () => Promise<unknown>])[] = [
    ['a list of tables', /\/Tables/, () => opened().hubs.parts(hub, signal)],
    ['a list of queues', /\?comp=list/, () => opened().hubs.parts(hub, signal)],
    ['a list of blobs', /-leases\?/, () => opened().hubs.liveLeases(hub, signal)],
    ['rows', /OrdersInstances/, () => opened().hubs.look(hub, strictPolicy, signal)],
    ['the length of a queue', /comp=metadata/, () => opened().hubs.look(hub, strictPolicy, signal)],
  ]
  for (const [name, path, read] of reads) {
    it(`is given up where it is ${name}`, async () => {
      const fault = azure.faults.add({ path, action: { kind: 'flood' } })
      const before = process.memoryUsage.rss()

      // A look answers that it does not know, and why; the others throw.
      const told = await read().then(JSON.stringify, messageOf)
      assert.match(told, /larger than 8 MB/)
      assert.ok(fault.struck() > 0)
      const tookMb = (process.memoryUsage.rss() - before) / 1e6
      assert.ok(tookMb < mostMb, `${tookMb} MB`)
    })
  }

  it('leaves open whether a change has happened', async () => {
    azure.faults.add({ action: { kind: 'flood' } })
    const { hubs, records } = opened()

    for (const change of [
      () => hubs.deletePart(hub, { kind: 'queue', name: 'orders-workitems' }, signal),
      () => hubs.deletePart(hub, { kind: 'table', name: 'OrdersHistory' }, signal),
      () => records.write('shop', '{}', undefined, signal),
    ]) {
      await assert.rejects(change(), (error) => isTooLarge(error) && error.mayHaveHappened)
    }
  })
})

function messageOf(error: unknown): string {
  return error instanceof AzureFailure ? error.message : String(error)
}

function isTooLarge(error: unknown): error is AzureFailure {
  assert.ok(error instanceof AzureFailure, String(error))
  assert.match(error.message, /larger than 8 MB/)
  return error.kind === 'unreadable'
}
