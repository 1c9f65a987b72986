import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { systemClock } from '../../core/azure/clock.ts'
import { httpClient } from '../../core/azure/http/client.ts'
import { AzureFailure } from '../../core/failures.ts'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import type { Claims, Issuer } from '../../emulator/entra/jwt.ts'
import { createIssuer, parseJwt } from '../../emulator/entra/jwt.ts'
import type { ServicePrincipal } from '../../emulator/identities.ts'
import { authenticateWith, checkTokens } from '../../state-service/http/entra.ts'
import { credentialOf } from '../emulator/support/sdk.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { Api } from './support/api.ts'

const audience = 'api://state-service'
const never = new AbortController().signal

describe('Signing in with Entra ID', function () {
  this.timeout(30_000)
  let azure: Azure
  let api: Api
  let gate: ServicePrincipal

  before(async () => {
    azure = await startAzure()
    gate = await azure.addServicePrincipal()
  })
  after(() => azure.stop())
  beforeEach(async () => {
    azure.requests.clear()
    const entra = {
      ...{ tenantId: azure.tenantId, audiences: [audience], authorityUrl: azure.authorityUrl.replace(/\/$/, '') },
      callers: new Map([[gate.objectId, ['read'] as const]]),
    }
    const http = httpClient({ userAgent: 'test', proxyFor: () => undefined, tls: { ca: azure.caPem } })
    api = await Api.start({ authenticate: authenticateWith({ keys: [], entra }, { http, clock: systemClock }) })
  })
  afterEach(async () => {
    azure.faults.clear()
    await api.close()
  })

  const tokenOf = async (principal: ServicePrincipal, resource = audience) =>
    (await credentialOf(azure, principal).getToken(`${resource}/.default`)).token
  const ask = (token: string, path = '/api/v1/health') =>
    api.call({ path, headers: { authorization: `Bearer ${token}` } })

  it('takes a token of somebody who is listed, for what is allowed', async () => {
    const token = await tokenOf(gate)

    assert.equal((await ask(token)).status, 200)
    const events = [{ id: '1', eventType: 'other' }]
    const headers = { authorization: `bearer ${token}` }
    assert.equal((await api.call({ method: 'POST', path: '/api/v1/events', body: events, headers })).status, 403)
  })

  it('reads the keys of the tenant once, for many who come at the same time', async () => {
    const token = await tokenOf(gate)
    azure.requests.clear()

    await Promise.all(Array.from({ length: 10 }, () => ask(token)))
    await ask(token)

    assert.equal(azure.requests.count({ service: 'entra' }), 2)
  })

  it('refuses somebody of the tenant who is not listed', async () => {
    assert.equal((await ask(await tokenOf(await azure.addServicePrincipal()))).status, 401)
  })

  it('refuses a token for another audience', async () => {
    assert.equal((await ask(await tokenOf(gate, 'https://management.azure.com'))).status, 401)
  })

  it('refuses a token that has expired', async () => {
    azure.faults.add({ service: 'entra', path: /v2.0\/token/, action: { kind: 'expiredToken' } })

    assert.equal((await ask(await tokenOf(gate))).status, 401)
  })

  it('refuses a token whose claims were changed', async () => {
    const [head = '', , signature = ''] = (await tokenOf(await azure.addServicePrincipal())).split('.')
    const claims = parseJwt(await tokenOf(gate))?.claims ?? {}

    assert.equal((await ask([head, encode(claims), signature].join('.'))).status, 401)
  })

  it('does not know whether a token is good while the keys cannot be read, and says so', async () => {
    const token = await tokenOf(gate)
    for (const path of [/openid-configuration/, /discovery\/v2\.0\/keys/]) {
      for (const action of [{ kind: 'status', status: 500 }, { kind: 'reset' }, { kind: 'html' }] as const) {
        azure.faults.clear()
        azure.faults.add({ service: 'entra', path, action })
        await api.close()
        const http = httpClient({ userAgent: 'test', proxyFor: () => undefined, tls: { ca: azure.caPem } })
        const authorityUrl = azure.authorityUrl.replace(/\/$/, '')
        const entra = { tenantId: azure.tenantId, audiences: [audience], authorityUrl, callers: new Map() }
        api = await Api.start({ authenticate: authenticateWith({ keys: [], entra }, { http, clock: systemClock }) })

        const reply = await ask(token)

        assert.deepEqual([reply.status, reply.headers['retry-after']], [503, '5'], `${path.source} ${action.kind}`)
      }
    }
  })

  it('shows neither token nor keys in replies and log', async () => {
    const tokens = [await tokenOf(gate), await tokenOf(await azure.addServicePrincipal())]
    const said: string[] = []
    for (const token of tokens) said.push((await ask(token)).text)
    azure.faults.add({ service: 'entra', action: { kind: 'status', status: 500 } })

    const all = [...said, ...api.log.lines, ...api.log.warnings].join('\n')
    for (const token of tokens) {
      for (const part of token.split('.')) assert.equal(all.includes(part), false)
    }
    assert.match(all, /the object id of the token is not in EntraCallers/)
  })
})

