import assert from 'node:assert/strict'
import { armFunctionApps } from '../../../../core/azure/arm/function-apps.ts'
import { armSlotHosts } from '../../../../core/azure/host/slot-hosts.ts'
import { httpClient } from '../../../../core/azure/http/client.ts'
import { Cancelled } from '../../../../core/failures.ts'
import type { Asked, Reply, ScriptedServer } from '../scripted-server.ts'
import { anyToken, instantClock, never, page, shop, staging, startScriptedServer } from '../scripted-server.ts'

const slotPath = '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Web/sites/shop/slots/staging'
const bridge = `${slotPath}/hostruntime/admin/host/status`
const running = { id: 'x', state: 'Running', version: '4.1', errors: ['one'] }

describe('the host of a slot', () => {
  let server: ScriptedServer
  let secrets: string[]
  before(async () => {
    server = await startScriptedServer()
  })
  after(() => server.close())
  beforeEach(() => {
    secrets = []
  })

  const hosts = () => {
    const arm = armFunctionApps({
      armUrl: server.url,
      subscriptionId: 'sub',
      credential: anyToken,
      scope: 's',
      transport: server.transport,
      onSecret: (secret) => secrets.push(secret),
      clock: instantClock(),
    })
    return armSlotHosts(arm, httpClient(server.transport))
  }
  const script = (replies: Readonly<Record<string, Reply>>) => (asked: Asked) =>
    replies[asked.path] ?? { status: 404, json: { error: { code: 'NotFound', message: 'no' } } }
  const blocked = (direct: Reply): Record<string, Reply> => ({
    [bridge]: { status: 403, json: { error: { code: 'Forbidden', message: 'x' } } },
    [`${slotPath}/host/default/listkeys`]: {
      json: { masterKey: 'master-1', functionKeys: {}, systemKeys: { a: 'system-1' } },
    },
    [slotPath]: { json: { name: 'shop/staging', properties: { defaultHostName: server.host, state: 'Running' } } },
    '/admin/host/status': direct,
  })

  it('tells its state and errors through Azure Resource Manager, without a key', async () => {
    server.answer(script({ [bridge]: { json: running } }))
    assert.deepEqual(await hosts().state(shop, staging, never), {
      kind: 'known',
      state: 'Running',
      errors: ['one'],
      version: '4.1',
    })
    assert.deepEqual(secrets, [])
  })

  it('tells its state with its master key where that way is blocked, and the key is a secret before its use', async () => {
    server.answer((asked) => {
      if (asked.path === '/admin/host/status') assert.ok(secrets.includes('master-1'))
      return script(blocked({ json: running }))(asked)
    })
    assert.equal((await hosts().state(shop, staging, never)).kind, 'known')
    const direct = server.asked.find(({ path }) => path === '/admin/host/status')
    assert.equal(direct?.headers['x-functions-key'], 'master-1')
    assert.equal(direct.headers.authorization, undefined)
    assert.deepEqual(secrets, ['master-1', 'system-1'])
  })

  const notUnderstood: [string, Reply][] = [
    ['an HTML page', page()],
    ['a state that is a number', { json: { state: 1 } }],
    ['errors that are no list', { json: { state: 'Running', errors: 'none' } }],
    ['an error status', { status: 503 }],
    ['a redirect', { status: 302, headers: { location: '/elsewhere' } }],
    ['a cut connection', { instead: 'reset' }],
  ]
  for (const [name, reply] of notUnderstood) {
    it(`is unknown with ${name}`, async () => {
      server.answer(script(blocked(reply)))
      const state = await hosts().state(shop, staging, never)
      assert.equal(state.kind, 'unknown')
      assert.ok(!state.because.includes('master-1'))
    })
  }

  it('is unknown where its keys may not be read', async () => {
    server.answer(() => ({ status: 403, json: { error: { code: 'Forbidden', message: 'x' } } }))
    const state = await hosts().state(shop, staging, never)
    assert.equal(state.kind, 'unknown')
    assert.match(state.because, /host keys.*'Microsoft\.Web\/sites\/host\/listkeys\/action'/)
  })

  describe('is probed', () => {
    for (const status of [200, 204, 302, 404, 503]) {
      it(`and answers ${status}, which is taken as it is`, async () => {
        server.answer(() => ({ status, headers: { location: '/elsewhere' } }))
        assert.deepEqual(await hosts().probe(server.host, '/health?x=1', never), { kind: 'status', status })
        assert.equal(server.asked.length, 1)
        assert.equal(server.asked[0]?.path, '/health')
      })
    }

    it('without reading a body that does not end', async () => {
      server.answer(() => ({ text: 'abc', instead: 'stall' }))
      assert.deepEqual(await hosts().probe(server.host, 'health', never), { kind: 'status', status: 200 })
    })

    it('and gives no answer where nobody listens', async () => {
      const answer = await hosts().probe('localhost:1', '/', never)
      assert.equal(answer.kind, 'noAnswer')
      assert.match(answer.because, /'localhost:1' could not be reached/)
    })

    it('and can be cancelled', async () => {
      const cancel = new AbortController()
      server.answer(() => {
        setImmediate(() => cancel.abort())
        return { instead: 'hang' }
      })
      await assert.rejects(hosts().probe(server.host, '/', cancel.signal), Cancelled)
    })
  })
})
