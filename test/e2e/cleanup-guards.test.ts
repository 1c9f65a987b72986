import assert from 'node:assert/strict'
import type { FilledHub } from '../../emulator/durable/fill.ts'
import { fillHub } from '../../emulator/durable/fill.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import { cleanUp, entries, namesIn, resourcesOf } from './cleanup-scene.ts'
import { assertRefused, warningsOf } from './endings.ts'
import { historyOf, recordOf } from './rotate-scene.ts'
import { placeOf, Scene } from './scene.ts'

describe('CleanupTaskHub holds back', () => {
  let scene: Scene
  let hubs = 0
  before(async () => (scene = await Scene.start({ accounts: ['stdurable', 'stother'] })))
  afterEach(() => scene.azure.faults.clear())
  after(async () => await scene.stop())

  const newName = () => `guarded${++hubs}x`

  /** Every resource of the hub is still there after a run that failed because of it. */
  async function assertHeld(
    app: FunctionApp,
    name: string,
    { inputs = {}, twist = {} }: { inputs?: Record<string, string>; twist?: Parameters<Scene['run']>[2] },
    ...says: readonly RegExp[]
  ) {
    const before = await resourcesOf(scene, name)
    assert.notDeepEqual(before, [])
    const history = await historyOf(scene, app.name)
    const run = await cleanUp(scene, app, [name], inputs, twist)
    assertRefused(run, new RegExp(`'${name}' was not deleted: `), ...says)
    assert.deepEqual(await resourcesOf(scene, name), before)
    assert.deepEqual(await historyOf(scene, app.name), history)
    assert.equal(run.outputs['deletedTaskHubs'], '[]')
    assert.deepEqual(
      entries(run, 'keptTaskHubs').map(({ name: kept, state }) => [kept, state]),
      [[name, 'held back']],
    )
    return run
  }

  for (const slot of ['production', 'staging', 'canary']) {
    it(`a hub that slot '${slot}' of the app uses, in another spelling and under any setting`, async () => {
      const app = await scene.app({ slots: ['staging', 'canary'] })
      const name = newName()
      await scene.hub(name)
      app.slot(slot).replaceSettings({ ...app.slot().settings, SomeHub: ` ${name.toUpperCase()} ` })
      await assertHeld(app, name, {}, new RegExp(`slot '${slot}' of '${app.name}' uses it \\('SomeHub'\\)`))
    })
  }

  it('a hub that another app uses under a setting of its own, in any resource group', async () => {
    const app = await scene.app()
    const name = newName()
    await scene.hub(name)
    const other = await scene.app({ resourceGroup: 'other-rg', settings: { staging: { BillingHub: name } } })
    await assertHeld(app, name, {}, new RegExp(`slot 'staging' of '${other.name}' uses it \\('BillingHub'\\)`))
  })

  it("a hub that is another app's default", async () => {
    const app = await scene.app()
    await scene.app({ name: 'by-default-1' })
    await scene.hub('bydefault1')
    await assertHeld(
      app,
      'bydefault1',
      {},
      /slot 'production' of 'by-default-1' uses it \('the default task hub name'\)/,
    )
  })

  it('a hub that an app names whose account is hidden', async () => {
    const app = await scene.app()
    const name = newName()
    await scene.hub(name)
    const AzureWebJobsStorage = '@Microsoft.KeyVault(SecretUri=https://vault/s)'
    const other = await scene.app({ settings: { production: { AzureWebJobsStorage, TaskHubName: name } } })
    await assertHeld(app, name, {}, new RegExp(`slot 'production' of '${other.name}' uses it`))
  })

  it('not a hub whose name an app uses in another account', async () => {
    const app = await scene.app()
    const name = newName()
    await scene.hub(name)
    const { connectionString } = scene.azure.storage.account('stother')
    const settings = { AzureWebJobsStorage: connectionString, TaskHubName: name }
    await scene.app({ settings: { production: settings, staging: { AzureWebJobsStorage: connectionString } } })
    await fillHub(connectionString, name)

    const run = await cleanUp(scene, app, [name])

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(await resourcesOf(scene, name), [])
    assert.notDeepEqual(await resourcesOf(scene, name, 'stother'), [])
  })

  it('every hub while a slot of the app cannot be read', async () => {
    const app = await scene.app()
    const name = newName()
    await scene.hub(name)
    const path = new RegExp(`/sites/${app.name}/config/appsettings/list`)
    const body = JSON.stringify({ error: { code: 'AuthorizationFailed', message: 'No.' } })
    scene.azure.faults.add({ service: 'arm', path, action: { kind: 'status', status: 403, body } })
    await assertHeld(app, name, {}, /whether slot 'production' uses it cannot be told: .*403 AuthorizationFailed/)
  })

  it('nothing for another app that this connection may not read, but warns of it by name', async () => {
    const own = await scene.app({ resourceGroup: 'own-rg' })
    const other = await scene.app({ resourceGroup: 'locked-rg' })
    const name = newName()
    await scene.hub(name)
    const group = (resourceGroup: string) =>
      `/subscriptions/${scene.azure.subscriptionId}/resourceGroups/${resourceGroup}`
    const roles = [
      { scope: group('own-rg'), role: 'contributor' as const },
      { scope: group('locked-rg'), role: 'reader' as const },
    ]
    const principal = await scene.azure.addServicePrincipal({ arm: 'none', roles })
    const { clientId, secret = '' } = principal
    const connections = [azureRmConnection({ ...placeOf(scene.azure), clientId, secret })]

    const run = await cleanUp(scene, own, [name], {}, { connections })

    assert.equal(run.result, 'Succeeded', run.log)
    const warnings = warningsOf(run)
    assert.match(warnings.join('\n'), new RegExp(`use task hub '${name}' could not be read: '${other.name}'`))
    assert.equal(warnings.length, 1, 'the same warning again')
    assert.deepEqual(await resourcesOf(scene, name), [])
  })

  const held: readonly [string, (hub: FilledHub) => Promise<unknown>, RegExp][] = [
    ['a partition that a worker renews', (hub) => hub.livePartition(2), /worker \('worker-1'\) still holds 'partition/],
    ['an intent lease', (hub) => hub.blobLease('intent', 0), /worker \('worker-1'\) still holds 'blob 'intent/],
    ['an ownership lease', (hub) => hub.blobLease('ownership', 1), /still holds 'blob 'ownership/],
    ['a lease of the old partition manager', (hub) => hub.blobLease('default', 1), /still holds 'blob 'default/],
    ['the app lease', (hub) => hub.appLease('shop'), /still holds 'container 'guarded\d+x-applease/],
    ['a running orchestration', (hub) => hub.running({ instanceId: 'order-1' }), /it is busy: 1 running.*'order-1'/],
    ['a suspended orchestration', (hub) => hub.suspended(), /it is busy: 1 suspended/],
    ['an orchestration that is to start', (hub) => hub.pending(), /it is busy: 1 pending/],
    ['a queued activity', (hub) => hub.queuedActivity(), /it is busy: 1 activity/],
    ['a message that nobody sees', (hub) => hub.controlMessage({ invisibleSeconds: 600 }), /it is busy: /],
    ['a busy entity', (hub) => hub.entity('counter', 'x', { queueSize: 2 }), /it is busy: 1 busy entity/],
    ['an unreadable taskhub.json', (hub) => brokenInfo(hub), /was not deleted: could not read taskhub\.json/],
    [
      'a hub without its Instances table',
      (hub) => hub.storage.tables.deleteTable(hub.names.instances),
      /no Instances table/,
    ],
  ]
  for (const [what, arrange, says] of held) {
    it(`a hub with ${what}`, async () => {
      const app = await scene.app()
      const name = newName()
      await arrange(await scene.hub(name))
      await assertHeld(app, name, {}, says)
    })
  }

  it('an idle entity only where entityPolicy is block', async () => {
    const app = await scene.app()
    const name = newName()
    await (await scene.hub(name)).entity('counter', 'total')
    await assertHeld(app, name, { inputs: { entityPolicy: 'block' } }, /entit/)
    const run = await cleanUp(scene, app, [name])
    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(warningsOf(run).join(), /entit/)
  })

  it('not what the inputs accept: eternal orchestrations, hidden messages, busy entities', async () => {
    // An app each: two tasks of one run that act on one app at once would take its lock from each other.
    const apps = [await scene.app(), await scene.app(), await scene.app()] as const
    const [eternal, hidden, entity] = [newName(), newName(), newName()]
    await (await scene.hub(eternal)).running({ name: 'Cleaner', instanceId: 'cleaner-1' })
    await (await scene.hub(hidden)).controlMessage({ invisibleSeconds: 600 })
    await (await scene.hub(entity)).entity('counter', 'x', { queueSize: 2 })

    const runs = await Promise.all([
      cleanUp(scene, apps[0], [eternal], { ignoreInstances: 'name:Clean*\nid:x-*' }),
      cleanUp(scene, apps[1], [hidden], { acceptInvisibleMessages: 'true' }),
      cleanUp(scene, apps[2], [entity], { entityPolicy: 'ignore' }),
    ])

    for (const run of runs) assert.equal(run.result, 'Succeeded', run.log)
    for (const name of [eternal, hidden, entity]) assert.deepEqual(await resourcesOf(scene, name), [])
  })

  it('not a hub whose partitions were released or whose worker died', async () => {
    const app = await scene.app()
    const name = newName()
    const hub = await scene.hub(name)
    await hub.releasedPartition(0)
    await hub.expiredPartition(1)
    assert.equal((await cleanUp(scene, app, [name])).result, 'Succeeded')
    assert.deepEqual(await resourcesOf(scene, name), [])
  })

  it('one hub of several: the others go, and both are told', async () => {
    const app = await scene.app()
    const [first, busy, last] = [newName(), newName(), newName()]
    await scene.hub(first)
    await (await scene.hub(busy)).running()
    await scene.hub(last)

    const run = await cleanUp(scene, app, [first, busy, last])

    assertRefused(
      run,
      new RegExp(`^Task hub '${busy}' was not deleted: it is busy`),
      /leave the hub out of taskHubName/,
    )
    assert.deepEqual(namesIn(run, 'deletedTaskHubs'), [first, last])
    assert.deepEqual(namesIn(run, 'keptTaskHubs'), [busy])
    for (const name of [first, last]) assert.deepEqual(await resourcesOf(scene, name), [])
    assert.equal((await recordOf(scene, app.name))?.audit.length, 2)
  })

  describe('a hub that is wanted again while the proof waits', () => {
    async function flip(change: (name: string, hub: FilledHub) => unknown, says: RegExp) {
      const { connectionString: AzureWebJobsStorage } = (await scene.azure.storage.front()).account()
      const app = await scene.app({
        settings: { production: { AzureWebJobsStorage }, staging: { AzureWebJobsStorage } },
      })
      const name = newName()
      const hub = await scene.hub(name)
      const path = new RegExp(`${name}Instances\\(\\).*RuntimeStatus`)
      const looked = scene.azure.requests.next({ service: 'storage', path, status: 200 })
      const changed = looked.then(() => change(name, hub))
      await assertHeld(app, name, {}, says)
      await changed
    }

    it('by another app', async () => {
      const { connectionString: AzureWebJobsStorage } = (await scene.azure.storage.front()).account()
      const other = await scene.app()
      await flip(
        (name) => other.slot().replaceSettings({ AzureWebJobsStorage, LateHub: name }),
        new RegExp(`slot 'production' of '${other.name}' uses it \\('LateHub'\\)`),
      )
    })

    it('by a worker', async () => {
      await flip((_, hub) => hub.livePartition(0), /still holds 'partition/)
    })

    it('by a new orchestration', async () => {
      await flip((_, hub) => hub.pending(), /it is busy: /)
    })
  })

  it('the next hub, when it is named by a slot while the one before is deleted', async () => {
    const { connectionString: AzureWebJobsStorage } = (await scene.azure.storage.front()).account()
    const app = await scene.app({ settings: { production: { AzureWebJobsStorage }, staging: { AzureWebJobsStorage } } })
    const [first, second] = [newName(), newName()]
    await scene.hub(first)
    await scene.hub(second)
    const path = new RegExp(`${first}-control-00`)
    const deleting = scene.azure.requests.next({ service: 'storage', method: 'DELETE', path })
    const changed = deleting.then(() => {
      const slot = app.slot('staging')
      slot.replaceSettings({ ...slot.settings, TaskHubName: second })
    })

    const run = await cleanUp(scene, app, [first, second])

    await changed
    assertRefused(run, new RegExp(`'${second}' was not deleted: slot 'staging'`))
    assert.deepEqual(namesIn(run, 'deletedTaskHubs'), [first])
    assert.notDeepEqual(await resourcesOf(scene, second), [])
  })

  async function brokenInfo(hub: FilledHub) {
    const container = hub.storage.blobs.getContainerClient(hub.names.leases)
    await container.getBlockBlobClient('taskhub.json').upload('{"CreatedAt":', 13)
  }
})
