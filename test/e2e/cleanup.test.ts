import assert from 'node:assert/strict'
import { fillHub } from '../../emulator/durable/fill.ts'
import { openStorage } from '../../emulator/durable/storage.ts'
import { addPayload, allPartsOf, cleanUp, entries, namesIn, resourcesOf } from './cleanup-scene.ts'
import { assertRefused, warningsOf } from './endings.ts'
import { putRecord, recordOf, rotate } from './rotate-scene.ts'
import { Scene } from './scene.ts'

const hourMs = 3_600_000

describe('CleanupTaskHub, from the package', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start({ accounts: ['stdurable', 'stother'] })))
  after(async () => await scene.stop())

  it('deletes every part of hubs of 1, 4 and 16 partitions, tells so, and keeps it in the record', async () => {
    const app = await scene.app()
    const sizes = [1, 4, 16]
    for (const partitionCount of sizes) {
      const hub = await scene.hub(`Gone${partitionCount}p`, { partitionCount })
      await hub.completed(2)
      await hub.expiredPartition(0)
      await addPayload(hub)
      assert.deepEqual(await resourcesOf(scene, `gone${partitionCount}p`), allPartsOf(hub, partitionCount))
    }

    const run = await cleanUp(scene, app, ['Gone1p', '', '  gone4p ', 'GONE16P'])

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(warningsOf(run), [])
    assert.deepEqual(await resourcesOf(scene, 'gone'), [])
    const deleted = ['Gone1p', 'Gone4p', 'Gone16p']
    const reason = 'idle, referenced by nothing, held by no worker'
    assert.deepEqual(
      entries(run, 'deletedTaskHubs'),
      deleted.map((name) => ({ name, taskHub: `stdurable/${name}`, state: 'deleted', reason })),
    )
    assert.equal(run.outputs['keptTaskHubs'], '[]')
    assert.match(run.message, /'Gone1p' deleted, 'Gone4p' deleted, 'Gone16p' deleted/)
    assert.match(run.attachments[0]?.text ?? '', /Gone16p \| stdurable \| deleted/)
    const record = await recordOf(scene, app.name)
    assert.deepEqual(
      record?.audit.map(({ action, taskHub }) => [action, taskHub]),
      deleted.map((name) => ['delete', name]),
    )
    assert.ok(record.hubs.every(({ deletedAt }) => typeof deletedAt === 'string'))
  })

  it('leaves alone what merely begins alike', async () => {
    const app = await scene.app()
    const hub = await scene.hub('app')
    await addPayload(hub)
    for (const name of ['app2', 'app2x', 'appControl']) await (await scene.hub(name)).running()
    const { storage } = hub
    const odd = [
      'app-control-2',
      'app-control-000',
      'app-control-00-poison',
      'app-workitems2',
      'app-work',
      'app-orders',
    ]
    for (const queue of odd) await storage.queues.createQueue(queue)
    const tables = ['appInstances2', 'appInstancesOld', 'appHistoryx', 'xappInstances', 'appOrders']
    for (const table of tables) await storage.tables.createTable(table)
    for (const container of ['app-leases2', 'app-orders', 'app-largemessages-old']) {
      await storage.blobs.createContainer(container)
    }
    const own = allPartsOf(hub, 4)
    const others = (await resourcesOf(scene, '')).filter((name) => !own.includes(name))

    const run = await cleanUp(scene, app, ['app'])

    assert.equal(run.result, 'Succeeded', run.log)
    const left = (await resourcesOf(scene, '')).filter((name) => name !== 'container durable-safe-deployment')
    assert.deepEqual(
      left,
      others.filter((name) => name !== 'container durable-safe-deployment'),
    )
  })

  it('takes the retired hubs of the deployment record when none is named, and then has nothing left to do', async () => {
    const app = await scene.app()
    await (await scene.hub(`${app.name}new`)).completed(1)
    await rotate(scene, app, { taskHubName: 'second1' })
    await scene.hub('second1')

    const run = await cleanUp(scene, app, [])

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(namesIn(run, 'deletedTaskHubs'), [`${app.name}new`])
    assert.deepEqual(await resourcesOf(scene, `${app.name}new`), [])
    assert.notDeepEqual(await resourcesOf(scene, 'second1'), [])

    const again = await cleanUp(scene, app, [])
    assert.equal(again.result, 'Succeeded', again.log)
    assert.deepEqual(again.outputs, { deletedTaskHubs: '[]', keptTaskHubs: '[]' })
    assert.equal(again.message, 'There is no retired task hub to delete.')
  })

  it('enters the end of a retired hub that somebody else has deleted', async () => {
    const app = await scene.app()
    await rotate(scene, app, { taskHubName: 'third1' })

    const run = await cleanUp(scene, app, [])

    assert.deepEqual(entries(run, 'deletedTaskHubs')[0]?.state, 'absent', run.log)
    const record = await recordOf(scene, app.name)
    const gone = record?.hubs.find(({ hub }) => (hub as { name: string }).name === `${app.name}new`)
    assert.equal(typeof gone?.['deletedAt'], 'string')
    assert.equal((await cleanUp(scene, app, [])).outputs['deletedTaskHubs'], '[]')
  })

  it('says that nothing names a hub when the list is empty and there is no record', async () => {
    const app = await scene.app()
    const run = await cleanUp(scene, app, [])
    assertRefused(run, /no deployment record of 'shop\d+x'/, /previousTaskHubName/)
    assert.deepEqual(run.outputs, {})
  })

  it('says that the record is broken when the list is empty', async () => {
    const app = await scene.app()
    await putRecord(scene, app.name, '{"schema":1,"app":')
    assertRefused(await cleanUp(scene, app, []), /is not JSON/, /Restore or delete that blob/)
    await putRecord(scene, app.name, JSON.stringify({ schema: 1, app: 'another', hubs: [], audit: [] }))
    assertRefused(await cleanUp(scene, app, []), /belongs to another app/)
  })

  it('lists a hub of which nothing is left as absent, which is success, and enters no record of it', async () => {
    const app = await scene.app()
    const run = await cleanUp(scene, app, ['never1', 'NEVER1', 'stdurable/never1'])
    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(
      entries(run, 'deletedTaskHubs').map(({ state }) => state),
      ['absent'],
    )
    assert.equal(await recordOf(scene, app.name), undefined)
  })

  it('keeps the newest hubs that keepLast asks for, by their last activity', async () => {
    const app = await scene.app()
    const ages = { keepa1: 5, keepb1: 1, keepc1: 9, keepd1: 3 }
    for (const [name, hours] of Object.entries(ages)) await agedHub(name, hours)

    const run = await cleanUp(scene, app, Object.keys(ages), { keepLast: '2' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(namesIn(run, 'deletedTaskHubs'), ['keepa1', 'keepc1'])
    assert.deepEqual(namesIn(run, 'keptTaskHubs'), ['keepb1', 'keepd1'])
    assert.match(entries(run, 'keptTaskHubs')[0]?.reason ?? '', /one of the 2 newest, which keepLast spares/)
    assert.notDeepEqual(await resourcesOf(scene, 'keepb1'), [])
  })

  it('keeps hubs that were active within minimumAgeInHours, whatever tells of it', async () => {
    const app = await scene.app()
    await agedHub('youngrow1', 2)
    await (await agedHub('youngrenewal1', 50)).expiredPartition(0)
    await scene.hub('youngborn1')
    await agedHub('oldhub1', 25)
    const hubs = ['youngrow1', 'youngrenewal1', 'youngborn1', 'oldhub1']

    const run = await cleanUp(scene, app, hubs, { minimumAgeInHours: '24' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(namesIn(run, 'keptTaskHubs'), hubs.slice(0, 3))
    assert.match(
      entries(run, 'keptTaskHubs')[0]?.reason ?? '',
      /last active 2\.0 hours ago, and minimumAgeInHours is 24/,
    )
    assert.deepEqual(namesIn(run, 'deletedTaskHubs'), ['oldhub1'])
  })

  it('only prints the plan in a dry run', async () => {
    const app = await scene.app()
    await scene.hub('dryhub1')
    await (await scene.hub('drybusy1')).running()
    const before = await resourcesOf(scene, '')

    const run = await cleanUp(scene, app, ['dryhub1', 'nothere1'], { dryRun: 'true' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(run.message, /'dryhub1' would be deleted, 'nothere1' absent/)
    assert.deepEqual(namesIn(run, 'deletedTaskHubs'), ['nothere1'])
    assert.equal(run.outputs['keptTaskHubs'], '[]')
    assert.deepEqual(await resourcesOf(scene, ''), before)
    assert.equal(await recordOf(scene, app.name), undefined)
    assertRefused(await cleanUp(scene, app, ['drybusy1'], { dryRun: 'true' }), /'drybusy1' was not deleted: it is busy/)
  })

  it('asks for account/name where a name is in two accounts, and then deletes that one only', async () => {
    const other = scene.azure.storage.account('stother').connectionString
    const app = await scene.app({ settings: { production: { AzureWebJobsStorage: other } } })
    await scene.hub('twice1')
    await fillHub(other, 'twice1')
    const before = await resourcesOf(scene, 'twice1')

    assertRefused(await cleanUp(scene, app, ['twice1']), /'stother\/twice1' and 'stdurable\/twice1'.*account\/name/)
    assertRefused(await cleanUp(scene, app, ['stnobody/twice1']), /'stnobody'.*'stother', 'stdurable'/)
    const run = await cleanUp(scene, app, ['STOTHER/twice1'])

    assert.equal(run.result, 'Succeeded', run.log)
    assert.equal(entries(run, 'deletedTaskHubs')[0]?.taskHub, 'stother/twice1')
    assert.deepEqual(await resourcesOf(scene, 'twice1', 'stother'), [])
    assert.deepEqual(await resourcesOf(scene, 'twice1'), before)
    assert.equal((await recordOf(scene, app.name, 'stother'))?.audit.length, 1)
  })

  it('finds a hub of a hidden account by the connection string that is given', async () => {
    const hidden = { AzureWebJobsStorage: '@Microsoft.KeyVault(VaultName=v;SecretName=s)' }
    const app = await scene.app({ settings: { production: hidden, staging: hidden } })
    await scene.hub('hidden1')
    assertRefused(await cleanUp(scene, app, ['hidden1']), /Key Vault reference/)

    const storageConnectionString = scene.azure.storage.account().connectionString
    const run = await cleanUp(scene, app, ['hidden1'], { storageConnectionString })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(await resourcesOf(scene, 'hidden1'), [])
  })

  const shared = {
    AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreConnectionName: 'AzureWebJobsStorage',
    AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreNamePrefix: 'Common',
  }

  it("deletes only the hub's own rows of a shared tracking store", async () => {
    const app = await scene.app({ settings: { production: shared, staging: shared } })
    const options = { trackingStorePrefix: 'Common' }
    const mine = await scene.hub('mine1', options)
    await mine.completed(3)
    await scene.hub('theirs1', options).then((hub) => hub.completed(2))
    await scene.hub('mine12', options).then((hub) => hub.running())

    const run = await cleanUp(scene, app, ['MINE1'])

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(
      (await resourcesOf(scene, 'mine1')).filter((name) => !name.includes('mine12')),
      [],
    )
    const keys = async (table: string) => {
      const found: string[] = []
      for await (const row of openStorage(scene.azure.storage.account().connectionString).table(table).listEntities()) {
        found.push(`${String(row['TaskHubName'])} ${row.partitionKey ?? ''}`)
      }
      return found
    }
    const instances = await keys('CommonInstances')
    assert.deepEqual(instances.map((text) => text.split(' ')[0]).sort(), ['mine12', 'theirs1', 'theirs1'])
    const owners = new Set(instances.map((text) => text.split(' ')[1]))
    const history = await keys('CommonHistory')
    assert.deepEqual(new Set(history.map((text) => text.split(' ')[1])), owners)
  })

  it('holds a hub back while rows of a shared tracking store say not whose they are', async () => {
    const prefix = { ...shared }
    prefix.AzureFunctionsJobHost__extensions__durableTask__storageProvider__trackingStoreNamePrefix = 'Unowned'
    const app = await scene.app({ settings: { production: prefix, staging: prefix } })
    await scene.hub('own1', { trackingStorePrefix: 'Unowned' }).then((hub) => hub.completed(1))
    await scene.hub('old1', { trackingStorePrefix: 'Unowned', taskHubName: false }).then((hub) => hub.completed(1))
    const before = await resourcesOf(scene, '')

    const run = await cleanUp(scene, app, ['own1'])

    assertRefused(run, /1 rows? of the shared table 'UnownedInstances' ha(?:ve|s) no TaskHubName/)
    assert.deepEqual(await resourcesOf(scene, ''), before)
  })

  const bad: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
    ['a hub name that is none', { taskHubName: 'good1\nmy-hub' }, /'my-hub'/],
    ['a negative number', { keepLast: '-1' }, /'keepLast' is '-1'/],
    ['a fraction', { minimumAgeInHours: '1.5' }, /'minimumAgeInHours' is '1\.5'/],
    ['an unknown policy', { entityPolicy: 'maybe' }, /'entityPolicy' is 'maybe'/],
    ['a boolean that is neither', { dryRun: 'perhaps' }, /'dryRun' is 'perhaps'/],
    ['a pattern without a field', { ignoreInstances: 'order-*' }, /'order-\*'/],
  ]
  for (const [what, inputs, says] of bad) {
    it(`refuses ${what}`, async () => {
      const app = await scene.app()
      assertRefused(await cleanUp(scene, app, ['good1'], inputs), says)
    })
  }

  /** A hub that was born, worked and renewed that many hours ago and not since. */
  async function agedHub(name: string, hours: number) {
    const hub = await scene.hub(name)
    const then = new Date(Date.now() - hours * hourMs)
    await hub.completed(1, { createdTime: new Date(then.getTime() - hourMs), lastUpdatedTime: then })
    await hub.completed(1, { createdTime: new Date(then.getTime() - hourMs), lastUpdatedTime: new Date(0) })
    const info = JSON.stringify({
      TaskHubName: name,
      CreatedAt: new Date(then.getTime() - 3 * hourMs),
      PartitionCount: 4,
    })
    await hub.storage.blobs
      .getContainerClient(hub.names.leases)
      .getBlockBlobClient('taskhub.json')
      .upload(info, info.length)
    return hub
  }
})
