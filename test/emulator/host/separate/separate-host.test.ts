import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import type { Azure } from '../../../../emulator/azure.ts'
import { startAzure } from '../../../../emulator/azure.ts'
import { swapSlots } from '../../../../emulator/function-app/swap.ts'
import { separateHosts } from '../../../../emulator/host/separate/separate-host.ts'
import type { Host, HostKeys, HostOptions } from '../../../../emulator/host/types.ts'
import { startAzurite } from '../../../support/azurite.ts'
import { until } from '../../durable/hub-for-test.ts'
import type { Listener } from '../app-folder.ts'
import { appFolder, listener } from '../app-folder.ts'

/** Sends `<version>/<number>` without end, whatever its signal says. */
const endless = (url: string, version: string) => `
import { setTimeout as delay } from 'node:timers/promises'
export const starters = { Send: { type: 'timer', everyMs: 20, async run() {
  for (let number = 0; ; number++) { await fetch('${url}/${version}/' + number); await delay(5) }
} } }`

/** Sends once, and when it is told to stop takes its time, says goodbye and returns. */
const polite = (url: string, leaveMs: number) => `
import { setTimeout as delay } from 'node:timers/promises'
export const starters = { Send: { type: 'timer', everyMs: 20, async run(client, { signal }) {
  await fetch('${url}/began')
  await delay(3600_000, undefined, { signal, ref: false }).catch(() => undefined)
  await delay(${leaveMs})
  await fetch('${url}/goodbye')
} } }`

describe('a Functions host in a thread of its own', () => {
  const folders: string[] = []
  const hosts: Host[] = []
  let receiver: Listener
  beforeEach(async () => {
    receiver = await listener()
  })
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()))
    await receiver.close()
    await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
  })

  async function deployed(code: string, version?: string): Promise<string> {
    const folder = await appFolder(code, version === undefined ? {} : { version })
    folders.push(folder)
    return folder
  }

  function start(contentDir: string, graceMs: number, more: Partial<HostOptions> = {}): Host {
    const options: HostOptions = {
      siteName: 'shop',
      slotName: 'production',
      settings: {},
      contentDir,
      hostName: 'shop.localhost:1',
      keys: { master: 'master-key', system: {}, functions: {} },
      storageToken: () => Promise.resolve('token'),
    }
    // Getters stay getters.
    const host = separateHosts({ graceMs })(Object.defineProperties(options, Object.getOwnPropertyDescriptors(more)))
    hosts.push(host)
    return host
  }

  function get(host: Host, target: string, headers: Record<string, string> = {}) {
    const [path = '', query] = target.split('?')
    const request = { method: 'GET', path, query: new URLSearchParams(query), headers, body: Buffer.alloc(0) }
    return host.handle(request, 'public')
  }

  it('is cut off where its function ignores the signal: nothing is sent after the stop', async () => {
    const host = start(await deployed(endless(receiver.url, 'A')), 50)
    await until('it sends', () => Promise.resolve(receiver.heard.length > 3))
    await host.stop()
    const other = await listener()
    const next = start(await deployed(endless(other.url, 'B')), 50)
    const before = receiver.heard.length
    await until('another host sends', () => Promise.resolve(other.heard.length > 10))
    assert.equal(receiver.heard.length, before)
    await next.stop()
    await other.close()
  })

  it('has its grace where its function honours the signal, and is gone as soon as that has returned', async () => {
    const host = start(await deployed(polite(receiver.url, 200)), 3_600_000)
    await until('it began', () => Promise.resolve(receiver.heard.includes('began')))
    await host.stop()
    assert.deepEqual(receiver.heard, ['began', 'goodbye'])
  })

  it('is cut off where its function takes longer than the grace', async () => {
    const host = start(await deployed(polite(receiver.url, 3_600_000)), 50)
    await until('it began', () => Promise.resolve(receiver.heard.includes('began')))
    await host.stop()
    assert.deepEqual(receiver.heard, ['began'])
  })

  it('tells its functions, answers as a host does, and refuses what comes after its stop', async () => {
    const host = start(
      await deployed('export const starters = { Ask: { type: "http", route: "ask", run: () => "hello" } }'),
      50,
    )
    await host.ready
    assert.deepEqual(host.functions(), [{ name: 'Ask', triggerType: 'httpTrigger', disabled: false }])
    const key = { 'x-functions-key': 'master-key' }
    assert.equal((await get(host, '/api/ask', key)).body?.toString(), '"hello"')
    assert.equal((await get(host, '/api/ask')).status, 401)
    const status = JSON.parse((await get(host, '/admin/host/status', key)).body?.toString() ?? '') as { state: string }
    assert.equal(status.state, 'Running')
    await host.stop()
    await assert.rejects(get(host, '/api/ask', key))
  })

  it('has no functions and says why where its code cannot be loaded', async () => {
    const host = start(await deployed('this is no module'), 50)
    await host.ready
    assert.deepEqual(host.functions(), [])
    const { body } = await get(host, '/admin/host/status', { 'x-functions-key': 'master-key' })
    assert.match(body?.toString() ?? '', /"state":"Error"/)
  })

  it('makes the key of the durable extension in the slot it serves at that moment', async () => {
    const azurite = await startAzurite()
    try {
      const folder = await appFolder('export const orchestrators = { Wait: () => null }', {
        hostJson: { extensions: { durableTask: { hubName: 'KeysHub' } } },
      })
      folders.push(folder)
      const first: HostKeys = { master: 'one', system: {}, functions: {} }
      const second: HostKeys = { master: 'two', system: {}, functions: {} }
      let keys = first
      const host = start(folder, 50, {
        settings: { AzureWebJobsStorage: azurite.connectionString },
        get keys() {
          return keys
        },
      })
      await host.ready
      assert.ok(first.system['durabletask_extension'])
      assert.deepEqual(second.system, {})
      keys = second
      const instances = '/runtime/webhooks/durabletask/instances'
      assert.equal((await get(host, instances, { 'x-functions-key': 'two' })).status, 200)
      assert.equal((await get(host, instances, { 'x-functions-key': 'one' })).status, 401)
      assert.ok(second.system['durabletask_extension'])
    } finally {
      await Promise.all(hosts.splice(0).map((host) => host.stop()))
      await azurite.stop()
    }
  })
})

