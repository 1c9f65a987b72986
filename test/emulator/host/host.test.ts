import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fillHub } from '../../../emulator/durable/fill.ts'
import { startHost } from '../../../emulator/host/host.ts'
import type { Host, HostOptions, HostResponse } from '../../../emulator/host/types.ts'
import { startAzurite } from '../../support/azurite.ts'
import type { Azurite } from '../../support/azurite.ts'
import { until } from '../durable/hub-for-test.ts'

const base = '/runtime/webhooks/durabletask'

describe("a slot's Functions host", () => {
  let azurite: Azurite
  let content: string
  const hosts: Host[] = []
  before(async () => {
    azurite = await startAzurite()
    content = await mkdtemp(join(tmpdir(), 'host-content-'))
    await cp(new URL('../../../demo/app', import.meta.url), content, { recursive: true })
  })
  afterEach(() => Promise.all(hosts.splice(0).map((host) => host.stop())))
  after(async () => {
    await azurite.stop()
    await rm(content, { recursive: true, force: true })
  })

  function options(settings: Record<string, string>, more: Partial<HostOptions> = {}): HostOptions {
    return {
      siteName: 'shop',
      slotName: 'staging',
      settings: {
        AzureWebJobsStorage: azurite.connectionString,
        'AzureWebJobs.TakeOrders.Disabled': 'true',
        ...settings,
      },
      contentDir: content,
      hostName: 'shop-staging.localhost:1',
      keys: { master: 'master-key', system: {}, functions: { default: 'function-key' } },
      storageToken: () => Promise.resolve('token'),
      leaseSeconds: 5,
      ...more,
    }
  }

  async function start(settings: Record<string, string>, more: Partial<HostOptions> = {}): Promise<Host> {
    const host = startHost(options(settings, more))
    hosts.push(host)
    await host.ready
    return host
  }

  type Ask = { method?: string; headers?: Record<string, string>; body?: string; caller?: 'public' | 'arm' }

  function ask(host: Host, target: string, { method = 'GET', headers = {}, body = '', caller = 'arm' }: Ask = {}) {
    const [path = '', query] = target.split('?')
    const request = { method, path, query: new URLSearchParams(query), headers, body: Buffer.from(body) }
    return host.handle(request, caller)
  }

  async function status(host: Host): Promise<{ state: string; errors?: string[] }> {
    return parse(await ask(host, '/admin/host/status'))
  }

  it('runs an order to its end on one version, and its timer starter takes orders', async () => {
    const host = await start({ TaskHubName: 'OrdersA', 'AzureWebJobs.TakeOrders.Disabled': 'false' })
    assert.equal((await status(host)).state, 'Running')
    const done = await until('an order was completed', async () => {
      const answer = await ask(host, `${base}/instances?runtimeStatus=Completed`)
      return parse<{ name: string; output: { versions: string[] } }[]>(answer).find(
        (item) => item.name === 'ProcessOrder',
      )
    })
    assert.deepEqual(done.output.versions, ['1.0.0'])
  })

  it('runs without functions and without Durable Functions while nothing is deployed', async () => {
    const host = await start({}, { contentDir: undefined })
    assert.equal((await status(host)).state, 'Running')
    assert.deepEqual(host.functions(), [])
    assert.equal((await ask(host, `${base}/instances`)).status, 404)
    assert.equal((await ask(host, '/')).status, 200)
  })

  const broken: [string, Record<string, string>, RegExp][] = [
    ['a hub setting that is missing', {}, /'%TaskHubName%' should contain only alphanumeric/],
    ['a hub name that is not valid', { TaskHubName: 'my-hub' }, /'my-hub' should contain only alphanumeric/],
    ['the default hub in a slot', { TaskHubName: 'Shop' }, /must be specified in host\.json when using slots/],
    ['storage that is not set', { TaskHubName: 'OrdersB', AzureWebJobsStorage: '' }, /cannot be reached/],
  ]
  for (const [what, settings, error] of broken) {
    it(`is in state Error with ${what}, and answers 503`, async () => {
      const host = await start(settings)
      const seen = await status(host)
      assert.equal(seen.state, 'Error')
      assert.match(seen.errors?.[0] ?? '', error)
      assert.equal((await ask(host, '/')).status, 503)
      assert.equal((await ask(host, `${base}/instances`)).status, 503)
    })
  }

  it('takes the hub that a setting puts over host.json', async () => {
    const host = await start({ AzureFunctionsJobHost__extensions__durableTask__hubName: 'Overridden' })
    assert.equal((await status(host)).state, 'Running')
    assert.deepEqual(parse(await ask(host, `${base}/instances`)), [])
    const hub = await fillHub(azurite.connectionString, 'Overridden', { parts: [] })
    assert.ok((await hub.storage.table('OverriddenPartitions').getEntity('', 'overridden-control-00'))['CurrentOwner'])
  })

  it('lets admin routes be called with the master key, the durable API with its own key too, and nothing without', async () => {
    const keys = { master: 'm', system: {} as Record<string, string>, functions: {} }
    const host = await start({ TaskHubName: 'OrdersKeys' }, { keys })
    const own = keys.system['durabletask_extension'] ?? ''
    const by = async (target: string, key?: string) => {
      const headers: Record<string, string> = key === undefined ? {} : { 'x-functions-key': key }
      return (await ask(host, target, { caller: 'public', headers })).status
    }
    assert.deepEqual([await by('/admin/host/status'), await by('/admin/host/status', own)], [401, 401])
    assert.equal(await by('/admin/host/status', 'm'), 200)
    assert.deepEqual([await by(`${base}/instances`), await by(`${base}/instances`, 'x')], [401, 401])
    assert.deepEqual([await by(`${base}/instances`, own), await by(`${base}/instances`, 'm')], [200, 200])
    assert.equal(await by(`${base}/instances?code=${own}`), 200)
  })

  it('starts no listener for a disabled starter and hides a disabled HTTP function', async () => {
    const host = await start({ TaskHubName: 'OrdersC', 'AzureWebJobs.PlaceOrder.Disabled': '1' })
    const disabled = host.functions().filter((info) => info.disabled)
    assert.deepEqual(disabled.map((info) => info.name).sort(), ['PlaceOrder', 'TakeOrders'])
    const order = { method: 'POST', body: '{"order":1}', caller: 'public' as const }
    assert.equal((await ask(host, '/api/orders', order)).status, 404)
    assert.equal((await ask(host, '/api/orders', { ...order, caller: 'arm' })).status, 202)
  })

  it('fails an order whose orchestrator is disabled', async () => {
    const running = await start({ TaskHubName: 'OrdersD', 'AzureWebJobs.ProcessOrder.Disabled': 'true' })
    const { id } = parse<{ id: string }>(await ask(running, '/api/orders', { method: 'POST', body: '{}' }))
    const end = await until('it ended', async () => {
      const answer = await ask(running, `${base}/instances/${id}`)
      return answer.status === 200 && parse<{ runtimeStatus: string; output: string }>(answer)
    })
    assert.equal(end.runtimeStatus, 'Failed')
    assert.match(end.output, /is disabled, or is not an orchestrator function/)
  })

  it('pages through instances, short pages with a token and the last one without', async () => {
    const hub = await fillHub(azurite.connectionString, 'Paging')
    await hub.completed(7)
    await hub.running({ instanceId: 'zz-last', name: 'Waits' })
    await hub.entity('counter', 'x')
    const host = await start({ TaskHubName: 'OrdersE' })
    const pages: { items: { instanceId: string }[]; token: string | undefined }[] = []
    let token: string | undefined
    do {
      const headers: Record<string, string> = token === undefined ? {} : { 'x-ms-continuation-token': token }
      const answer = await ask(host, `${base}/instances?taskHub=Paging&top=3&runtimeStatus=Running`, { headers })
      token = answer.headers?.['x-ms-continuation-token']
      pages.push({ items: parse(answer), token })
    } while (token !== undefined)
    assert.ok(pages.length >= 3)
    assert.ok(pages.some((page) => page.items.length === 0 && page.token !== undefined))
    const ids = pages.flatMap((page) => page.items.map((item) => item.instanceId))
    assert.deepEqual(ids.sort(), ['@counter@x', 'zz-last'])
  })

  it('parses runtimeStatus with its case and drops what it does not know, even all of it', async () => {
    const hub = await fillHub(azurite.connectionString, 'Filters')
    await hub.completed(2)
    await hub.suspended()
    const host = await start({ TaskHubName: 'OrdersF' })
    const count = async (query: string) =>
      parse<unknown[]>(await ask(host, `${base}/instances?taskHub=Filters${query}`)).length
    assert.equal(await count('&runtimeStatus=Suspended'), 1)
    assert.equal(await count('&runtimeStatus=Suspended,bogus'), 1)
    assert.equal(await count('&runtimeStatus=suspended'), 3)
    assert.equal(await count('&runtimeStatus=Pending'), 0)
    assert.equal(await count(`&createdTimeFrom=${new Date(Date.now() + 60_000).toISOString()}`), 0)
  })

  it('creates the hub that a caller names, as Azure does', async () => {
    const host = await start({ TaskHubName: 'OrdersG' })
    assert.deepEqual(parse(await ask(host, `${base}/instances?taskHub=Garbage`)), [])
    const hub = await fillHub(azurite.connectionString, 'Garbage', { parts: [] })
    assert.equal(await hub.storage.queue('garbage-control-00').exists(), true)
  })

  it('answers 202 while an instance runs, 410 for one that has ended, 404 for none and purges what has ended', async () => {
    const hub = await fillHub(azurite.connectionString, 'OrdersH')
    const [done = ''] = await hub.completed()
    const running = await hub.running({ instanceId: 'a/b' })
    const host = await start({ TaskHubName: 'OrdersH' })
    const code = async (target: string, method = 'GET') =>
      (await ask(host, `${base}/instances/${target}`, { method })).status
    const escaped = encodeURIComponent(running)
    assert.deepEqual([await code(done), await code(escaped), await code('nobody')], [200, 202, 404])
    assert.deepEqual([await code(`${done}/terminate`, 'POST'), await code('nobody/suspend', 'POST')], [410, 404])
    assert.deepEqual([await code(escaped, 'DELETE'), await code(done, 'DELETE'), await code(done)], [412, 200, 404])
    assert.equal(await code(`${escaped}/terminate?reason=enough`, 'POST'), 202)
    await until('it was terminated', async () => (await code(escaped)) === 200)
  })

  it('fails on another version what one version began on the same hub', async () => {
    const next = await mkdtemp(join(tmpdir(), 'host-content-'))
    await cp(content, next, { recursive: true })
    const manifest = await readFile(join(next, 'package.json'), 'utf8')
    await writeFile(join(next, 'package.json'), manifest.replace('1.0.0', '2.0.0'))
    const first = await start({ TaskHubName: 'OrdersI' })
    const body = '{"order":1,"pauseSeconds":3}'
    const { id } = parse<{ id: string }>(await ask(first, '/api/orders', { method: 'POST', body }))
    await until('it runs', async () => (await ask(first, `${base}/instances/${id}`)).body?.includes('"Running"'))
    await until('its first step is in History', async () => {
      const hub = await fillHub(azurite.connectionString, 'OrdersI', { parts: [] })
      for await (const row of hub.storage.table('OrdersIHistory').listEntities())
        if (row['EventType'] === 'TimerCreated') return true
      return false
    })
    await first.stop()
    const second = await start({ TaskHubName: 'OrdersI' }, { contentDir: next })
    const end = await until('it ended', async () => {
      const answer = await ask(second, `${base}/instances/${id}`)
      return answer.status === 200 && parse<{ runtimeStatus: string; output: string }>(answer)
    })
    assert.equal(end.runtimeStatus, 'Failed')
    assert.match(end.output, /NonDeterministicOrchestrationException/)
    await rm(next, { recursive: true, force: true })
  })

  it('says what it is and what it has', async () => {
    const host = await start({ TaskHubName: 'OrdersJ' })
    const functions = parse<{ name: string; config: { bindings: { type: string }[] } }[]>(
      await ask(host, '/admin/functions'),
    )
    assert.equal(functions.find((info) => info.name === 'PlaceOrder')?.config.bindings[0]?.type, 'httpTrigger')
    assert.equal((await ask(host, '/admin/host/ping', { caller: 'public' })).status, 200)
    assert.deepEqual(parse(await ask(host, '/admin/host/synctriggers', { method: 'POST' })), { status: 'success' })
    assert.equal((await ask(host, '/admin/host/drain', { method: 'POST' })).status, 202)
    assert.equal(parse<{ state: string }>(await ask(host, '/admin/host/drain/status')).state, 'Completed')
  })
})

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the test says what it expects to read
function parse<T>(response: HostResponse): T {
  return JSON.parse(response.body?.toString() ?? 'null') as T
}
