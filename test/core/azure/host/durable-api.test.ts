import assert from 'node:assert/strict'
import { armFunctionApps } from '../../../../core/azure/arm/function-apps.ts'
import { lookThroughManagementApi } from '../../../../core/azure/host/durable-api.ts'
import { httpClient } from '../../../../core/azure/http/client.ts'
import { Cancelled } from '../../../../core/failures.ts'
import { strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import { parseHubName } from '../../../../core/task-hub/name.ts'
import type { Asked, Reply, ScriptedServer } from '../scripted-server.ts'
import { anyToken, instantClock, never, page, shop, staging, startScriptedServer } from '../scripted-server.ts'

const slotPath = '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Web/sites/shop/slots/staging'
const bridge = `${slotPath}/hostruntime/runtime/webhooks/durabletask/instances`
const direct = '/runtime/webhooks/durabletask/instances'
const name = parseHubName('shop1')
assert.ok(name)
const hub = { name, account: { name: 'store', id: 'store' } }

const instance = (instanceId: string, runtimeStatus: string, more: Record<string, unknown> = {}) => ({
  name: 'Order',
  instanceId,
  runtimeStatus,
  input: null,
  customStatus: null,
  createdTime: '2026-01-02T03:04:05Z',
  lastUpdatedTime: '2026-01-02T03:04:06Z',
  ...more,
})
const entity = (key: string, customStatus: unknown) =>
  instance(`@counter@${key}`, 'Running', { name: `@counter@${key}`, customStatus })

describe('a look through the management API', () => {
  let server: ScriptedServer
  before(async () => {
    server = await startScriptedServer()
  })
  after(() => server.close())

  const look = (changes: { ownHub?: boolean; policy?: typeof strictPolicy; signal?: AbortSignal } = {}) => {
    const arm = armFunctionApps({
      armUrl: server.url,
      subscriptionId: 'sub',
      credential: anyToken,
      scope: 's',
      transport: server.transport,
      onSecret: () => undefined,
      clock: instantClock(),
    })
    const { ownHub = true, policy = strictPolicy, signal = never } = changes
    const ask = { app: shop, slot: staging, hostName: server.host, hub, ownHub, policy }
    return lookThroughManagementApi({ ...ask, arm, http: httpClient(server.transport) })(signal)
  }
  const blocked: Reply = { status: 401, json: { error: { code: 'Unauthorized', message: 'x' } } }
  const keys: Reply = { json: { masterKey: 'm', systemKeys: { durabletask_extension: 'k' } } }
  const byPath = (replies: Readonly<Record<string, Reply>>) => (asked: Asked) => replies[asked.path] ?? { status: 404 }

  it('asks for all four unfinished statuses and no input, and names no hub of its own slot', async () => {
    server.answer(() => ({ json: [] }))
    const evidence = await look()
    assert.equal(evidence.verdict, 'idle')
    assert.equal(evidence.source, 'managementApi')
    assert.equal(server.asked.length, 1)
    const query = server.asked[0]?.query
    assert.deepEqual(query?.get('runtimeStatus')?.split(',').sort(), [
      'ContinuedAsNew',
      'Pending',
      'Running',
      'Suspended',
    ])
    assert.equal(query.get('showInput'), 'false')
    assert.equal(query.get('taskHub'), null)
  })

  it('names another hub when it is asked about one', async () => {
    server.answer(() => ({ json: [] }))
    await look({ ownHub: false })
    assert.equal(server.asked[0]?.query.get('taskHub'), 'shop1')
  })

  it('says what it cannot see', async () => {
    server.answer(() => ({ json: [] }))
    const { notChecked, inFlightByVersion } = await look()
    assert.ok(notChecked.includes('control and work-item queues'))
    assert.ok(notChecked.includes('versions of instances'))
    assert.deepEqual(inFlightByVersion, {})
  })

  it('counts what is in flight by status and name, oldest first', async () => {
    server.answer(() => ({
      json: [
        instance('b', 'Running'),
        instance('c', 'Pending', { name: 'Bill' }),
        instance('a', 'Suspended', { createdTime: '2025-01-01T00:00:00Z' }),
        instance('d', 'ContinuedAsNew'),
        instance('e', 'Completed'),
        instance('f', 'Strange'),
        instance('g', 'Running', { runtimeStatus: undefined }),
      ],
    }))
    const evidence = await look()
    assert.equal(evidence.verdict, 'busy')
    const { running, pending, suspended, unclear } = evidence.counts
    assert.deepEqual({ running, pending, suspended, unclear }, { running: 2, pending: 1, suspended: 1, unclear: 2 })
    assert.equal(evidence.oldest?.instanceId, 'a')
    assert.deepEqual(evidence.inFlightByName, { Order: 5, Bill: 1 })
  })

  it('tells busy entities from idle ones', async () => {
    const json = [
      entity('a', { entityExists: true }),
      entity('b', null),
      entity('c', { queueSize: 2 }),
      entity('d', { lockedBy: 'x' }),
    ]
    server.answer(() => ({ json }))
    const { counts, verdict } = await look()
    assert.deepEqual([counts.idleEntities, counts.busyEntities, verdict], [2, 2, 'busy'])
  })

  it('lets idle entities pass with a warning', async () => {
    server.answer(() => ({ json: [entity('a', { entityExists: true })] }))
    const { verdict, warnings } = await look()
    assert.equal(verdict, 'idle')
    assert.match(warnings.join(), /idle entity stays behind/)
  })

  it('ignores what the policy says', async () => {
    server.answer(() => ({ json: [instance('monitor-1', 'Running', { name: 'Monitor' })] }))
    const policy = { ...strictPolicy, ignoreInstances: [{ field: 'name' as const, pattern: 'Monitor' }] }
    const { verdict, counts } = await look({ policy })
    assert.deepEqual([verdict, counts.ignored], ['idle', 1])
  })

  it('reads to the last page, over a page that is empty and has a next one', async () => {
    const pages: Record<string, Reply> = {
      '': { json: [], headers: { 'x-ms-continuation-token': 't1' } },
      t1: { json: [], headers: { 'x-ms-continuation-token': 't2' } },
      t2: { json: [instance('a', 'Running')], headers: { 'x-ms-continuation-token': 'bnVsbA==' } },
    }
    server.answer(({ headers }) => pages[String(headers['x-ms-continuation-token'] ?? '')] ?? { status: 500 })
    const { verdict, counts } = await look()
    assert.deepEqual([verdict, counts.running, server.asked.length], ['busy', 1, 3])
  })

  it('is unknown at once when a token repeats', async () => {
    server.answer(() => ({ json: [], headers: { 'x-ms-continuation-token': 'loop' } }))
    const { verdict, because } = await look()
    assert.equal(verdict, 'unknown')
    assert.match(because, /token repeats/)
    assert.equal(server.asked.length, 2)
  })

  it('asks the slot itself with its system key where Azure Resource Manager may not', async () => {
    server.answer(
      byPath({
        [bridge]: blocked,
        [`${slotPath}/host/default/listkeys`]: keys,
        [direct]: { json: [instance('a', 'Running')] },
      }),
    )
    assert.equal((await look()).verdict, 'busy')
    const asked = server.asked.find(({ path }) => path === direct)
    assert.equal(asked?.headers['x-functions-key'], 'k')
    assert.equal(asked.query.get('code'), null)
  })

  it('is unknown, with both reasons, where neither way answers', async () => {
    server.answer(byPath({ [bridge]: blocked, [`${slotPath}/host/default/listkeys`]: keys, [direct]: page() }))
    const { verdict, because } = await look()
    assert.equal(verdict, 'unknown')
    assert.match(because, /through Azure Resource Manager.*401.*; could not list.*an HTML page/)
  })

  it('is unknown where the slot has no key of the extension', async () => {
    server.answer(byPath({ [bridge]: blocked, [`${slotPath}/host/default/listkeys`]: { json: { systemKeys: {} } } }))
    assert.match((await look()).because, /no key of the Durable extension/)
  })

  const notUnderstood: [string, unknown][] = [
    ['an object', { instances: [] }],
    ['an item without id', [instance('', 'Running')]],
    ['an item that is a text', ['a']],
    ['null', null],
  ]
  for (const [what, json] of notUnderstood) {
    it(`is unknown when the answer is ${what}`, async () => {
      server.answer(({ path }) => (path.endsWith('listkeys') ? keys : { json }))
      assert.equal((await look()).verdict, 'unknown')
    })
  }

  it('is unknown when an entity cannot be understood', async () => {
    server.answer(() => ({ json: [entity('a', [1])] }))
    assert.equal((await look()).verdict, 'unknown')
  })

  it('can be cancelled', async () => {
    const cancel = new AbortController()
    server.answer(() => {
      setImmediate(() => cancel.abort())
      return { instead: 'hang' }
    })
    await assert.rejects(look({ signal: cancel.signal }), Cancelled)
  })
})
