import assert from 'node:assert/strict'
import type { FilledHub } from '../../emulator/durable/fill.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { Fault, FaultAction } from '../../emulator/http/faults.ts'
import { cancelAt } from './cancelled.ts'
import { addPayload, cleanUp, entries, namesIn, resourcesOf } from './cleanup-scene.ts'
import { assertRefused, warningsOf } from './endings.ts'
import { historyOf, recordOf } from './rotate-scene.ts'
import { Scene } from './scene.ts'

describe('CleanupTaskHub, when things go wrong', () => {
  let scene: Scene
  let hubs = 0
  before(async () => (scene = await Scene.start()))
  afterEach(() => scene.azure.faults.clear())
  after(async () => await scene.stop())

  /** An app whose storage goes through the proxy that meets faults, and a hub with all its parts. */
  async function appAndHub(): Promise<{ app: FunctionApp; hub: FilledHub; name: string }> {
    const { connectionString: AzureWebJobsStorage } = (await scene.azure.storage.front()).account()
    const app = await scene.app({ settings: { production: { AzureWebJobsStorage }, staging: { AzureWebJobsStorage } } })
    const name = `trouble${++hubs}x`
    const hub = await scene.hub(name, { partitionCount: 1 })
    await hub.completed(1)
    await addPayload(hub)
    return { app, hub, name }
  }

  const pathOf = (resource: string) => new RegExp(`/${resource}(?:\\?|$)|Tables\\('${resource}'\\)`)
  const atDelete = (resource: string, fault: Partial<Fault> & { action: FaultAction }) =>
    scene.azure.faults.add({ service: 'storage', method: 'DELETE', path: pathOf(resource), times: 1, ...fault })
  const deletesOf = (resource: string) =>
    scene.azure.requests.count({ service: 'storage', method: 'DELETE', path: pathOf(resource) })

  const answer = (status: number, code: string, kind: 'table' | 'xml'): FaultAction => ({
    kind: 'status',
    status,
    headers: {
      'content-type': kind === 'table' ? 'application/json' : 'application/xml',
      'x-ms-error-code': code,
    },
    body:
      kind === 'table'
        ? JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: code } } })
        : `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  })

  it('takes parts that are being deleted, or are gone already, for what they are', async () => {
    const { app, hub, name } = await appAndHub()
    const { names } = hub
    const when = 'after'
    atDelete(names.control(0), { when, action: answer(409, 'QueueBeingDeleted', 'xml') })
    atDelete(names.workItems, { when, action: answer(404, 'QueueNotFound', 'xml') })
    atDelete(names.instances, { when, action: answer(409, 'TableBeingDeleted', 'table') })
    atDelete(names.history, { when, action: answer(404, 'ResourceNotFound', 'table') })
    atDelete(names.leases, { when, action: answer(409, 'ContainerBeingDeleted', 'xml') })
    atDelete(names.largeMessages, { when, action: answer(404, 'ContainerNotFound', 'xml') })

    const run = await cleanUp(scene, app, [name])

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(warningsOf(run), [])
    assert.deepEqual(await resourcesOf(scene, name), [])
    assert.deepEqual(namesIn(run, 'deletedTaskHubs'), [name])
  })

  it('waits for a part that is still being deleted', async () => {
    const { app, hub, name } = await appAndHub()
    const { instances } = hub.names
    atDelete(instances, { action: answer(409, 'TableBeingDeleted', 'table') })
    const gone = scene.azure.requests
      .next({ service: 'storage', method: 'DELETE', path: pathOf(hub.names.largeMessages) })
      .then(async () => await hub.storage.tables.deleteTable(instances))

    const run = await cleanUp(scene, app, [name])

    await gone
    assert.equal(run.result, 'Succeeded', run.log)
    assert.equal(deletesOf(instances), 1)
    assert.deepEqual(await resourcesOf(scene, name), [])
  })

  const lost: readonly [string, FaultAction][] = [
    ['no answer came', { kind: 'reset' }],
    ['a web page came', { kind: 'html' }],
    ['storage answered 500', { kind: 'status', status: 500 }],
  ]
  it('reads storage when parts were deleted, but the replies were lost', async () => {
    const runs = lost.map(async ([, action]) => {
      const { app, hub, name } = await appAndHub()
      const { workItems, history, leases } = hub.names
      const resources = [workItems, history, leases]
      for (const resource of resources) atDelete(resource, { when: 'after', action })
      return { name, resources, run: await cleanUp(scene, app, [name]) }
    })
    for (const { name, resources, run } of await Promise.all(runs)) {
      assert.equal(run.result, 'Succeeded', run.log)
      assert.equal(warningsOf(run).filter((text) => text.includes('was not confirmed')).length, 3)
      for (const resource of resources) assert.equal(deletesOf(resource), 1)
      assert.deepEqual(await resourcesOf(scene, name), [])
    }
  })

  it('asks once more, before any table goes, when a queue was not deleted and the reply was lost', async () => {
    const runs = lost.map(async ([, action]) => {
      const { app, hub, name } = await appAndHub()
      const { workItems, instances } = hub.names
      atDelete(workItems, { when: 'before', action })
      const tableGoes = scene.azure.requests.next({ method: 'DELETE', path: pathOf(instances) })
      const queues = tableGoes.then(async () => await resourcesOf(scene, workItems))
      return { name, workItems, queues, run: await cleanUp(scene, app, [name]) }
    })
    for (const { name, workItems, queues, run } of await Promise.all(runs)) {
      assert.equal(run.result, 'Succeeded', run.log)
      assert.equal(deletesOf(workItems), 2)
      assert.deepEqual(await queues, [])
      assert.deepEqual(await resourcesOf(scene, name), [])
    }
  })

  it('holds a hub back that storage will not delete, says so, goes on with the next, and a rerun finishes', async () => {
    const { app, hub, name } = await appAndHub()
    const next = `${name}next`
    await scene.hub(next)
    atDelete(hub.names.partitions, { action: answer(403, 'AuthorizationFailure', 'table') })

    const run = await cleanUp(scene, app, [name, next])

    assertRefused(run, new RegExp(`'${name}' was not deleted: .*delete table '${hub.names.partitions}'.*403`))
    assert.deepEqual(namesIn(run, 'deletedTaskHubs'), [next])
    assert.deepEqual(namesIn(run, 'keptTaskHubs'), [name])
    assert.ok((await resourcesOf(scene, name)).includes(`table ${hub.names.instances}`))

    const again = await cleanUp(scene, app, [name, next])
    assert.equal(again.result, 'Succeeded', again.log)
    assert.deepEqual(
      entries(again, 'deletedTaskHubs').map(({ state }) => state),
      ['deleted', 'absent'],
    )
    assert.deepEqual(await resourcesOf(scene, name), [])
  })

  it('holds a hub back, and deletes nothing, when a listing is not what it promises', async () => {
    const { app, name } = await appAndHub()
    const before = await resourcesOf(scene, name)
    for (const path of [/comp=list.*prefix=trouble/, /\/Tables(?:\?|\(\)|$)/, /Instances\(\)/, /Partitions\(\)/]) {
      const fault = scene.azure.faults.add({ service: 'storage', method: 'GET', path, action: { kind: 'html' } })
      const run = await cleanUp(scene, app, [name])
      assert.ok(fault.struck() > 0, String(path))
      fault.remove()
      assertRefused(run, /HTML|'text\/html'|not a whole|instead of/)
      assert.deepEqual(await resourcesOf(scene, name), before)
    }
  })

  it('holds a hub back, and deletes nothing, when the apps of the subscription cannot be listed', async () => {
    const { app, name } = await appAndHub()
    const before = await resourcesOf(scene, name)
    scene.azure.faults.add({
      service: 'arm',
      path: /^\/subscriptions\/[^/]+\/providers\/Microsoft\.Web\/sites\?/,
      action: { kind: 'body', body: '{"value":"none"}' },
    })
    const run = await cleanUp(scene, app, [name], { resourceGroupName: 'shop-rg' })
    assertRefused(run, /list the function apps of the subscription/)
    assert.deepEqual(await resourcesOf(scene, name), before)
  })

  it('finishes what an earlier run has begun', async () => {
    const begun: ((hub: FilledHub) => Promise<unknown>)[] = [
      async ({ storage, names }) => await storage.queue(names.control(0)).delete(),
      async (hub) => await withoutQueues(hub),
      async (hub) => {
        await withoutQueues(hub)
        await hub.storage.tables.deleteTable(hub.names.partitions)
        await hub.storage.tables.deleteTable(hub.names.instances)
      },
      async (hub) => {
        await withoutQueues(hub)
        const { partitions, instances, history } = hub.names
        for (const table of [partitions, instances, history]) await hub.storage.tables.deleteTable(table)
        await hub.storage.blobs.deleteContainer(hub.names.leases)
      },
    ]
    const runs = begun.map(async (begin) => {
      const { app, hub, name } = await appAndHub()
      await begin(hub)
      return { name, run: await cleanUp(scene, app, [name]) }
    })
    for (const { name, run } of await Promise.all(runs)) {
      assert.equal(run.result, 'Succeeded', run.log)
      assert.deepEqual(namesIn(run, 'deletedTaskHubs'), [name])
      assert.deepEqual(await resourcesOf(scene, name), [])
    }
  })

  it('has deleted nothing when it is cancelled before the second proof', async () => {
    const { app, hub, name } = await appAndHub()
    const before = await resourcesOf(scene, name)
    const path = new RegExp(`${hub.names.instances}\\(\\).*RuntimeStatus`)
    const proof = scene.azure.requests.next({ service: 'storage', path, status: 200 })

    const run = await cancelAt(proof, (signal) => start(app, name, signal))

    assert.match(run.message, /Run the task again/)
    assert.deepEqual(await resourcesOf(scene, name), before)
  })

  it('ends in time when it is cancelled amid the deletion, says so, and a rerun finishes', async () => {
    const { app, hub, name } = await appAndHub()
    const { history } = hub.names
    atDelete(history, { action: { kind: 'stall' } })
    const deleting = scene.azure.requests.next({ service: 'storage', method: 'DELETE', path: pathOf(history) })

    const run = await cancelAt(deleting, (signal) => start(app, name, signal))

    assert.match(run.message, new RegExp(`Cancelled while task hub '${name}' was being deleted.*Run the task again`))
    assert.ok((await resourcesOf(scene, name)).includes(`table ${history}`))
    assert.match(run.message, /This run still holds the deployment lock of/)
    assert.deepEqual(await historyOf(scene, app.name), { hubs: [], audit: [] })

    const again = await cleanUp(scene, app, [name])
    assert.equal(again.result, 'Succeeded', again.log)
    assert.deepEqual(await resourcesOf(scene, name), [])
    assert.equal((await recordOf(scene, app.name))?.audit[0]?.['taskHub'], name)
  })

  it('deletes nothing when the lock cannot be written, and without a lock only warns of the record', async () => {
    const { app, name } = await appAndHub()
    const path = /durable-safe-deployment/
    scene.azure.faults.add({
      service: 'storage',
      method: 'PUT',
      path,
      action: answer(403, 'AuthorizationFailure', 'xml'),
    })
    const before = await resourcesOf(scene, name)
    assertRefused(await cleanUp(scene, app, [name]), /deployment lock of 'shop\d+x' could not be taken.*lock to false/)
    assert.deepEqual(await resourcesOf(scene, name), before)
    const run = await cleanUp(scene, app, [name], { lock: 'false' })
    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(warningsOf(run).join(), /record of 'shop\d+x' was not written/)
    assert.deepEqual(await resourcesOf(scene, name), [])
  })

  async function start(app: FunctionApp, name: string, signal: AbortSignal) {
    return await scene.run('CleanupTaskHub', { appName: app.name, taskHubName: name }, { signal })
  }

  async function withoutQueues({ storage, names }: FilledHub): Promise<void> {
    await storage.queue(names.control(0)).delete()
    await storage.queue(names.workItems).delete()
  }
})
