// The story over the real clients of storage: whatever the number of its partitions, nothing of a hub is left.
import assert from 'node:assert/strict'
import { systemClock } from '../../../core/azure/clock.ts'
import { openRecordStore } from '../../../core/azure/storage/record-store.ts'
import { openTaskHubs } from '../../../core/azure/storage/task-hubs.ts'
import { strictPolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import { production } from '../../../core/function-app/picture.ts'
import { fillHub } from '../../../emulator/durable/fill.ts'
import { openStorage } from '../../../emulator/durable/storage.ts'
import { cleanupTaskHub } from '../../../tasks/CleanupTaskHub/run.ts'
import { app } from '../../support/app.ts'
import { startAzurite, type Azurite } from '../../support/azurite.ts'
import { FakeAzure, hubNamed } from '../../support/fake-azure.ts'
import { shop, story, withoutLock } from '../story.ts'

describe('a clean-up of a hub in Azurite', function () {
  this.timeout(60_000)
  let azurite: Azurite
  before(async () => (azurite = await startAzurite()))
  after(() => azurite.stop())

  const names = async (): Promise<readonly string[]> => {
    const { tables, queues, blobs } = openStorage(azurite.connectionString)
    const found: string[] = []
    for await (const { name } of tables.listTables()) found.push(`table ${name ?? ''}`)
    for await (const { name } of queues.listQueues()) found.push(`queue ${name}`)
    for await (const { name } of blobs.listContainers()) found.push(`container ${name}`)
    return found.filter((name) => /gone/i.test(name))
  }

  const cleanUp = async (hub: string) => {
    const settings = { AzureWebJobsStorage: azurite.connectionString }
    const { deps, signal } = story(new FakeAzure(app().slot('production', { settings }).slot('staging', { settings })))
    const access = {
      transport: { userAgent: 'test', proxyFor: () => undefined },
      clock: systemClock,
      onSecret: () => undefined,
    }
    const { apps, hosts } = deps.azure
    const azure = {
      ...{ storageSuffix: deps.azure.storageSuffix, apps, hosts, functions: deps.azure.functions },
      taskHubs: (storage: Parameters<typeof openTaskHubs>[0]) => openTaskHubs(storage, access),
      records: (storage: Parameters<typeof openRecordStore>[0]) => openRecordStore(storage, access),
      managementApi: deps.azure.managementApi.bind(deps.azure),
      statusEndpoint: deps.azure.statusEndpoint.bind(deps.azure),
      stateService: deps.azure.stateService.bind(deps.azure),
    }
    const wanted = { ...shop, slotName: production, taskHubs: [{ name: hubNamed(hub) }], keepLast: 0, minimumAgeMs: 0 }
    const rest = { policy: strictPolicy, lock: withoutLock, dryRun: false }
    return await cleanupTaskHub({ ...wanted, ...rest }, { ...deps, azure }, signal)
  }

  for (let partitionCount = 1; partitionCount <= 16; partitionCount++) {
    it(`leaves nothing of ${partitionCount} partitions`, async () => {
      const hub = await fillHub(azurite.connectionString, `Gone${partitionCount}p`, { partitionCount })
      await hub.completed(2)
      await hub.expiredPartition(partitionCount - 1)
      assert.ok((await names()).length >= partitionCount + 6)

      const report = await cleanUp(`Gone${partitionCount}p`)

      assert.equal(report.result, 'succeeded', report.message)
      assert.match(report.message, /deleted/)
      assert.deepEqual(await names(), [])
    })
  }
})