describe('a swap of slots whose hosts run in threads', () => {
  let azure: Azure
  let receiver: Listener
  const folders: string[] = []
  before(async () => {
    receiver = await listener()
    azure = await startAzure({ startHost: separateHosts({ graceMs: 50 }), timing: { stepMs: 10 } })
  })
  after(async () => {
    await azure.stop()
    await receiver.close()
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
  })

  it('ends the old version in the middle of its run, and the new one goes on', async () => {
    const [old, fresh] = [await appFolder(endless(receiver.url, 'A')), await appFolder(endless(receiver.url, 'B'))]
    folders.push(old, fresh)
    const app = await azure.addFunctionApp({
      name: 'cut',
      resourceGroup: 'rg',
      slots: ['staging'],
      settings: { production: {}, staging: { 'AzureWebJobs.Send.Disabled': 'true' } },
      stickySettings: ['AzureWebJobs.Send.Disabled'],
      content: { production: old, staging: fresh },
    })
    const sent = (version: string) => receiver.heard.filter((item) => item.startsWith(`${version}/`)).length
    await until('the old version sends', () => Promise.resolve(sent('A') > 3))
    assert.equal(sent('B'), 0)
    await swapSlots({ app, source: app.slot('staging'), target: app.slot() })
    const [ofOld, ofNew] = [sent('A'), sent('B')]
    await until('the new version goes on', () => Promise.resolve(sent('B') > ofNew + 10))
    assert.equal(sent('A'), ofOld)
  })
})
