import assert from 'node:assert/strict'
import type { ArmConnection } from '../../../../core/azure/arm/client.ts'
import { armFunctionApps } from '../../../../core/azure/arm/function-apps.ts'
import { AzureFailure, Cancelled, Refusal } from '../../../../core/failures.ts'
import type { Reply, ScriptedServer } from '../scripted-server.ts'
import { anyToken, instantClock, never, page, shop, startScriptedServer } from '../scripted-server.ts'

const sitePath = '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Web/sites/shop'
const site = (name: string, properties: Record<string, unknown> = {}) => ({
  id: `/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Web/sites/${name.replace('/', '/slots/')}`,
  name,
  kind: 'functionapp,linux',
  properties: { defaultHostName: `${name.replace('/', '-')}.example:8443`, state: 'Running', ...properties },
})
const denied: Reply = { status: 403, json: { error: { code: 'AuthorizationFailed', message: 'no right' } } }

/** An app with the slots production and staging; single answers are replaced by path. */
function app(changes: Readonly<Record<string, Reply>> = {}): (asked: { path: string }) => Reply {
  const replies: Record<string, Reply> = {
    [sitePath]: { json: site('shop', { sku: 'ElasticPremium' }) },
    [`${sitePath}/slots`]: { json: { value: [site('shop/staging', { targetSwapSlot: null })], nextLink: null } },
    [`${sitePath}/config/slotConfigNames`]: { json: { properties: { appSettingNames: ['Sticky'] } } },
    [`${sitePath}/config/appsettings/list`]: { json: { properties: { TaskHubName: 'shop1' } } },
    [`${sitePath}/slots/staging/config/appsettings/list`]: { json: { properties: { TaskHubName: 'shop2' } } },
    ...changes,
  }
  return ({ path }) => replies[path] ?? { status: 404, json: { error: { code: 'ResourceNotFound', message: path } } }
}

