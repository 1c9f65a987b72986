import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { machineHashing } from '../../state-service/http/entra.ts'
import { keyRing } from '../../state-service/http/keys.ts'
import { routes } from '../../state-service/http/routes.ts'
import { Api, keys } from './support/api.ts'

/** A right request for each route. */
const by = { run: '1', project: 'Shop', link: '' }
const taskHub = { name: 'Shop41' }
const bodies: Readonly<Record<string, unknown>> = {
  announcement: { taskHub, build: '41', by },
  swaps: { id: '1', sourceSlot: 'a', targetSlot: 'b', taskHub, by },
  cleanups: { taskHub, by },
  events: [{ id: '1', eventType: 'other' }],
}
const calls = routes.map(({ method, path, scope }) => ({
  method,
  scope,
  path: `/${path.join('/').replace('{app}', 'shop').replace('{slot}', 'staging')}`,
  body: bodies[path.at(-1) ?? ''],
}))

describe('Signing in to the state service', () => {
  let api: Api

  before(async () => {
    api = await Api.start()
  })
  after(() => api.close())
  beforeEach(() => {
    api.service.asked.length = 0
    api.log.lines.length = 0
  })

  for (const { scope, ...call } of calls) {
    describe(`${call.method} ${call.path}`, () => {
      it('needs a credential', async () => {
        const reply = await api.call({ ...call, signedIn: false, bad: true })

        assert.deepEqual([reply.status, reply.headers['www-authenticate']], [401, 'Bearer'])
        assert.deepEqual(api.service.asked, [])
      })

      const notGood: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        'a key that is not known': { 'x-functions-key': keys.wrong },
        'a key that lacks its last character': { 'x-functions-key': keys.all.slice(0, -1) },
        'a key in capitals': { 'x-functions-key': keys.all.toUpperCase() },
        'an empty key': { 'x-functions-key': '' },
        'a very long key': { 'x-functions-key': keys.all.repeat(50) },
        'a key as a token': { authorization: `Bearer ${keys.all}` },
        'a key as a password': { authorization: `Basic ${Buffer.from(`all:${keys.all}`).toString('base64')}` },
        'a token where none are taken': { authorization: 'Bearer aaaa.bbbb.cccc' },
        'an empty token': { authorization: 'Bearer ' },
      }
      for (const [what, headers] of Object.entries(notGood)) {
        it(`refuses ${what}`, async () => {
          const reply = await api.call({ ...call, headers, bad: true })

          assert.equal(reply.status, 401)
          assert.deepEqual(api.service.asked, [])
        })
      }

      for (const [name, key] of Object.entries({ read: keys.read, tell: keys.tell, events: keys.events })) {
        it(`${name === scope ? 'takes' : 'refuses'} a key with the scope '${name}'`, async () => {
          const reply = await api.call({ ...call, headers: { 'x-functions-key': key } })

          assert.equal(reply.status, name === scope ? 200 : 403)
          if (name !== scope) assert.deepEqual(api.service.asked, [])
        })
      }

      for (const name of ['code', 'CODE', 'key', 'x-functions-key', 'access_token', '%63ode']) {
        it(`refuses a key in the query as '${name}', good or not`, async () => {
          for (const signedIn of [{}, { signedIn: false as const }]) {
            const reply = await api.call({ ...call, ...signedIn, path: `${call.path}?${name}=${keys.all}`, bad: true })

            assert.deepEqual(
              [reply.status, reply.json['title']],
              [400, 'The credential was sent in a way that is not accepted'],
            )
          }
          assert.deepEqual(api.service.asked, [])
        })
      }

      it('refuses more than one credential', async () => {
        const twice: readonly Readonly<Record<string, string | string[]>>[] = [
          { 'x-functions-key': [keys.all, keys.wrong] },
          { 'x-functions-key': [keys.wrong, keys.all] },
          { 'x-functions-key': `${keys.wrong}, ${keys.all}` },
          { 'x-functions-key': keys.all, authorization: 'Bearer a.b.c' },
          { authorization: ['Bearer a.b.c', 'Bearer d.e.f'] },
        ]
        for (const headers of twice) assert.equal((await api.call({ ...call, headers, bad: true })).status, 400)
        assert.deepEqual(api.service.asked, [])
      })
    })
  }

  it('tells nobody without a credential which addresses there are', async () => {
    for (const path of [
      '/',
      '/api/v1/nothing',
      '/api/v1/apps/other/history',
      '/api/v1/apps/a_b/slots/!/status?top=x',
    ]) {
      for (const method of ['GET', 'DELETE', 'OPTIONS']) {
        assert.equal((await api.call({ method, path, signedIn: false, bad: true })).status, 401)
      }
    }
  })

  it('does not let a header choose another method', async () => {
    const headers = { 'x-http-method-override': 'PUT', 'x-http-method': 'PUT', 'x-method-override': 'PUT' }
    const reply = await api.call({
      ...{ method: 'POST', path: '/api/v1/apps/shop/slots/staging/announcement', body: bodies['announcement'] },
      ...{ headers, bad: true },
    })

    assert.equal(reply.status, 405)
  })

  it('logs neither keys nor what was sent for one', async () => {
    for (const key of [keys.read, keys.wrong]) {
      await api.call({ method: 'PUT', path: '/api/v1/apps/shop/swaps', headers: { 'x-functions-key': key }, bad: true })
    }
    await api.call({ path: '/api/v1/health', headers: { authorization: 'Bearer aaaa.bbbb.cccc' } })

    assert.match(api.log.lines.join('\n'), /Refused a request from 127\.0\.0\.1: the key is not known/)
    assert.doesNotMatch(api.log.lines.join('\n'), /0123456789|aaaa/)
  })
})

describe('A ring of keys', () => {
  const { sha256 } = machineHashing

  it('knows a key by its SHA-256 as well as by itself', () => {
    const digest = createHash('sha256').update('the key').digest('hex')
    const find = keyRing([{ name: 'hashed', scopes: ['read'], sha256: digest }], machineHashing)

    assert.deepEqual(find('the key'), { name: "key 'hashed'", scopes: ['read'] })
    assert.equal(find(digest), undefined)
    assert.equal(find(''), undefined)
  })

  it('compares with every key to its end, whichever is the right one', () => {
    const compared: number[] = []
    const sameBytes = (one: Uint8Array, other: Uint8Array) => {
      compared.push(one.length)
      return machineHashing.sameBytes(one, other)
    }
    const find = keyRing(
      ['first', 'second', 'third'].map((key) => ({ name: key, scopes: ['read'], key })),
      { sha256, sameBytes },
    )

    for (const key of ['first', 'second', 'third', 'none']) {
      compared.length = 0

      assert.equal(find(key)?.name, key === 'none' ? undefined : `key '${key}'`)
      assert.deepEqual(compared, [32, 32, 32])
    }
  })

  it('knows nobody where it is empty', () => {
    assert.equal(keyRing([], machineHashing)(''), undefined)
  })
})
