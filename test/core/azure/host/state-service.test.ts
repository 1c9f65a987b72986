import assert from 'node:assert/strict'
import { stateServiceClient } from '../../../../core/azure/host/state-service.ts'
import { httpClient } from '../../../../core/azure/http/client.ts'
import { AzureFailure, Cancelled, Refusal } from '../../../../core/failures.ts'
import type { News, StateServiceAddress } from '../../../../core/service/ports.ts'
import { strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import { hubOfShop } from '../../../support/fake-azure.ts'
import { statusReply } from '../../service/status-reply.ts'
import type { Reply, ScriptedServer } from '../scripted-server.ts'
import { never, page, shop, staging, startScriptedServer } from '../scripted-server.ts'

const by = { id: 'c/p/build/7', run: '7', project: 'shop', link: 'https://dev.example.net/7' }
const noted: Reply = { json: { noted: true, isLive: true, says: 'Slot staging has it.' } }
const hub = { account: 'shopdata', name: 'shop101' }
const rotated: News = { kind: 'staging', slot: staging, taskHub: hub, build: '7' }
const problem = (status: number, title: string, detail: string): Reply => ({
  status,
  type: 'application/problem+json',
  json: { type: 'urn:durable-functions-safe-deployment:problem:x', title, status, detail },
})

describe('a state service over HTTPS', () => {
  let server: ScriptedServer
  before(async () => {
    server = await startScriptedServer()
  })
  after(() => server.close())

  const scopes: string[] = []
  const client = (address: Partial<StateServiceAddress> = { key: 'key-1' }) =>
    stateServiceClient(
      {
        http: httpClient(server.transport),
        token: (scope) => {
          scopes.push(scope)
          return Promise.resolve('token-1')
        },
      },
      { url: server.url, ...address },
    )
  const question = {
    app: shop,
    slot: staging,
    hub: hubOfShop('shop99'),
    policy: strictPolicy,
    maxProofAgeInSeconds: 0,
  }
  const look = (address?: Partial<StateServiceAddress>) => client(address).look(question)(never)

  it('is asked for the status of the slot, with the policy of this task and the key in a header', async () => {
    server.answer(() => ({ json: statusReply() }))
    const ignoreInstances = [
      { field: 'name', pattern: 'Monitor*' },
      { field: 'id', pattern: 'a&b' },
    ] as const
    const policy = { entityPolicy: 'block', acceptInvisibleMessages: true, ignoreInstances } as const

    const seen = await client().look({ ...question, policy, maxProofAgeInSeconds: 60 })(never)

    assert.equal(seen.verdict, 'idle', seen.because)
    const [asked] = server.asked
    assert.equal(asked?.method, 'GET')
    assert.equal(asked.path, '/api/v1/apps/shop/slots/staging/status')
    assert.deepEqual(
      [...asked.query],
      [
        ['maxProofAgeInSeconds', '60'],
        ['waitInSeconds', '200'],
        ['entityPolicy', 'block'],
        ['acceptInvisibleMessages', 'true'],
        ['ignore', 'name:Monitor*'],
        ['ignore', 'id:a&b'],
      ],
    )
    assert.equal(asked.headers['x-functions-key'], 'key-1')
    assert.equal(asked.headers.authorization, undefined)
  })

  it('gets a token for its audience in place of a key', async () => {
    scopes.length = 0
    server.answer(() => ({ json: statusReply() }))

    assert.equal((await look({ audience: 'api://orders-state' })).verdict, 'idle')

    assert.deepEqual(scopes, ['api://orders-state/.default'])
    assert.equal(server.asked[0]?.headers.authorization, 'Bearer token-1')
    assert.equal(server.asked[0].headers['x-functions-key'], undefined)
  })

  it('may be behind a path', async () => {
    server.answer(() => ({ json: statusReply() }))
    await look({ url: `${server.url}/gateway/`, key: 'key-1' })
    assert.equal(server.asked[0]?.path, '/gateway/api/v1/apps/shop/slots/staging/status')
  })

  const answers: [string, Reply, RegExp][] = [
    [
      'does not accept the key',
      problem(401, 'Not signed in', 'No key was sent.'),
      /401 \(Not signed in: No key was sent\)\. Give stateServiceKey/,
    ],
    ['does not allow it', problem(403, 'Not allowed', 'Scope read is missing.'), /403 .*the scope that this takes/],
    [
      'does not watch the app',
      problem(404, 'Not watched', "App 'shop' is not watched."),
      /404 \(Not watched: App 'shop' is not watched\)\. .*watches the app/,
    ],
    ['is asked too often', problem(429, 'Too many', 'Wait.'), /429 \(Too many: Wait\)/],
    [
      'cannot reach its storage',
      problem(503, 'No storage', 'Try again.'),
      /503 \(No storage: Try again\)\. See the health/,
    ],
    ['fails', { status: 500, json: statusReply() }, /the answer was 500/],
    ['is a page', page(), /the answer was 200 \(an HTML page\)\. Check that stateServiceUrl/],
    ['is a page that says 404', { ...page(), status: 404 }, /404 \(an HTML page\)/],
    ['answers nothing', {}, /the answer was 200 \(empty\)/],
    ['answers 202', { status: 202, json: statusReply() }, /the answer was 202/],
    [
      'answers JSON that says it is text',
      { text: JSON.stringify(statusReply()), type: 'text/plain' },
      /'text\/plain' instead of JSON/,
    ],
    [
      'answers half a status',
      { text: JSON.stringify(statusReply()).slice(0, 90), type: 'application/json' },
      /broken JSON/,
    ],
    ['answers other JSON', { json: { hasRunning: false } }, /not in the contract/],
    ['sends elsewhere', { status: 302, headers: { location: '/x' } }, /the answer was 302/],
    [
      'breaks off',
      { instead: 'reset' },
      /could not read the status of slot 'staging' from the state service 'https:\/\/localhost:\d+'/,
    ],
  ]
  for (const [name, reply, because] of answers) {
    it(`is unknown where it ${name}`, async () => {
      server.answer(() => reply)
      const seen = await look()
      assert.equal(seen.verdict, 'unknown')
      assert.equal(seen.source, 'stateService')
      assert.match(seen.because, because)
      assert.equal(server.asked.length, 1)
      assert.ok(!JSON.stringify(seen).includes('key-1'))
    })
  }

  it('ends the wait where it does not take the question, in its own words', async () => {
    server.answer(() => problem(400, 'Not valid', "'ignore' was given more than 20 times."))
    await assert.rejects(look(), (error) => {
      assert.ok(error instanceof Refusal)
      assert.match(
        error.message,
        /400 \(Not valid: 'ignore' was given more than 20 times\)\. Correct the input that this is about/,
      )
      return !/in its place/.test(error.message)
    })
  })

  const notItsOwn: [string, Reply][] = [
    ['JSON of another', { ...problem(400, 'Bad', 'x'), type: 'application/json' }],
    [
      'a problem of another',
      { status: 400, type: 'application/problem+json', json: { type: 'about:blank', title: 'Bad' } },
    ],
    ['a page', { ...page(), status: 400 }],
  ]
  for (const [name, reply] of notItsOwn) {
    it(`is unknown where ${name} says 400 in its place`, async () => {
      server.answer(() => reply)
      assert.match((await look()).because, /the answer was 400 .*nothing answers in its place/)
    })
  }

  it('is unknown where the sign-in fails, and is not asked', async () => {
    server.answer(() => ({ json: statusReply() }))
    const token = () => Promise.reject(new AzureFailure('Could not sign in.', { operation: 'sign in', kind: 'denied' }))
    const address = { url: server.url, audience: 'api://orders-state' }
    const seen = await stateServiceClient({ http: httpClient(server.transport), token }, address).look(question)(never)

    assert.match(seen.because, /^the state service proves nothing: could not sign in$/)
    assert.deepEqual(server.asked, [])
  })

  it('ends at once when the run is cancelled', async () => {
    const cancel = new AbortController()
    server.answer(() => {
      cancel.abort()
      return { instead: 'hang' }
    })
    await assert.rejects(client().look(question)(cancel.signal), Cancelled)
  })

  const told: [string, News, string, string, object][] = [
    [
      'of a rotation',
      { ...rotated, previous: { name: 'shop99' } },
      'PUT',
      '/api/v1/apps/shop/slots/staging/announcement',
      { taskHub: hub, previous: { name: 'shop99' }, build: '7', by },
    ],
    [
      'of a swap',
      { kind: 'swap', id: 'r h', sourceSlot: staging, targetSlot: staging, taskHub: hub, rolledBack: true },
      'POST',
      '/api/v1/apps/shop/swaps',
      { id: 'r h', sourceSlot: 'staging', targetSlot: 'staging', taskHub: hub, rolledBack: true, by },
    ],
    ['of a clean-up', { kind: 'cleanup', taskHub: hub }, 'POST', '/api/v1/apps/shop/cleanups', { taskHub: hub, by }],
  ]
  for (const [name, news, method, path, body] of told) {
    it(`is told ${name}, once`, async () => {
      server.answer(() => noted)

      assert.equal(await client().tell({ app: shop, news, by }, never), 'Slot staging has it.')

      const [asked] = server.asked
      assert.deepEqual([server.asked.length, asked?.method, asked?.path], [1, method, path])
      assert.deepEqual(JSON.parse(asked?.body ?? ''), body)
      assert.equal(asked?.headers['content-type'], 'application/json')
      assert.equal(asked.headers['x-functions-key'], 'key-1')
    })
  }

  const untold: [string, Reply, RegExp, boolean][] = [
    [
      'answers other JSON',
      { json: { ok: true } },
      /Could not tell the state service .*: the answer was 200\. Check/,
      false,
    ],
    ['does not say that it noted it', { json: { noted: false, says: 'x' } }, /the answer was 200/, false],
    [
      'says that the hub is there',
      problem(409, 'Still there', 'A slot uses it.'),
      /409 \(Still there: A slot uses it\)\.$/,
      false,
    ],
    ['is a page', page(), /an HTML page/, false],
    ['fails', problem(500, 'Failed', ''), /500 \(Failed\)/, true],
    ['does not know the scope', problem(403, 'Not allowed', ''), /403/, false],
    ['does not take it', problem(400, 'Not valid', 'x'), /400 \(Not valid: x\)\. Correct/, false],
    ['breaks off', { instead: 'reset' }, /could not be reached|was reset/, true],
  ]
  for (const [name, reply, message, mayHaveHappened] of untold) {
    it(`${mayHaveHappened ? 'may have been' : 'was not'} told where it ${name}, and is not told again`, async () => {
      server.answer(() => reply)
      await assert.rejects(client().tell({ app: shop, news: rotated, by }, never), (error) => {
        assert.ok(error instanceof AzureFailure && !error.message.includes('key-1'))
        assert.match(error.message, message)
        return error.mayHaveHappened === mayHaveHappened
      })
      assert.equal(server.asked.length, 1)
    })
  }

  it('may have been told where it does not answer in time', async () => {
    const http = {
      ...httpClient(server.transport),
      exchange: () => Promise.reject(new AzureFailure('No answer.', { operation: 'tell', kind: 'timeout' })),
    }
    const slow = stateServiceClient({ http, token: () => Promise.resolve('') }, { url: server.url, key: 'key-1' })
    await assert.rejects(slow.tell({ app: shop, news: rotated, by }, never), (error) => {
      return error instanceof AzureFailure && error.mayHaveHappened
    })
  })

  it('was not told where nothing is at its address, its certificate is not trusted, or the sign-in fails', async () => {
    const failure = new AzureFailure('Could not sign in.', { operation: 'sign in', kind: 'timeout' })
    const http = httpClient(server.transport)
    const distrusting = httpClient({ userAgent: 'test', proxyFor: () => undefined })
    const tellings = [
      stateServiceClient({ http, token: () => Promise.reject(failure) }, { url: server.url, audience: 'api://orders' }),
      client({ url: 'https://localhost:1', key: 'key-1' }),
      stateServiceClient({ http: distrusting, token: () => Promise.resolve('') }, { url: server.url, key: 'key-1' }),
    ]
    for (const each of tellings) {
      await assert.rejects(each.tell({ app: shop, news: rotated, by }, never), (error) => {
        return error instanceof AzureFailure && !error.mayHaveHappened
      })
    }
  })

  it('encodes what stands in the path', async () => {
    server.answer(() => noted)
    await client().tell({ app: { name: 'größe' }, news: rotated, by }, never)
    assert.equal(server.asked[0]?.path, '/api/v1/apps/gr%C3%B6%C3%9Fe/slots/staging/announcement')
  })
})
