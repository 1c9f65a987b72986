import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import type { Azure } from '../../../emulator/azure.ts'
import { startAzure } from '../../../emulator/azure.ts'
import type { FilledHub } from '../../../emulator/durable/fill.ts'
import { fillHub } from '../../../emulator/durable/fill.ts'
import { readVersion, root } from '../../../scripts/packaging/project.ts'
import { zipStateService } from '../../../scripts/packaging/state-service.ts'
import { echoHosts } from '../../emulator/support/echo-host.ts'
import { bicepOf, listIn } from '../infra/bicep.ts'
import { FunctionsHost } from './functions-host.ts'

const readKey = 'a-key-that-only-reads-0123456789abcdef'
const eventKey = 'a-key-that-only-delivers-0123456789'
const statusOf = (slot: string) => `/api/v1/apps/shop/slots/${slot}/status`

let zipped: Promise<Uint8Array> | undefined
const packaged = () => (zipped ??= zipStateService())

function eventOf(instanceId: string, status: string, hubName = 'shopnew'): object {
  return {
    ...{ id: `event-of-${instanceId}`, topic: '/subscriptions/s/topics/t', subject: `durable/orchestrator/${status}` },
    data: { hubName, functionName: 'Order', instanceId, reason: '', runtimeStatus: status },
    ...{ eventType: 'orchestratorEvent', eventTime: '2026-11-21T10:00:00Z', dataVersion: '1.0', metadataVersion: '1' },
  }
}

describe('The packaged state service', function () {
  this.timeout(60_000)
  let zip: Uint8Array
  let azure: Azure
  let host: FunctionsHost
  let hub: FilledHub

  before(async () => {
    ;[zip, azure] = await Promise.all([packaged(), startAzure({ startHost: echoHosts().start })])
    azure.addManagedIdentity()
    const { tableUrl, queueUrl, blobUrl, connectionString } = (await azure.storage.startWithTokens()).account()
    const storage = {
      AzureWebJobsStorage__tableServiceUri: tableUrl,
      AzureWebJobsStorage__queueServiceUri: queueUrl,
      AzureWebJobsStorage__blobServiceUri: blobUrl,
    }
    await azure.addFunctionApp({
      ...{ name: 'shop', resourceGroup: 'shop-rg', slots: ['staging'] },
      settings: {
        production: { ...storage, TaskHubName: 'shopold' },
        staging: { ...storage, TaskHubName: 'shopnew' },
      },
    })
    hub = await fillHub({ connectionString, ca: azure.caPem }, 'shopnew')
    host = await FunctionsHost.start(zip, {
      WatchedApps: JSON.stringify([{ name: 'shop', resourceGroup: 'shop-rg' }]),
      AzureSubscriptionId: azure.subscriptionId,
      ServiceKeys: JSON.stringify({
        gate: { sha256: createHash('sha256').update(readKey).digest('hex'), scopes: ['read'] },
        events: { key: eventKey, scopes: ['events'] },
      }),
      StateStorage__tableServiceUri: tableUrl,
      StateStorage__queueServiceUri: queueUrl,
      ArmUrl: azure.armUrl,
      ArmScope: 'https://management.azure.com/.default',
      EntraAuthorityUrl: azure.authorityUrl,
      IDENTITY_ENDPOINT: azure.identityEndpoint.url,
      IDENTITY_HEADER: azure.identityEndpoint.header,
      NODE_EXTRA_CA_CERTS: azure.caFile,
    })
  })
  after(async () => {
    await host.stop()
    await azure.stop()
  })

  it('is a zip with all it needs in its root, and nothing to install', () => {
    const files = unzipSync(zip)
    assert.deepEqual(Object.keys(files).toSorted(), [
      ...['LICENSE.txt', 'ThirdPartyNotices.txt', 'host.cjs', 'host.json', 'package.json'],
    ])
    const text = (name: string) => new TextDecoder().decode(files[name])
    const manifest = JSON.parse(text('package.json')) as Record<string, unknown>
    assert.equal(manifest['version'], readVersion())
    assert.equal(manifest['dependencies'], undefined)
    assert.equal(text('host.json'), readFileSync(join(root, 'state-service/host.json'), 'utf8'))
    for (const name of ['@azure/functions', '@azure/identity', 'jose']) {
      assert.match(text('ThirdPartyNotices.txt'), new RegExp(`^${name} \\d`, 'm'))
    }
  })

  it('is the same to the byte each time', async () => {
    assert.equal(Buffer.compare(zip, await zipStateService()), 0)
  })

  it('registers one route, a timer and a queue with the version 4 model', () => {
    const { registered, model } = host.hello
    assert.equal(model.name, '@azure/functions')
    assert.match(model.version, /^4\./)
    const triggers = registered.map(({ name, bindings }) => {
      const trigger = Object.values(bindings).find(({ direction }) => direction === 'in')
      assert.ok(trigger)
      const { type, route, authLevel, schedule, queueName, connection } = trigger
      return JSON.parse(JSON.stringify({ name, type, route, authLevel, schedule, queueName, connection })) as unknown
    })
    assert.deepEqual(triggers, [
      { name: 'api', type: 'httpTrigger', route: 'v1/{*path}', authLevel: 'anonymous' },
      { name: 'reconcile', type: 'timerTrigger', schedule: '0 */5 * * * *' },
      { name: 'events', type: 'queueTrigger', queueName: 'lifecycle-events', connection: 'StateStorage' },
    ])
  })

  it('lets nobody in without a key, and nobody with a key in the address', async () => {
    const without = await host.request('GET', '/api/v1/health')
    assert.equal(without.status, 401)
    assert.equal(without.headers['content-type'], 'application/problem+json; charset=utf-8')
    const inQuery = await host.request('GET', `/api/v1/health?code=${readKey}`)
    assert.equal(inQuery.status, 400)
    assert.ok(!inQuery.text.includes(readKey))
    assert.match(host.output, /Refused a request from 192\.0\.2\.7:/)
  })

  it('answers every method itself', async () => {
    for (const method of ['HEAD', 'PATCH', 'DELETE', 'OPTIONS']) {
      assert.equal((await host.request(method, '/api/v1/health', { key: readKey })).status, 405, method)
    }
  })

  it('takes the body of a request, and refuses one that is too large', async () => {
    const deliver = (events: readonly object[]) =>
      host.request('POST', '/api/v1/events', { key: eventKey, body: JSON.stringify(events) })
    const taken = await deliver([eventOf('one', 'Completed', 'another')])
    assert.deepEqual([taken.status, taken.json], [200, { taken: 1, ignored: 0 }])
    assert.equal((await deliver([eventOf('x'.repeat(1_200_000), 'Completed')])).status, 413)
  })

  it('looks at every slot when its timer fires, signed in with its managed identity', async () => {
    assert.equal((await host.request('GET', '/api/v1/health', { key: readKey })).status, 503)
    await host.timer()
    const health = await host.request('GET', '/api/v1/health', { key: readKey })
    assert.equal(health.status, 200, health.text)
    assert.equal(health.json['version'], readVersion())
    assert.ok(azure.requests.count({ service: 'identity' }) > 0)
  })

  it('proves a slot idle, and says busy as soon as an event of its queue tells of work that is there', async () => {
    const idle = await host.request('GET', statusOf('staging'), { key: readKey })
    assert.equal(idle.status, 200)
    assert.equal(idle.json['verdict'], 'idle', idle.text)

    const id = await hub.running({ name: 'Order' })
    await host.queue(Buffer.from(JSON.stringify(eventOf(id, 'Running'))).toString('base64'))
    const busy = await host.request('GET', statusOf('staging'), { key: readKey })
    assert.equal(busy.json['verdict'], 'busy', busy.text)
    assert.equal(busy.json['grounds'], 'event', busy.text)
  })

  it('drops a message that is no event, and says so', async () => {
    await host.queue('not an event')
    assert.match(host.output, /^warning: A message of the queue 'lifecycle-events' was dropped/m)
  })

  it('asks Azure Resource Manager for nothing that its role does not allow', () => {
    const allowed = listIn(bicepOf('read-access.bicep'), 'actions').map((action) => action.toLowerCase())
    const asked = azure.requests.all({ service: 'arm' }).map(actionOf)
    assert.ok(asked.length > 0)
    assert.deepEqual(
      asked.filter((action) => !allowed.includes(action)),
      [],
    )
    assert.deepEqual(
      allowed.filter((action) => !asked.includes(action)),
      [],
      'allowed, and never asked for',
    )
  })
})

