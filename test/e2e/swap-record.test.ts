import assert from 'node:assert/strict'
import { assertEndsWell, assertRefused, warningsOf } from './endings.ts'
import { recordOf } from './rotate-scene.ts'
import { Scene } from './scene.ts'
import { SwapApp } from './swap-scene.ts'

const variables = {
  'Build.BuildId': '77',
  'Build.BuildNumber': '20260103.7',
  'System.TeamProject': 'Web shop',
  'System.TeamFoundationCollectionUri': 'https://dev.azure.com/local/',
}
const by = {
  id: '00000000-0000-4000-8000-0000000000c0/00000000-0000-4000-8000-0000000000d0/build/77',
  run: '20260103.7',
  project: 'Web shop',
  link: 'https://dev.azure.com/local/Web%20shop/_build/results?buildId=77',
}

const named = (name: string) => (entry: { readonly hub?: unknown }) => (entry.hub as { name: string }).name === name

describe('SlotSwap and the deployment record', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start({ accounts: ['stdurable', 'stother'], timing: { stepMs: 20 } })))
  after(async () => await scene.stop())

  const accountOf = (name?: string) => {
    const account = scene.azure.storage.account(name)
    return { name: account.name, id: account.tableUrl.replace('http://', '') }
  }
  const recorded = async (shop: SwapApp) => {
    const record = await recordOf(scene, shop.app.name)
    return { hubs: record?.hubs ?? [], audit: record?.audit ?? [] }
  }

  it('keeps which hub serves since when, and who swapped', async () => {
    const shop = await SwapApp.start(scene)
    const from = Date.now()

    const run = await shop.swap({}, { variables })

    assert.equal(run.result, 'Succeeded', run.log)
    const { hubs, audit } = await recorded(shop)
    const at = String(audit[0]?.at)
    assert.ok(Date.parse(at) >= from && Date.parse(at) <= Date.now())
    assert.deepEqual(hubs, [{ hub: { account: accountOf(), name: shop.newHub }, productionSince: at }])
    const evidence = 'the slots were read after the swap'
    assert.deepEqual(audit, [{ at, by, action: 'swap', taskHub: shop.newHub, evidence }])
  })

  it('keeps a swap back too', async () => {
    const shop = await SwapApp.start(scene)

    await shop.swap({ healthCheckPath: '/api/health' })

    shop.assertNotSwapped(2)
    const { hubs, audit } = await recorded(shop)
    assert.deepEqual(
      audit.map(({ action, taskHub }) => [action, taskHub]),
      [
        ['swap', shop.newHub],
        ['swapBack', shop.oldHub],
      ],
    )
    assert.equal(hubs.find(named(shop.oldHub))?.productionSince, audit[1]?.at)
  })

  it('says of a hub that is not in production nothing of production', async () => {
    const shop = await SwapApp.start(scene, { slots: ['staging', 'qa'] })
    shop.app.slot('qa').replaceSettings({ ...shop.app.slot().settings, TaskHubName: 'qahub' })

    const run = await shop.swap({ sourceSlot: 'qa', targetSlot: 'staging', taskHubName: 'qahub' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual((await recorded(shop)).hubs, [{ hub: { account: accountOf(), name: 'qahub' } }])
  })

  it('is kept in the account of the hub that serves now', async () => {
    const { connectionString } = scene.azure.storage.account('stother')
    const shop = await SwapApp.start(scene, { settings: { staging: { AzureWebJobsStorage: connectionString } } })

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual((await recorded(shop)).audit, [])
    const record = await recordOf(scene, shop.app.name, 'stother')
    assert.deepEqual(record?.hubs[0]?.hub, { account: accountOf('stother'), name: shop.newHub })
  })

  it('gets no word from a dry run, a refusal and a rerun', async () => {
    const shop = await SwapApp.start(scene)

    await shop.swap({ dryRun: 'true' })
    await shop.swap({ taskHubName: 'elsewhere' })
    assert.deepEqual(await recorded(shop), { hubs: [], audit: [] })

    await shop.swap()
    const once = await recorded(shop)
    assert.equal((await shop.swap()).outputs['alreadySwapped'], 'true')
    assert.deepEqual(await recorded(shop), once)
  })

  it('is made good where the run that swapped did not live to write it', async () => {
    const shop = await SwapApp.start(scene)
    const rotated = { taskHubName: 'nexthub', requireIdle: 'false' }
    const rotation = await scene.run('RotateTaskHub', { appName: shop.app.name, ...rotated })
    assert.equal(rotation.result, 'Succeeded', rotation.log)
    await shop.swapByHand()

    const run = await shop.swap({ taskHubName: 'nexthub' })

    assert.equal(run.outputs['alreadySwapped'], 'true', run.log)
    const { hubs, audit } = await recorded(shop)
    assert.ok(hubs.find(named('nexthub'))?.productionSince)
    assert.deepEqual(audit.map(({ action, evidence }) => [action, evidence]).at(-1), ['swap', 'an earlier run swapped'])
  })

  it('holds up no swap without a lock where it cannot be written', async () => {
    const front = (await scene.azure.storage.front()).account()
    const throughFront = { AzureWebJobsStorage: front.connectionString }
    const shop = await SwapApp.start(scene, { settings: { production: throughFront, staging: throughFront } })
    const broken = { service: 'storage', path: new RegExp(`/${shop.app.name}\\.json`) } as const
    scene.azure.faults.add({ ...broken, action: { kind: 'status', status: 403 } })

    assertRefused(await shop.swap(), /Storage Blob Data Contributor/)
    shop.assertNotSwapped()
    const run = await shop.swap({ lock: 'false' })

    assert.match(run.result, /^Succeeded/, run.log)
    assertEndsWell(run)
    shop.assertOutputs(run, { swapped: true }, 'swapped')
    shop.assertSwapped()
    assert.match(warningsOf(run).join('\n'), /The deployment record of 'shop\d+x' was not written\./)
  })
})
