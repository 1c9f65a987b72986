import assert from 'node:assert/strict'
import { armFunctionApps } from '../../../../core/azure/arm/function-apps.ts'
import { AzureFailure, Cancelled } from '../../../../core/failures.ts'
import { production } from '../../../../core/function-app/picture.ts'
import type { OperationState, SlotGlance, SwapReply } from '../../../../core/function-app/ports.ts'
import type { Reply, ScriptedServer } from '../scripted-server.ts'
import { anyToken, instantClock, never, page, shop, staging, startScriptedServer } from '../scripted-server.ts'

const slotPath = '/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Web/sites/shop/slots/staging'
const swap = { source: staging, target: production, preserveVnet: true }

describe('a change through Azure Resource Manager', () => {
  let server: ScriptedServer
  before(async () => {
    server = await startScriptedServer()
  })
  after(() => server.close())

  const connect = () =>
    armFunctionApps({
      armUrl: server.url,
      subscriptionId: 'sub',
      credential: anyToken,
      scope: 'https://arm.example/.default',
      transport: server.transport,
      onSecret: () => undefined,
      clock: instantClock(),
    })

  describe('asks for a swap', () => {
    it('with one POST on the source slot', async () => {
      const date = 'Sat, 21 Nov 2026 10:00:00 GMT'
      server.answer(() => ({ status: 202, headers: { location: `${server.url}/op/1`, 'retry-after': '15', date } }))
      const reply = await connect().requestSwap(shop, swap, never)
      const at = new Date(date)
      assert.deepEqual(reply, { kind: 'accepted', operationUrl: `${server.url}/op/1`, at, retryAfterMs: 15_000 })
      assert.equal(server.asked.length, 1)
      assert.equal(server.asked[0]?.method, 'POST')
      assert.equal(server.asked[0].path, `${slotPath}/slotsswap`)
      assert.deepEqual(JSON.parse(server.asked[0].body), { targetSlot: 'production', preserveVnet: true })
    })

    it('on the site itself where production is the source', async () => {
      server.answer(() => ({ status: 200 }))
      await connect().requestSwap(shop, { source: production, target: staging, preserveVnet: false }, never)
      assert.equal(server.asked[0]?.path, slotPath.replace('/slots/staging', '/slotsswap'))
    })

    const error = (code: string) => ({ error: { code, message: `${code} it is` } })
    const replies: [string, Reply, Partial<SwapReply>][] = [
      ['is done with 200', { status: 200 }, { kind: 'done' }],
      ['is done with 204', { status: 204 }, { kind: 'done' }],
      ['is done with 200 and a document', { status: 200, json: { name: 'x' } }, { kind: 'done' }],
      ['is followed through a path alone', { status: 202, headers: { location: '/op/2' } }, { kind: 'accepted' }],
      ['is unreadable when accepted without an address', { status: 202 }, { kind: 'unreadable' }],
      [
        'is rejected on a conflict',
        { status: 409, json: error('Conflict') },
        { kind: 'rejected', status: 409, code: 'Conflict', message: 'Conflict it is' },
      ],
      [
        "is rejected in App Service's own words",
        { status: 400, json: { Code: 'BadRequest', Message: 'no' } },
        { kind: 'rejected', status: 400, code: 'BadRequest', message: 'no' },
      ],
      [
        'is rejected with the pause that throttling asks for',
        { status: 429, headers: { 'retry-after': '5' }, json: error('TooManyRequests') },
        { kind: 'rejected', status: 429, retryAfterMs: 5000 },
      ],
      ['is rejected without a body', { status: 409 }, { kind: 'rejected', status: 409, message: 'Azure answered 409' }],
      ['is lost with 500', { status: 500, json: error('Internal') }, { kind: 'lost' }],
      ["is lost with a gateway's page", { status: 502, ...page() }, { kind: 'lost' }],
      ['is lost with a request timeout', { status: 408 }, { kind: 'lost' }],
      ['is lost when the connection is cut', { instead: 'reset' }, { kind: 'lost' }],
      ['is unreadable with a page at 200', page(), { kind: 'unreadable' }],
      ['is unreadable with a page at 404', { status: 404, ...page() }, { kind: 'unreadable' }],
      ['is unreadable with broken JSON', { text: '{"a"', type: 'application/json' }, { kind: 'unreadable' }],
      ['is unreadable with a list', { json: [] }, { kind: 'unreadable' }],
      ['is unreadable with a redirect', { status: 307, headers: { location: '/elsewhere' } }, { kind: 'unreadable' }],
    ]
    for (const [name, reply, expected] of replies) {
      it(`and it ${name}, asked once`, async () => {
        server.answer(() => reply)
        const seen = await connect().requestSwap(shop, swap, never)
        assert.deepEqual({ ...seen, ...expected }, seen)
        assert.equal(server.asked.length, 1)
      })
    }

    it('and is told which permission is missing', async () => {
      server.answer(() => ({ status: 403, json: error('AuthorizationFailed') }))
      const reply = await connect().requestSwap(shop, swap, never)
      assert.equal(reply.kind, 'rejected')
      assert.match(reply.message, /'Website Contributor'.*'Microsoft\.Web\/sites\/slots\/slotsswap\/action'/)
    })

    it('and can be cancelled while Azure does not answer', async () => {
      const cancel = new AbortController()
      server.answer(() => {
        setImmediate(() => cancel.abort())
        return { instead: 'hang' }
      })
      await assert.rejects(connect().requestSwap(shop, swap, cancel.signal), Cancelled)
      assert.equal(server.asked.length, 1)
    })
  })

  describe('follows an operation', () => {
    const error = { error: { code: 'ExpectationFailed', message: 'slot did not respond to http ping' } }
    type Case = [
      name: string,
      header: 'location' | 'azure-asyncoperation',
      reply: Reply,
      state: Partial<OperationState>,
    ]
    const states: Case[] = [
      [
        'that runs',
        'location',
        { status: 202, headers: { 'retry-after': '3' } },
        { kind: 'running', retryAfterMs: 3000 },
      ],
      ['that ended with 200', 'location', { status: 200 }, { kind: 'succeeded' }],
      ['that ended with 204', 'location', { status: 204 }, { kind: 'succeeded' }],
      [
        'that ended with its resource',
        'location',
        { json: { properties: { state: 'Running' } } },
        { kind: 'succeeded' },
      ],
      [
        'that ended badly behind status 200',
        'location',
        { json: { status: 'Failed', ...error } },
        { kind: 'failed', code: 'ExpectationFailed' },
      ],
      [
        'that ended badly deeper in its document',
        'location',
        { json: { properties: { provisioningState: 'Failed' } } },
        { kind: 'failed' },
      ],
      [
        'that ended with the error itself',
        'location',
        { status: 417, json: error },
        { kind: 'failed', status: 417, message: 'slot did not respond to http ping' },
      ],
      ['that runs by its status', 'azure-asyncoperation', { json: { status: 'InProgress' } }, { kind: 'running' }],
      [
        'that succeeded by its status',
        'azure-asyncoperation',
        { json: { status: 'Succeeded' } },
        { kind: 'succeeded' },
      ],
      [
        'that failed by its status',
        'azure-asyncoperation',
        { json: { status: 'Failed', ...error } },
        { kind: 'failed', code: 'ExpectationFailed' },
      ],
      ['that was cancelled', 'azure-asyncoperation', { json: { status: 'Canceled' } }, { kind: 'failed' }],
      ['whose status is missing', 'azure-asyncoperation', { json: {} }, { kind: 'unknown' }],
      ['whose status is a number', 'azure-asyncoperation', { json: { status: 1 } }, { kind: 'unknown' }],
      ['whose answer is empty', 'azure-asyncoperation', { status: 200 }, { kind: 'unknown' }],
      ['whose answer is a page', 'location', page(), { kind: 'unknown' }],
      ['whose answer is broken', 'location', { text: '{', type: 'application/json' }, { kind: 'unknown' }],
      [
        'that is gone',
        'location',
        { status: 404, json: { error: { code: 'NotFound', message: 'x' } } },
        { kind: 'unknown' },
      ],
      [
        'that may not be read',
        'location',
        { status: 403, json: { error: { code: 'AuthorizationFailed', message: 'x' } } },
        { kind: 'unknown' },
      ],
      [
        'behind an ailing server',
        'location',
        { status: 503, headers: { 'retry-after': '9' } },
        { kind: 'unknown', retryAfterMs: 9000 },
      ],
      ['behind a cut connection', 'location', { instead: 'reset' }, { kind: 'unknown' }],
    ]
    for (const [name, header, reply, expected] of states) {
      it(`${name} as ${expected.kind}`, async () => {
        const apps = connect()
        server.answer(({ method }) =>
          method === 'POST' ? { status: 202, headers: { [header]: `${server.url}/op` } } : reply,
        )
        const accepted = await apps.requestSwap(shop, swap, never)
        assert.equal(accepted.kind, 'accepted')
        const state = await apps.readOperation(accepted.operationUrl, never)
        assert.deepEqual({ ...state, ...expected }, state)
        assert.equal(server.asked.length, 2)
      })
    }

    it('not to another host, where the token would go with it', async () => {
      server.answer(() => ({ status: 200 }))
      const state = await connect().readOperation('https://localhost:1/op', never)
      assert.equal(state.kind, 'unknown')
      assert.equal(server.asked.length, 0)
    })
  })

  describe('glances at a slot', () => {
    const site = (properties: Record<string, unknown>): Reply => ({
      json: { name: 'shop/staging', properties: { defaultHostName: 'shop.example', ...properties } },
    })
    const slotSwapStatus = { timestampUtc: '2026-01-02T03:04:05Z', sourceSlotName: 'a', destinationSlotName: 'b' }
    const glances: [string, Reply, SlotGlance | { kind: 'missed'; retryAfterMs?: number }][] = [
      ['that is calm', site({ targetSwapSlot: null, inProgressOperationId: '' }), { kind: 'seen' }],
      [
        'of which everything is told',
        site({ targetSwapSlot: 'production', inProgressOperationId: 'op-1', slotSwapStatus }),
        {
          kind: 'seen',
          targetSwapSlot: 'production',
          operationInProgress: 'op-1',
          lastSwap: { at: '2026-01-02T03:04:05Z', source: 'a', target: 'b' },
        },
      ],
      [
        'and is throttled',
        { status: 429, headers: { 'retry-after': '7' }, json: { error: { code: 'TooManyRequests', message: 'x' } } },
        { kind: 'missed', retryAfterMs: 7000 },
      ],
      ['and gets no answer', { instead: 'reset' }, { kind: 'missed' }],
      ['and gets a page', page(), { kind: 'missed' }],
      ['and gets a list', { json: [] }, { kind: 'missed' }],
      ['whose operation is a number', site({ inProgressOperationId: 7 }), { kind: 'missed' }],
      ['whose last swap is a text', site({ slotSwapStatus: 'yes' }), { kind: 'missed' }],
      ['behind an ailing server', { status: 503 }, { kind: 'missed' }],
    ]
    for (const [name, reply, expected] of glances) {
      it(`${name}, with one request`, async () => {
        server.answer(() => reply)
        const seen = await connect().glance(shop, staging, never)
        assert.deepEqual({ ...seen, ...expected }, seen)
        assert.equal(
          seen.kind === 'missed' ? /^Could not read slot 'staging' of 'shop'/.test(seen.message) : true,
          true,
        )
        assert.equal(server.asked.length, 1)
      })
    }
  })

  describe('writes settings', () => {
    const write = () => connect().writeSettings(shop, staging, { A: '1', B: '' }, never)
    const failure = async () => {
      const error: unknown = await write().then(
        () => assert.fail('it did not fail'),
        (thrown: unknown) => thrown,
      )
      assert.ok(error instanceof AzureFailure)
      return error
    }

    it('as one whole set', async () => {
      server.answer(() => ({ json: { properties: { A: '1', B: '' } } }))
      await write()
      assert.equal(server.asked.length, 1)
      assert.equal(server.asked[0]?.method, 'PUT')
      assert.equal(server.asked[0].path, `${slotPath}/config/appsettings`)
      assert.deepEqual(JSON.parse(server.asked[0].body), { properties: { A: '1', B: '' } })
    })

    const failures: [string, Reply, AzureFailure['kind'], boolean][] = [
      ['refused', { status: 403, json: { error: { code: 'AuthorizationFailed', message: 'x' } } }, 'denied', false],
      ['in conflict', { status: 409, json: { error: { code: 'Conflict', message: 'x' } } }, 'conflict', false],
      ['met by an ailing server', { status: 500 }, 'server', true],
      ['cut off', { instead: 'reset' }, 'network', true],
      ['answered by a page', page(), 'unreadable', true],
      ['answered by another document', { json: { a: 1 } }, 'unreadable', true],
    ]
    for (const [name, reply, kind, mayHaveHappened] of failures) {
      it(`once when ${name}, and ${mayHaveHappened ? 'cannot tell whether it happened' : 'knows that nothing happened'}`, async () => {
        server.answer(() => reply)
        const error = await failure()
        assert.deepEqual([error.kind, error.mayHaveHappened], [kind, mayHaveHappened])
        assert.equal(server.asked.length, 1)
      })
    }
  })
})