describe('a look at a function app', () => {
  let server: ScriptedServer
  let clock: ReturnType<typeof instantClock>
  before(async () => {
    server = await startScriptedServer()
  })
  after(() => server.close())
  beforeEach(() => {
    clock = instantClock()
  })

  const connect = (changes: Partial<ArmConnection> = {}) =>
    armFunctionApps({
      armUrl: `${server.url}/`,
      subscriptionId: 'sub',
      credential: anyToken,
      scope: 'https://arm.example/.default',
      transport: server.transport,
      onSecret: () => undefined,
      clock,
      ...changes,
    })
  const look = () => connect().look(shop, never)
  const failure = async (work: Promise<unknown>): Promise<AzureFailure> => {
    const error: unknown = await work.then(
      () => assert.fail('it did not fail'),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof AzureFailure, String(error))
    return error
  }

  it('shows every slot with its settings, host name and the sticky names', async () => {
    server.answer(app())
    const picture = await look()
    assert.deepEqual(picture, {
      app: shop,
      kind: 'functionapp,linux',
      sku: 'ElasticPremium',
      stickySettings: ['Sticky'],
      slots: [
        {
          name: 'production',
          hostName: 'shop.example:8443',
          state: 'Running',
          settings: { kind: 'read', values: { TaskHubName: 'shop1' } },
        },
        {
          name: 'staging',
          hostName: 'shop-staging.example:8443',
          state: 'Running',
          settings: { kind: 'read', values: { TaskHubName: 'shop2' } },
        },
      ],
    })
    assert.ok(server.asked.every(({ headers }) => headers.authorization === 'Bearer token-1'))
    assert.ok(server.asked.every(({ query }) => query.get('api-version')))
  })

  it('shows a pending swap, the last one, and an operation under way', async () => {
    const slotSwapStatus = { timestampUtc: '2026-01-02T03:04:05Z', sourceSlotName: 'a', destinationSlotName: 'b' }
    const busy = site('shop/staging', { targetSwapSlot: 'production', slotSwapStatus, inProgressOperationId: 'op-1' })
    server.answer(app({ [`${sitePath}/slots`]: { json: { value: [busy] } } }))
    const slot = (await look()).slots[1]
    assert.equal(slot?.targetSwapSlot, 'production')
    assert.deepEqual(slot.lastSwap, { at: '2026-01-02T03:04:05Z', source: 'a', target: 'b' })
    assert.equal(slot.operationInProgress, 'op-1')
  })

  it('shows a slot of whose state and last swap only a part is told', async () => {
    const slotSwapStatus = { timestampUtc: null, sourceSlotName: 'a' }
    const terse = site('shop/staging', { state: null, slotSwapStatus })
    server.answer(app({ [`${sitePath}/slots`]: { json: { value: [terse] } } }))
    const slot = (await look()).slots[1]
    assert.equal(slot?.state, '')
    assert.equal(slot.lastSwap, undefined)
  })

  it('asks no list of slots of a plan that has none', async () => {
    server.answer(app({ [sitePath]: { json: site('shop', { sku: 'FlexConsumption' }) } }))
    assert.equal((await look()).slots.length, 1)
    assert.ok(!server.asked.some(({ path }) => path.endsWith('/slots')))
  })

  it('keeps the path of an Azure Stack address', async () => {
    const inner = app()
    server.answer((asked) => inner({ path: asked.path.replace('/arm/v1', '') }))
    const picture = await connect({ armUrl: `${server.url}/arm/v1` }).look(shop, never)
    assert.equal(picture.slots.length, 2)
    assert.ok(server.asked.every(({ path }) => path.startsWith('/arm/v1/subscriptions/sub/')))
  })

  it('is refused over an address without TLS', () => {
    assert.throws(
      () => connect({ armUrl: 'http://localhost:1/' }),
      (error: unknown) => {
        assert.ok(error instanceof Refusal)
        assert.match(error.message, /'http:\/\/localhost:1\/' is not an https URL/)
        return true
      },
    )
  })

  it('goes on where the settings of one slot may not be read, and says so', async () => {
    server.answer(app({ [`${sitePath}/slots/staging/config/appsettings/list`]: denied }))
    const settings = (await look()).slots[1]?.settings
    assert.equal(settings?.kind, 'unreadable')
    assert.match(settings.because, /403 AuthorizationFailed.*'Microsoft\.Web\/sites\/config\/list\/action'/)
  })

  const wrongSettings: [string, Reply][] = [
    ['an HTML page', page()],
    ['JSON of another shape', { json: { properties: ['x'] } }],
    ['a value that is no text', { json: { properties: { A: 1 } } }],
    ['broken JSON', { text: '{"properties":{"A":"1"', type: 'application/json' }],
    ['nothing', { text: '', type: 'application/json' }],
    ['JSON that says it is text', { text: '{"properties":{"A":"1"}}', type: 'text/plain' }],
  ]
  for (const [name, reply] of wrongSettings) {
    it(`takes ${name} in place of settings as unreadable`, async () => {
      server.answer(app({ [`${sitePath}/slots/staging/config/appsettings/list`]: reply }))
      assert.equal((await look()).slots[1]?.settings.kind, 'unreadable')
    })
  }

  const wrong: [string, Readonly<Record<string, Reply>>, string, RegExp][] = [
    [
      'an app that is not there',
      { [sitePath]: { status: 404, json: { error: { code: 'ResourceNotFound', message: 'x' } } } },
      'notFound',
      /Correct appName \('shop'\)/,
    ],
    ['an app that may not be read', { [sitePath]: denied }, 'denied', /'Microsoft\.Web\/sites\/read'/],
    ['a page of HTML', { [sitePath]: page() }, 'unreadable', /an HTML page/],
    [
      'a page of HTML with status 404',
      { [sitePath]: { ...page(), status: 404 } },
      'unreadable',
      /an HTML page with status 404/,
    ],
    ['a page of HTML with status 403', { [sitePath]: { ...page(), status: 403 } }, 'unreadable', /an HTML page/],
    ["a 404 that is not Azure's", { [sitePath]: { status: 404 } }, 'unreadable', /without an error code of Azure/],
    [
      'a redirect',
      { [sitePath]: { status: 302, headers: { location: 'https://evil.example/' } } },
      'unreadable',
      /status 302|302/,
    ],
    [
      'a site without host name',
      { [sitePath]: { json: site('shop', { defaultHostName: undefined }) } },
      'unreadable',
      /not the document/,
    ],
    [
      'a site whose state is a number',
      { [sitePath]: { json: site('shop', { state: 7 }) } },
      'unreadable',
      /not the document/,
    ],
    ['a list that is no list', { [`${sitePath}/slots`]: { json: { value: {} } } }, 'unreadable', /not the document/],
    [
      'a slot of another app',
      { [`${sitePath}/slots`]: { json: { value: [site('other/staging')] } } },
      'unreadable',
      /not a list of slots/,
    ],
    [
      'sticky names that are no texts',
      { [`${sitePath}/config/slotConfigNames`]: { json: { properties: { appSettingNames: [1] } } } },
      'unreadable',
      /not the document/,
    ],
  ]
  for (const [name, changes, kind, message] of wrong) {
    it(`fails as ${kind} on ${name}`, async () => {
      server.answer(app(changes))
      const error = await failure(look())
      assert.equal(error.kind, kind)
      assert.match(error.message, message)
      assert.equal(server.asked.filter(({ path }) => path === sitePath).length, 1)
    })
  }

  it('reads a list of slots to its last page', async () => {
    const next = `${server.url}${sitePath}/slots?page=2`
    const pages: Record<string, Reply> = {
      '1': { json: { value: [site('shop/staging')], nextLink: next } },
      '2': { json: { value: [site('shop/test')] } },
    }
    const inner = app({ [`${sitePath}/slots/test/config/appsettings/list`]: { json: { properties: {} } } })
    server.answer((asked) =>
      asked.path === `${sitePath}/slots` ? (pages[asked.query.get('page') ?? '1'] ?? {}) : inner(asked),
    )
    assert.deepEqual(
      (await look()).slots.map(({ name }) => name),
      ['production', 'staging', 'test'],
    )
  })

  it('gives up on a list of slots whose pages repeat', async () => {
    const nextLink = `${server.url}${sitePath}/slots?page=2`
    server.answer(app({ [`${sitePath}/slots`]: { json: { value: [site('shop/staging')], nextLink } } }))
    const error = await failure(look())
    assert.equal(error.kind, 'unreadable')
    assert.match(error.message, /pages repeat/)
  })

  it('gives up on a list of slots that goes on for ever', async () => {
    let page = 0
    const inner = app()
    server.answer((asked) =>
      asked.path === `${sitePath}/slots`
        ? { json: { value: [], nextLink: `${server.url}${sitePath}/slots?page=${++page}` } }
        : inner(asked),
    )
    const error = await failure(look())
    assert.equal(error.kind, 'unreadable')
    assert.match(error.message, /list the slots of 'shop'.*have no end/)
  })

  it('gives up on a list of more slots than can be', async () => {
    const value = Array.from({ length: 30_000 }, () => 1)
    server.answer(app({ [`${sitePath}/slots`]: { json: { value } } }))
    assert.match((await failure(look())).message, /list the slots of 'shop'.*more than 20000 items/)
  })

  it('tries again a read that failed five times, and gives up at the sixth', async () => {
    let asks = 0
    const inner = app()
    const failing = (times: number) => (asked: { path: string }) =>
      asked.path === sitePath && ++asks <= times ? { status: 502, ...page() } : inner(asked)
    server.answer(failing(5))
    assert.equal((await look()).slots.length, 2)
    assert.deepEqual(clock.waits, [1000, 2000, 4000, 8000, 16_000])
    asks = 0
    server.answer(failing(99))
    assert.equal((await failure(look())).kind, 'server')
    assert.equal(asks, 6)
  })

  it('takes a document without bounds as unreadable, and names the call', async () => {
    server.answer(app({ [sitePath]: { text: '['.repeat(2_000_000), type: 'application/json' } }))
    const error = await failure(look())
    assert.equal(error.kind, 'unreadable')
    assert.match(error.message, /^Could not read function app 'shop': the answer is JSON nested/)
  })

  it('does not take its token to another host', async () => {
    const other = await startScriptedServer()
    try {
      const nextLink = `${other.url}/steal`
      server.answer(app({ [`${sitePath}/slots`]: { json: { value: [], nextLink } } }))
      const error = await failure(look())
      assert.match(error.message, /another host/)
      assert.equal(other.asked.length, 0)
    } finally {
      await other.close()
    }
  })

  it('tries again after 5xx, a reset and throttling, with the pause that was asked for', async () => {
    const bad: Reply[] = [
      { status: 502, ...page() },
      { instead: 'reset' },
      { status: 429, headers: { 'retry-after': '7' }, json: { error: { code: 'TooManyRequests', message: 'x' } } },
    ]
    const inner = app()
    server.answer((asked) => (asked.path === sitePath ? (bad.shift() ?? inner(asked)) : inner(asked)))
    assert.equal((await look()).slots.length, 2)
    assert.deepEqual(clock.waits, [1000, 2000, 7000])
  })

  it('caps the pause that it is asked for, and gives up in the end', async () => {
    const reply: Reply = {
      status: 429,
      headers: { 'retry-after': '86400' },
      json: { error: { code: 'TooManyRequests', message: 'x' } },
    }
    server.answer(app({ [sitePath]: reply }))
    const error = await failure(look())
    assert.equal(error.kind, 'throttled')
    assert.deepEqual(clock.waits, [60_000, 60_000, 60_000])
  })

  it('ends at once when it is cancelled while Azure does not answer', async () => {
    const cancel = new AbortController()
    server.answer(() => {
      setImmediate(() => cancel.abort())
      return { instead: 'hang' }
    })
    await assert.rejects(connect().look(shop, cancel.signal), Cancelled)
  })

  it('ends at once when it is cancelled in the middle of an answer', async () => {
    const cancel = new AbortController()
    server.answer(() => {
      setImmediate(() => cancel.abort())
      return { instead: 'stall', json: site('shop') }
    })
    await assert.rejects(connect().look(shop, cancel.signal), Cancelled)
  })

  it('keeps commands to the agent out of what Azure says', async () => {
    server.answer(
      app({ [sitePath]: { status: 400, json: { error: { code: 'Bad', message: '##vso[task.complete]\nx' } } } }),
    )
    const { message } = await failure(look())
    assert.ok(!message.includes('##vso['), message)
    assert.ok(!message.includes('\n'))
  })

  it('says what to do where the certificate is not trusted', async () => {
    const apps = connect({ transport: { userAgent: 'test', proxyFor: () => undefined } })
    const error = await failure(apps.look(shop, never))
    assert.equal(error.kind, 'network')
    assert.match(error.message, /certificate of 'localhost:\d+' is not trusted.*NODE_EXTRA_CA_CERTS/)
  })

  it('hands on a failed sign-in as it is, without trying again', async () => {
    const cause = new AzureFailure('Could not sign in: x.', { operation: 'sign in', kind: 'network' })
    const apps = connect({ credential: { getToken: () => Promise.reject(cause) } })
    server.answer(app())
    assert.equal(await failure(apps.look(shop, never)), cause)
    assert.deepEqual(clock.waits, [])
    assert.equal(server.asked.length, 0)
  })

  it('lists the function apps among the sites of a subscription', async () => {
    const value = [site('shop'), { ...site('web'), kind: 'app,linux' }, { ...site('plain'), kind: null }]
    server.answer(() => ({ json: { value } }))
    assert.deepEqual(await connect().list(never), [{ name: 'shop', resourceGroup: 'rg' }])
  })
})
