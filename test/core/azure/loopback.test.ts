import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { armFunctionApps } from '../../../core/azure/arm/function-apps.ts'
import { systemClock } from '../../../core/azure/clock.ts'
import { lookThroughManagementApi } from '../../../core/azure/host/durable-api.ts'
import { armSlotHosts } from '../../../core/azure/host/slot-hosts.ts'
import { httpClient } from '../../../core/azure/http/client.ts'
import type { Transport } from '../../../core/azure/http/transport.ts'
import { AzureFailure, Cancelled } from '../../../core/failures.ts'
import type { AppAddress } from '../../../core/function-app/picture.ts'
import { findSlot, production } from '../../../core/function-app/picture.ts'
import type { OperationState, SlotHosts } from '../../../core/function-app/ports.ts'
import { strictPolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import { parseHubName } from '../../../core/task-hub/name.ts'
import type { Azure } from '../../../emulator/azure.ts'
import { startAzure } from '../../../emulator/azure.ts'
import { startHost } from '../../../emulator/host/host.ts'
import { armScope, credentialOf } from '../../emulator/support/sdk.ts'
import { instantClock, never, staging } from './scripted-server.ts'

const functions = `export const orchestrators = { *Wait(context) { yield context.waitForExternalEvent('go') } }`
const swapped = { source: staging, target: production, preserveVnet: false }

describe('Azure on loopback, through the clients', function () {
  this.timeout(60_000)
  let azure: Azure
  let content: string
  let transport: Transport
  let count = 0

  before(async () => {
    content = await mkdtemp(join(tmpdir(), 'loopback-app-'))
    await writeFile(
      join(content, 'host.json'),
      JSON.stringify({ version: '2.0', extensions: { durableTask: { hubName: '%TaskHubName%' } } }),
    )
    await writeFile(join(content, 'package.json'), '{"version":"1.0.0"}')
    await writeFile(join(content, 'functions.mjs'), functions)
    azure = await startAzure({ startHost, timing: { stepMs: 20, retryAfterSeconds: 1 } })
    transport = { userAgent: 'test', proxyFor: () => undefined, tls: { ca: azure.caPem } }
  })
  after(async () => {
    await azure.stop()
    await rm(content, { recursive: true, force: true })
  })
  afterEach(() => azure.faults.clear())

  async function setUp(rights: Parameters<Azure['addServicePrincipal']>[0] = {}) {
    const name = `shop${++count}`
    const AzureWebJobsStorage = azure.storage.account().connectionString
    await azure.addFunctionApp({
      name,
      resourceGroup: 'rg',
      slots: ['staging'],
      settings: {
        production: { AzureWebJobsStorage, TaskHubName: `${name}old`, Where: 'production' },
        staging: { AzureWebJobsStorage, TaskHubName: `${name}new`, Where: 'staging' },
      },
      stickySettings: ['Where'],
      content: { production: content, staging: content },
    })
    const app: AppAddress = { resourceGroup: 'rg', name }
    const apps = armFunctionApps({
      armUrl: azure.armUrl,
      subscriptionId: azure.subscriptionId,
      credential: credentialOf(azure, await azure.addServicePrincipal(rights)),
      scope: armScope,
      transport,
      onSecret: () => undefined,
      clock: instantClock(),
    })
    return { app, apps, http: httpClient(transport) }
  }
  const hubs = async ({ app, apps }: Awaited<ReturnType<typeof setUp>>) =>
    Object.fromEntries(
      (await apps.look(app, never)).slots.map(({ name, settings }) => [
        name,
        settings.kind === 'read' ? settings.values['TaskHubName'] : undefined,
      ]),
    )
  async function ended(apps: ReturnType<typeof armFunctionApps>, url: string): Promise<OperationState> {
    for (;;) {
      const state = await apps.readOperation(url, never)
      if (state.kind !== 'running') return state
      await systemClock.sleep(20, never)
    }
  }
  const swaps = () => azure.requests.count({ service: 'arm', method: 'POST', path: /slotsswap/, effect: true })

  it('show an app as it is', async () => {
    const { app, apps } = await setUp()
    const picture = await apps.look(app, never)
    assert.equal(picture.sku, 'ElasticPremium')
    assert.deepEqual(picture.stickySettings, ['Where'])
    assert.deepEqual(
      picture.slots.map(({ name, state }) => [name, state]),
      [
        ['production', 'Running'],
        ['staging', 'Running'],
      ],
    )
    assert.ok((await apps.list(never)).some(({ name }) => name === app.name))
  })

  it('swap, are followed to the end, and show the hubs exchanged', async () => {
    const set = await setUp()
    const reply = await set.apps.requestSwap(set.app, swapped, never)
    assert.equal(reply.kind, 'accepted')
    assert.equal((await set.apps.requestSwap(set.app, swapped, never)).kind, 'rejected')
    assert.equal((await ended(set.apps, reply.operationUrl)).kind, 'succeeded')
    assert.deepEqual(await hubs(set), { production: `${set.app.name}new`, staging: `${set.app.name}old` })
    const slot = findSlot(await set.apps.look(set.app, never), 'production')
    assert.ok(slot?.lastSwap)
    assert.equal(slot.targetSwapSlot, undefined)
  })

  it('send one request where the reply to it is lost after its effect', async () => {
    const set = await setUp()
    const before = swaps()
    azure.faults.add({ service: 'arm', path: /slotsswap/, when: 'after', times: 1, action: { kind: 'reset' } })
    assert.equal((await set.apps.requestSwap(set.app, swapped, never)).kind, 'lost')
    assert.equal(swaps(), before + 1)
  })

  it('take a page in place of the reply to a swap as unreadable', async () => {
    const set = await setUp()
    azure.faults.add({ service: 'arm', path: /slotsswap/, times: 1, action: { kind: 'html' } })
    assert.equal((await set.apps.requestSwap(set.app, swapped, never)).kind, 'unreadable')
  })

  it('read through throttling, cut connections and cut answers', async () => {
    const set = await setUp()
    const { faults } = azure
    faults.add({
      service: 'arm',
      path: /appsettings\/list/,
      times: 1,
      action: { kind: 'throttle', retryAfterSeconds: 3 },
    })
    faults.add({ service: 'arm', path: /slotConfigNames/, times: 1, action: { kind: 'reset' } })
    faults.add({ service: 'arm', path: /\/slots\?/, times: 1, action: { kind: 'truncate' } })
    assert.deepEqual(await hubs(set), { production: `${set.app.name}old`, staging: `${set.app.name}new` })
  })

  it('do not read a page as an app', async () => {
    const set = await setUp()
    azure.faults.add({ service: 'arm', path: /\/slots\?/, action: { kind: 'html' } })
    await assert.rejects(set.apps.look(set.app, never), (error: unknown) => {
      assert.ok(error instanceof AzureFailure)
      assert.equal(error.kind, 'unreadable')
      return true
    })
  })

  it('let themselves be cancelled while Azure stalls', async () => {
    const set = await setUp()
    azure.faults.add({ service: 'arm', path: /\/slots\?/, action: { kind: 'stall' } })
    const cancel = new AbortController()
    const arrived = azure.requests.next({ service: 'arm', path: /\/slots\?/ })
    const look = set.apps.look(set.app, cancel.signal)
    await arrived
    cancel.abort()
    await assert.rejects(look, Cancelled)
  })

  it('say which role a reader lacks, and write nothing', async () => {
    const set = await setUp({ arm: 'reader' })
    const settings = findSlot(await set.apps.look(set.app, never), 'staging')?.settings
    assert.equal(settings?.kind, 'unreadable')
    assert.match(settings.because, /Microsoft\.Web\/sites\/config\/list\/action/)
    const write = set.apps.writeSettings(set.app, staging, {}, never)
    await assert.rejects(write, (error: unknown) => error instanceof AzureFailure && error.kind === 'denied')
  })

  it('write a whole set of settings', async () => {
    const set = await setUp()
    const slot = findSlot(await set.apps.look(set.app, never), 'staging')
    assert.equal(slot?.settings.kind, 'read')
    await set.apps.writeSettings(set.app, staging, { ...slot.settings.values, TaskHubName: 'another1' }, never)
    assert.equal((await hubs(set))['staging'], 'another1')
  })

  describe('reach the host of a slot', () => {
    it('that runs, and probe it', async () => {
      const { app, apps, http } = await setUp()
      const hosts = armSlotHosts(apps, http)
      await untilRuns(hosts, app)
      const hostName = await apps.hostName(app, staging, never)
      assert.equal((await hosts.probe(hostName, '/', never)).kind, 'status')
    })

    it('with its master key where Azure Resource Manager does not let them through', async () => {
      const { app, apps, http } = await setUp()
      azure.faults.add({ service: 'arm', path: /hostruntime/, action: { kind: 'status', status: 403 } })
      assert.equal((await armSlotHosts(apps, http).state(app, staging, never)).kind, 'known')
    })

    it('and see an orchestration in flight, either way, and none in the other slot', async () => {
      const { app, apps, http } = await setUp()
      await untilRuns(armSlotHosts(apps, http), app)
      const hostName = await apps.hostName(app, staging, never)
      const { systemKeys } = await apps.hostKeys(app, staging, never)
      const started = await start(hostName, systemKeys['durabletask_extension'] ?? '')
      const look = async (slot: typeof staging) => {
        const hub = parseHubName(`${app.name}${slot === staging ? 'new' : 'old'}`)
        assert.ok(hub)
        const policy = strictPolicy
        const ask = { app, slot, hostName: await apps.hostName(app, slot, never), policy, ownHub: true }
        return lookThroughManagementApi({
          ...ask,
          hub: { name: hub, account: { name: 'a', id: 'a' } },
          arm: apps,
          http,
        })(never)
      }
      for (const fault of [
        undefined,
        { service: 'arm' as const, path: /hostruntime/, action: { kind: 'html' as const } },
      ]) {
        if (fault) azure.faults.add(fault)
        const evidence = await look(staging)
        assert.equal(evidence.verdict, 'busy', evidence.because)
        assert.deepEqual(evidence.inFlightByName, { Wait: 1 })
        assert.equal(evidence.oldest?.instanceId, started)
        assert.equal((await look(production)).verdict, 'idle')
      }
    })
  })

  async function untilRuns(hosts: SlotHosts, app: AppAddress): Promise<void> {
    for (;;) {
      const state = await hosts.state(app, staging, never)
      assert.equal(state.kind, 'known')
      if (state.state === 'Running') return
      assert.equal(state.state, 'Starting', state.errors.join())
      await systemClock.sleep(20, never)
    }
  }

  async function start(hostName: string, key: string): Promise<string> {
    const url = `https://${hostName}/runtime/webhooks/durabletask/orchestrators/Wait`
    const options = { method: 'POST', ca: azure.caPem, agent: false, headers: { 'x-functions-key': key } }
    const body = await new Promise<string>((resolve, reject) => {
      const request = https.request(url, options, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve(text))
      })
      request.on('error', reject)
      request.end('{}')
    })
    return (JSON.parse(body) as { id: string }).id
  }
})
