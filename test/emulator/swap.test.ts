import assert from 'node:assert/strict'
import {
  applySlotConfigurationSlot,
  get,
  getSlot,
  resetSlotConfigurationSlot,
  swapSlot,
  swapSlotWithProduction,
} from '@azure/arm-appservice/api/webApps'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { EchoHosts } from './support/echo-host.ts'
import { echoHosts } from './support/echo-host.ts'
import { ask, askArm } from './support/request.ts'
import { armClient, armScope, credentialOf } from './support/sdk.ts'

const toProduction = { targetSlot: 'production', preserveVnet: false }

describe('A swap on loopback', function () {
  this.timeout(30_000)
  let azure: Azure
  let hosts: EchoHosts
  let client: ReturnType<typeof armClient>
  let token: string
  let broken = false
  let count = 0

  before(async () => {
    hosts = echoHosts(({ slotName }) => broken && slotName === 'staging')
    azure = await startAzure({
      startHost: hosts.start,
      timing: { stepMs: 5, retryAfterSeconds: 0, warmUpTimeoutMs: 300, warmUpAttempts: 2 },
    })
    const principal = await azure.addServicePrincipal()
    client = armClient(azure, principal)
    token = (await credentialOf(azure, principal).getToken(armScope)).token
  })
  after(() => azure.stop())
  afterEach(() => {
    azure.faults.clear()
    azure.timing.stepMs = 5
    broken = false
  })

  const newApp = (settings: Record<string, string> = {}): Promise<FunctionApp> => {
    count += 1
    return azure.addFunctionApp({
      name: `app${count}`,
      resourceGroup: 'rg',
      slots: ['staging'],
      settings: {
        production: { TaskHubName: 'hub1', Where: 'production', OnlyProduction: 'p' },
        staging: { TaskHubName: 'hub2', Where: 'staging', ...settings },
      },
      stickySettings: ['where', 'OnlyProduction'],
    })
  }
  const post = (app: FunctionApp, what: string, body: unknown = toProduction) =>
    askArm(azure, token, `/resourceGroups/rg/providers/Microsoft.Web/sites/${app.name}/${what}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
  const swapped = (app: FunctionApp) =>
    swapSlot(client, 'rg', app.name, 'staging', toProduction, { updateIntervalInMs: 10 }).pollUntilDone()

  it('exchanges processes and settings, and leaves hostnames, keys and sticky settings where they are', async () => {
    const app = await newApp()
    const [production, staging] = [app.slot(), app.slot('staging')]
    const names = [production.hostName, staging.hostName]
    const keys = [production.keys, staging.keys]
    const promoted = staging.worker

    await swapped(app)

    assert.deepEqual(production.settings, { TaskHubName: 'hub2', Where: 'production', OnlyProduction: 'p' })
    assert.deepEqual(staging.settings, { TaskHubName: 'hub1', Where: 'staging' })
    assert.equal(production.worker, promoted)
    assert.deepEqual([production.hostName, staging.hostName], names)
    assert.deepEqual([production.keys, staging.keys], keys)
    const served = JSON.parse((await ask(azure, `https://${production.hostName}/`)).text) as Record<string, unknown>
    assert.equal(served['slot'], 'production')
    assert.deepEqual(served['settings'], production.settings)
  })

  it('goes in the order of a real one: settings, restart, warm-up, routing, settings, restart', async () => {
    const app = await newApp()

    await swapped(app)

    assert.deepEqual(
      app.events.map(({ step }) => step),
      ['settings', 'restart', 'warmUp', 'routing', 'settings', 'restart'],
    )
    assert.deepEqual(new Set(app.events.map(({ slot }) => slot)), new Set(['staging']))
    const mine = hosts.started
      .filter(({ options }) => options.siteName === app.name)
      .map(({ options }) => options.settings)
    assert.deepEqual(mine.at(-2), { TaskHubName: 'hub2', Where: 'production', OnlyProduction: 'p' })
    assert.deepEqual(mine.at(-1), { TaskHubName: 'hub1', Where: 'staging' })
  })

  it('reports the last swap on both slots, and an operation only while it runs', async () => {
    const app = await newApp()

    await swapped(app)

    const site = await get(client, 'rg', app.name)
    assert.equal(site.slotSwapStatus?.sourceSlotName, 'staging')
    assert.equal(site.slotSwapStatus.destinationSlotName, 'production')
    assert.equal((await getSlot(client, 'rg', app.name, 'staging')).targetSwapSlot ?? undefined, undefined)
    assert.equal(site.inProgressOperationId ?? undefined, undefined)
  })

  it('works from production to the slot as well', async () => {
    const app = await newApp()

    const toStaging = { targetSlot: 'staging', preserveVnet: false }
    await swapSlotWithProduction(client, 'rg', app.name, toStaging, { updateIntervalInMs: 10 }).pollUntilDone()

    assert.equal(app.slot().settings['TaskHubName'], 'hub2')
    assert.equal(app.slot().slotSwapStatus?.sourceSlotName, 'production')
  })

  it('answers 202 with Location and Retry-After, then 202 again until it is over', async () => {
    const headers = { authorization: `Bearer ${token}` }
    azure.timing.stepMs = 60_000
    const slow = await post(await newApp(), 'slots/staging/slotsswap')
    azure.timing.stepMs = 5
    const app = await newApp()
    const quick = await post(app, 'slots/staging/slotsswap')
    await app.running?.over

    assert.equal(slow.status, 202)
    assert.equal(slow.headers['retry-after'], '0')
    const location = String(slow.headers['location'])
    assert.match(location, /\/slots\/staging\/operationresults\/[^/]+\?api-version=2025-05-01$/)
    assert.equal((await ask(azure, location, { headers })).status, 202)
    assert.equal((await ask(azure, String(quick.headers['location']), { headers })).status, 200)
  })

  it('refuses every other change with 409 while it runs, and still answers reads', async () => {
    const app = await newApp()
    azure.timing.stepMs = 60_000
    await post(app, 'slots/staging/slotsswap')

    for (const what of ['slots/staging/slotsswap', 'slotsswap', 'restart', 'slots/staging/applySlotConfig']) {
      const answer = await post(app, what)
      assert.equal(answer.status, 409)
      assert.match(answer.text, /"Code":"Conflict".*another operation is in progress.*OperationName: SwapSiteSlots/)
    }
    assert.equal((await get(client, 'rg', app.name)).inProgressOperationId, app.running?.id)
  })

  it('keeps a swap with preview pending until it is completed', async () => {
    const app = await newApp()

    await applySlotConfigurationSlot(client, 'rg', app.name, 'staging', toProduction)

    assert.equal((await getSlot(client, 'rg', app.name, 'staging')).targetSwapSlot, 'production')
    assert.equal(app.slot('staging').settings['Where'], 'production')
    assert.equal(app.slot().settings['TaskHubName'], 'hub1')
    for (const slot of ['', 'slots/staging/']) {
      const path = `/resourceGroups/rg/providers/Microsoft.Web/sites/${app.name}/${slot}config/appsettings`
      const answer = await askArm(azure, token, path, { method: 'PUT', body: '{"properties":{}}' })
      assert.equal(answer.status, 409)
      assert.match(answer.text, /prepared for swap/)
    }
    await swapped(app)
    assert.equal(app.slot().settings['TaskHubName'], 'hub2')
    assert.equal(app.slot('staging').settings['Where'], 'staging')
    assert.equal(app.slot('staging').targetSwapSlot, undefined)
  })

  it('gives the slot its own settings back when a swap with preview is cancelled', async () => {
    const app = await newApp()
    await applySlotConfigurationSlot(client, 'rg', app.name, 'staging', toProduction)

    await resetSlotConfigurationSlot(client, 'rg', app.name, 'staging')

    assert.deepEqual(app.slot('staging').settings, { TaskHubName: 'hub2', Where: 'staging' })
    assert.equal(app.slot('staging').targetSwapSlot, undefined)
  })

  it('puts everything back when the source does not answer the ping', async () => {
    const app = await newApp()
    const [production, staging] = [app.slot(), app.slot('staging')]
    const workers = [production.worker, staging.worker]
    azure.faults.add({ service: 'host', hostName: staging.hostName, action: { kind: 'reset' } })

    await assert.rejects(swapped(app), { statusCode: 417 })

    assert.deepEqual([production.worker, staging.worker], workers)
    assert.deepEqual(staging.settings, { TaskHubName: 'hub2', Where: 'staging' })
    assert.equal(production.slotSwapStatus, undefined)
    assert.deepEqual(
      app.events.slice(-2).map(({ step }) => step),
      ['revert', 'restart'],
    )
  })

  it('takes any HTTP answer for a ping, unless the statuses that count are named', async () => {
    const page = { kind: 'status', status: 500 } as const
    const [lenient, strict] = [await newApp(), await newApp({ WEBSITE_SWAP_WARMUP_PING_STATUSES: '200,202' })]
    for (const app of [lenient, strict])
      azure.faults.add({ service: 'host', hostName: app.slot('staging').hostName, action: page })

    await swapped(lenient)
    await assert.rejects(swapped(strict), { statusCode: 417 })
  })

  it('fails when the worker of the source cannot be started', async () => {
    const app = await newApp()
    broken = true

    const { headers } = await post(app, 'slots/staging/slotsswap')
    const id = /operationresults\/([^?]+)/.exec(String(headers['location']))?.[1] ?? ''
    const operation = app.operation(id)
    await operation?.over

    assert.equal(operation?.problem?.status, 400)
    assert.match(operation.problem.message, /worker process for 'staging' slot could not be started/)
  })

  const bad: [string, string, unknown, number][] = [
    ['a target that is not there', 'slots/staging/slotsswap', { targetSlot: 'nope', preserveVnet: false }, 404],
    ['a slot with itself', 'slots/staging/slotsswap', { targetSlot: 'STAGING', preserveVnet: false }, 400],
    ['no target', 'slots/staging/slotsswap', { preserveVnet: false }, 400],
    ['no word on the virtual network', 'slots/staging/slotsswap', { targetSlot: 'production' }, 400],
  ]
  for (const [what, path, body, status] of bad) {
    it(`refuses ${what}`, async () => {
      const app = await newApp()

      assert.equal((await post(app, path, body)).status, status)
      assert.deepEqual(app.events, [])
    })
  }
})