describe('A token', () => {
  const tenantId = randomUUID()
  const oid = randomUUID()
  const authorityUrl = 'https://login.example'
  const config = { tenantId, audiences: [audience], authorityUrl, callers: new Map([[oid, ['read'] as const]]) }
  let issuer: Issuer
  let other: Issuer

  before(async () => {
    ;[issuer, other] = await Promise.all([createIssuer(), createIssuer()])
  })

  class Tenant {
    readonly clock = new FakeClock()
    readonly asked: string[] = []
    jwks: unknown = issuer.jwks
    document: unknown = { issuer: `${authorityUrl}/${tenantId}/v2.0`, jwks_uri: `${authorityUrl}/keys` }
    isDown = false
    readonly check = checkTokens(config, { clock: this.clock, http: { getJson: ({ url }) => this.#answer(url) } })

    #answer(url: string) {
      this.asked.push(url.endsWith('/keys') ? 'keys' : url)
      if (this.isDown) {
        return Promise.reject(
          new AzureFailure('Could not read it: no answer.', { operation: 'read it', kind: 'network' }),
        )
      }
      return Promise.resolve({ json: url.endsWith('/keys') ? this.jwks : this.document, headers: {} })
    }

    async kind(token: string): Promise<string> {
      return (await this.check(token, never)).kind
    }

    claims(changed: Claims = {}): Claims {
      const now = this.clock.now().getTime() / 1000
      const right = { aud: audience, iss: `https://sts.windows.net/${tenantId}/`, oid, tid: tenantId }
      const claims = { ...right, iat: now, nbf: now, exp: now + 3600, ...changed }
      return Object.fromEntries(Object.entries<unknown>(claims).filter(([, value]) => value !== undefined))
    }
  }

  it('is good in version 1 and in version 2', async () => {
    const tenant = new Tenant()

    for (const iss of [`https://sts.windows.net/${tenantId}/`, `${authorityUrl}/${tenantId}/v2.0`]) {
      assert.deepEqual(await tenant.check(issuer.issue(tenant.claims({ iss })), never), {
        kind: 'caller',
        caller: { name: `object id '${oid}'`, scopes: ['read'] },
      })
    }
    assert.deepEqual(tenant.asked, [`${authorityUrl}/${tenantId}/v2.0/.well-known/openid-configuration`, 'keys'])
  })

  const bad: Readonly<Record<string, Claims>> = {
    'for another audience': { aud: 'api://other' },
    'for an audience that begins alike': { aud: `${audience}/x` },
    'for several audiences': { aud: [audience, 'api://other'] },
    'for no audience': { aud: undefined },
    'of another tenant': { tid: randomUUID() },
    'of another tenant by its issuer': { iss: `https://sts.windows.net/${randomUUID()}/` },
    'of an issuer that ends alike': { iss: `https://evil.example/${tenantId}/v2.0` },
    'of no issuer': { iss: undefined },
    'of no tenant': { tid: undefined },
    'without an object id': { oid: undefined },
    'of somebody else': { oid: randomUUID() },
    'with a list of object ids': { oid: [oid] },
    'that has expired': { exp: 1_000 },
    'that never ends': { exp: undefined },
    'that ends in words': { exp: 'tomorrow' },
    'that is not valid yet': { nbf: 9_999_999_999 },
    'without a beginning': { nbf: undefined },
  }
  for (const [what, claims] of Object.entries(bad)) {
    it(`${what} is refused`, async () => {
      const tenant = new Tenant()

      assert.equal(await tenant.kind(issuer.issue(tenant.claims(claims))), 'refused')
    })
  }

  it('may be a minute early or late, and no more', async () => {
    const tenant = new Tenant()
    const now = tenant.clock.now().getTime() / 1000
    const kinds = []
    for (const claims of [{ exp: now - 59 }, { exp: now - 61 }, { nbf: now + 59 }, { nbf: now + 61 }]) {
      kinds.push(await tenant.kind(issuer.issue(tenant.claims(claims))))
    }

    assert.deepEqual(kinds, ['caller', 'refused', 'caller', 'refused'])
  })

  it('that nobody signed, or somebody else, is refused', async () => {
    const tenant = new Tenant()
    const [jwk = {}] = issuer.jwks.keys as readonly { readonly kid?: string; readonly n?: string }[]
    const claims = encode(tenant.claims())
    const [, , foreign = ''] = other.issue(tenant.claims()).split('.')
    const head = (fields: Claims) => encode({ typ: 'JWT', kid: jwk.kid, ...fields })
    const mac = (text: string) =>
      createHmac('sha256', jwk.n ?? '')
        .update(text)
        .digest('base64url')
    const forged = {
      none: `${head({ alg: 'none' })}.${claims}.AAAA`,
      None: `${head({ alg: 'None' })}.${claims}.AAAA`,
      'another key under the name of the right one': `${head({ alg: 'RS256' })}.${claims}.${foreign}`,
      'another key': other.issue(tenant.claims()),
      'a key in its own head': `${head({ alg: 'RS256', jwk: other.jwks.keys[0], kid: undefined })}.${claims}.${foreign}`,
      'the public key as a password': `${head({ alg: 'HS256' })}.${claims}.${mac(`${head({ alg: 'HS256' })}.${claims}`)}`,
      'critical fields': `${head({ alg: 'RS256', crit: ['b64'], b64: false })}.${claims}.${foreign}`,
      'no JSON': 'aaaa.bbbb.cccc',
      'a list': `${encode([])}.${encode([])}.AAAA`,
    }

    for (const [what, token] of Object.entries(forged)) assert.equal(await tenant.kind(token), 'refused', what)
  })

  it('of a new key is good as soon as the tenant publishes it', async () => {
    const tenant = new Tenant()
    await tenant.kind(issuer.issue(tenant.claims()))
    tenant.jwks = { keys: [...issuer.jwks.keys, ...other.jwks.keys] }

    assert.equal(await tenant.kind(other.issue(tenant.claims())), 'refused')
    await tenant.clock.sleep(30_000, never)
    assert.equal(await tenant.kind(other.issue(tenant.claims())), 'caller')
  })

  it('of an unknown key makes no more than one request every half minute', async () => {
    const tenant = new Tenant()
    for (let second = 0; second < 60; second++) {
      assert.equal(await tenant.kind(other.issue(tenant.claims())), 'refused')
      await tenant.clock.sleep(1_000, never)
    }

    assert.equal(tenant.asked.filter((url) => url === 'keys').length, 2)
  })

  it('of a key that was withdrawn is refused after an hour', async () => {
    const tenant = new Tenant()
    const token = () => issuer.issue(tenant.claims())
    assert.equal(await tenant.kind(token()), 'caller')
    tenant.jwks = other.jwks

    await tenant.clock.sleep(3_600_000, never)
    assert.equal(await tenant.kind(token()), 'refused')
  })

  it('is checked with the keys of before for a day where Entra ID is down, and then with none', async () => {
    const tenant = new Tenant()
    const token = () => issuer.issue(tenant.claims())
    await tenant.kind(token())
    tenant.isDown = true

    await tenant.clock.sleep(23 * 3_600_000, never)
    assert.equal(await tenant.kind(token()), 'caller')
    assert.equal(await tenant.kind(other.issue(tenant.claims())), 'unavailable')
    await tenant.clock.sleep(3_600_000, never)
    assert.equal(await tenant.kind(token()), 'unavailable')
    tenant.isDown = false
    assert.equal(await tenant.kind(token()), 'unavailable')
    await tenant.clock.sleep(5_000, never)
    assert.equal(await tenant.kind(token()), 'caller')
  })

  it('cannot be checked where the tenant says what is not understood', async () => {
    const jwks_uri = `${authorityUrl}/keys`
    const documents: readonly unknown[] = [
      {},
      null,
      { issuer: `${authorityUrl}/${randomUUID()}/v2.0`, jwks_uri },
      { issuer: `${authorityUrl}/x/${tenantId}/v2.0`, jwks_uri },
      { issuer: `${authorityUrl}/${tenantId}/v2.0`, jwks_uri: 'http://login.example/keys' },
      { issuer: `${authorityUrl}/${tenantId}/v2.0` },
    ]
    for (const document of documents) {
      const tenant = new Tenant()
      tenant.document = document

      assert.equal(await tenant.kind(issuer.issue(tenant.claims())), 'unavailable', JSON.stringify(document))
    }
    for (const jwks of [{}, null, [], { keys: 'x' }]) {
      const tenant = new Tenant()
      tenant.jwks = jwks

      assert.equal(await tenant.kind(issuer.issue(tenant.claims())), 'unavailable', JSON.stringify(jwks))
    }
  })
})

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