describe('The packaged state service with wrong settings', function () {
  this.timeout(60_000)

  it('starts, answers that it cannot, says why in its log alone, and leaves events in their queue', async () => {
    const host = await FunctionsHost.start(await packaged(), { ServiceKeys: '{"gate":' })
    try {
      const answer = await host.request('GET', '/api/v1/health', { key: readKey })
      assert.equal(answer.status, 500)
      assert.ok(!answer.text.includes('WatchedApps'))
      assert.match(host.output, /^warning: The state service could not start/m)
      assert.match(host.output, /WatchedApps/)
      await assert.rejects(host.queue(JSON.stringify(eventOf('one', 'Running'))), /settings of the state service/)
      await assert.rejects(host.timer(), /settings of the state service/)
      assert.equal(host.output.match(/could not start/g)?.length, 1, 'three triggers, one attempt')
    } finally {
      await host.stop()
    }
  })
})

/** `GET …/sites/a/slots/b` -> `microsoft.web/sites/slots/read`, by the rules of resource provider operations. */
function actionOf({ method, target }: { readonly method: string; readonly target: string }): string {
  const [, rest = ''] = target.toLowerCase().split('/providers/microsoft.web/')
  const parts = (rest.split('?')[0] ?? '').split('/')
  // Types and names in turn; below `config` an operation names the type alone.
  const config = parts.indexOf('config')
  const types = parts.filter((_, at) => (config < 0 || at < config ? at % 2 === 0 : at === config))
  const verb = method === 'POST' ? `${parts.at(-1)}/action` : 'read'
  return `microsoft.web/${types.join('/')}/${verb}`
}
