import assert from 'node:assert/strict'

import type { Transport } from '../../../core/azure/http/transport.ts'
import { AzureFailure, Refusal } from '../../../core/failures.ts'
import { createSelfSigned } from '../../../emulator/tls/certificates.ts'
import type { Scheme, ServiceConnection } from '../../../tasks/agent/connection.ts'
import { credentialFor } from '../../../tasks/agent/credential.ts'
import { startLoopbackEntra, startLoopbackProxy, startPlainServer } from '../../support/loopback-entra.ts'

type Entra = Awaited<ReturnType<typeof startLoopbackEntra>>

const scope = 'https://management.core.windows.net//.default'

describe('the credential of a service connection', function () {
  this.timeout(30_000)

  let entra: Entra
  let secrets: string[]

  before(async () => {
    entra = await startLoopbackEntra()
  })
  after(() => entra.close())
  beforeEach(() => {
    secrets = []
    entra.tokenRequests.length = 0
    entra.assertionRequests.length = 0
    Object.assign(entra.state, { tokenLifetimeSeconds: 3600, token: undefined, assertion: undefined, cut: 0 })
  })

  const withSecret: Scheme = { kind: 'clientSecret', tenantId: 'tenant-1', clientId: 'client-1', clientSecret: 'hush' }
  const federated = (): Scheme => ({
    kind: 'federated',
    tenantId: 'tenant-1',
    clientId: 'client-1',
    assertionUrl: `${entra.url}/oidctoken?api-version=7.1&serviceConnectionId=guid-1`,
    accessToken: 'job-token',
  })

  function connection(scheme: Scheme, authorityUrl = entra.url): ServiceConnection {
    return {
      id: 'guid-1',
      name: 'Shop (guid-1)',
      subscriptionId: 'sub-1',
      armUrl: entra.url,
      authorityUrl,
      armScope: scope,
      environment: 'AzureCloud',
      storageSuffix: 'core.windows.net',
      scheme,
    }
  }

  const trusting = (): Transport => ({ userAgent: 'test', proxyFor: () => undefined, tls: { ca: entra.caPem } })

  function credential(scheme: Scheme, more: { transport?: Transport; timeoutMs?: number; authorityUrl?: string } = {}) {
    return credentialFor(connection(scheme, more.authorityUrl), {
      transport: more.transport ?? trusting(),
      secret: (text) => void secrets.push(text),
      ...(more.timeoutMs === undefined ? {} : { timeoutMs: more.timeoutMs }),
    })
  }

  async function failure(work: Promise<unknown>): Promise<AzureFailure> {
    try {
      await work
    } catch (error) {
      if (error instanceof AzureFailure) {
        assert.doesNotMatch(error.message, /hush|assertion-\d|job-token|undefined|\n/)
        return error
      }
      throw error
    }
    return assert.fail('the sign-in did not fail')
  }

  it('with a secret sends it to the connection’s own authority, audience slash and all, and registers the token', async () => {
    const token = await credential(withSecret).getToken(scope)
    assert.equal(token?.token, 'token-1')
    assert.deepEqual(secrets, ['token-1'])
    const request = entra.tokenRequests[0]
    assert.equal(request?.path.split('?')[0], '/tenant-1/oauth2/v2.0/token')
    assert.equal(request.form.get('client_id'), 'client-1')
    assert.equal(request.form.get('client_secret'), 'hush')
    assert.equal(request.form.get('scope'), scope)
  })

  it('with a certificate signs an assertion with it, from memory', async () => {
    const pair = await createSelfSigned('shop')
    // Blanks and other line ends around the PEM lines are what people paste.
    const pem = `${pair.key}\n${pair.cert}`.replaceAll('\n', ' \r\n')
    await credential({ kind: 'clientCertificate', tenantId: 'tenant-1', clientId: 'client-1', pem }).getToken(scope)
    const assertion = entra.tokenRequests[0]?.form.get('client_assertion') ?? ''
    assert.equal(assertion.split('.').length, 3)
    assert.equal(entra.tokenRequests[0]?.form.get('client_secret'), null)
  })

  it('with a private key that cannot be read is refused before anything is sent', () => {
    const pem =
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----'
    assert.throws(
      () => credential({ kind: 'clientCertificate', tenantId: 'tenant-1', clientId: 'client-1', pem }),
      (error) => error instanceof Refusal && /private key cannot be read/.test(error.message),
    )
  })

  it('is had in spite of answers that break off', async () => {
    entra.state.cut = 2
    const token = await credential(withSecret).getToken(scope)
    assert.equal(token?.token, 'token-3')
    assert.equal(entra.tokenRequests.length, 3)
  })

  it('that is federated gets a fresh assertion at each renewal, and registers it before it sends it', async () => {
    entra.state.tokenLifetimeSeconds = 1 // Good for so short a time that the next use is a renewal.
    const federatedCredential = credential(federated())
    await federatedCredential.getToken(scope)
    await federatedCredential.getToken(scope)
    const sent = entra.tokenRequests.map((request) => request.form.get('client_assertion') ?? '')
    assert.equal(sent.length, 2)
    assert.notEqual(sent[0], sent[1])
    assert.equal(secrets[0], sent[0])
    assert.ok(sent[1] !== undefined && secrets.includes(sent[1]))
    assert.ok(secrets.includes('token-1') && secrets.includes('token-2'))
    assert.equal(entra.assertionRequests[0]?.path, '/oidctoken?api-version=7.1&serviceConnectionId=guid-1')
    assert.equal(entra.assertionRequests[0].authorization, 'Bearer job-token')
  })

  const badAssertions: [string, { status: number; body: unknown }, AzureFailure['kind'], RegExp][] = [
    [
      'that the job may not have',
      { status: 401, body: {} },
      'denied',
      /answered 401\. The job may not use this connection/,
    ],
    [
      'of a connection that is gone',
      { status: 404, body: {} },
      'rejected',
      /answered 404\. Make sure that the service connection still exists/,
    ],
    ['that comes as a page', { status: 200, body: '<html>sign in</html>' }, 'unreadable', /holds no 'oidcToken'/],
    ['that is not a text', { status: 200, body: { oidcToken: 7 } }, 'unreadable', /holds no 'oidcToken'/],
    ['that is missing', { status: 200, body: {} }, 'unreadable', /holds no 'oidcToken'/],
  ]
  for (const [what, answer, kind, message] of badAssertions) {
    it(`cannot use an assertion ${what}`, async () => {
      entra.state.assertion = answer
      const failed = await failure(credential(federated()).getToken(scope))
      assert.equal(failed.kind, kind)
      assert.match(failed.message, message)
      assert.equal(entra.tokenRequests.length, 0)
    })
  }

  const denials: [string, RegExp][] = [
    ['700016', /Check the service principal id and the tenant id/],
    ['7000215', /The secret is wrong\. Give the service connection a new secret\./],
    ['7000222', /The secret has expired/],
    ['700024', /Check the clock of the agent/],
    ['700213', /Add a federated credential .* exactly the issuer and subject/],
    ['70021', /Add a federated credential/],
    ['700223', /Ask the administrator of the tenant/],
    ['900382', /does not accept workload identity federation/],
    ['123456', /Correct the service connection\./],
  ]
  for (const [code, remedy] of denials) {
    it(`tells what to do about AADSTS${code}`, async () => {
      entra.state.token = {
        status: 401,
        body: {
          error: 'invalid_client',
          error_description: `AADSTS${code}: It is so. Trace ID: 1 Correlation ID: 2\r\nTimestamp: now`,
        },
      }
      const failed = await failure(credential(withSecret).getToken(scope))
      assert.equal(failed.kind, 'denied')
      assert.equal(failed.code, `AADSTS${code}`)
      assert.match(
        failed.message,
        new RegExp(
          `^Could not sign in with service connection 'Shop \\(guid-1\\)' at 'localhost:\\d+': 'AADSTS${code}: It is so\\.'`,
        ),
      )
      assert.match(failed.message, remedy)
      assert.deepEqual(secrets, [])
    })
  }

  it('cannot read a page in place of a token', async () => {
    entra.state.token = { status: 200, body: '<html>proxy</html>' }
    assert.equal((await failure(credential(withSecret).getToken(scope))).kind, 'unreadable')
  })

  it('does not take an answer without a token', async () => {
    entra.state.token = { status: 200, body: { token_type: 'Bearer' } }
    assert.equal((await failure(credential(withSecret).getToken(scope))).kind, 'unreadable')
  })

  it('repeats a sign-in that met a server error, a few times', async () => {
    entra.state.token = { status: 503, body: { error: 'temporarily_unavailable', error_description: 'later' } }
    const failed = await failure(credential(withSecret).getToken(scope))
    assert.equal(failed.kind, 'server')
    assert.ok(
      entra.tokenRequests.length >= 3 && entra.tokenRequests.length <= 5,
      `${entra.tokenRequests.length} requests`,
    )
  })

  it('does not wait for ever', async () => {
    entra.state.token = { status: 200, body: {}, delayMs: 60_000 }
    const failed = await failure(credential(withSecret, { timeoutMs: 200 }).getToken(scope))
    assert.equal(failed.kind, 'timeout')
  })

  it('stops as soon as the run is cancelled', async () => {
    entra.state.token = { status: 200, body: {}, delayMs: 60_000 }
    const cancel = new AbortController()
    const work = credential(withSecret).getToken(scope, { abortSignal: cancel.signal })
    cancel.abort()
    await assert.rejects(work, { name: 'AbortError' })
  })

  it('says that an authority which nobody listens at was not reached', async () => {
    const gone = await startPlainServer(() => undefined)
    await gone.close()
    const failed = await failure(
      credential(withSecret, { authorityUrl: gone.url.replace('http:', 'https:') }).getToken(scope),
    )
    assert.equal(failed.kind, 'network')
    assert.match(failed.message, /ECONNREFUSED/)
  })

  it('does not trust an authority whose certificate nobody vouched for', async () => {
    const transport: Transport = { userAgent: 'test', proxyFor: () => undefined }
    const failed = await failure(credential(withSecret, { transport }).getToken(scope))
    assert.equal(failed.kind, 'network')
    assert.equal(entra.tokenRequests.length, 0)
  })

  it('goes through the proxy, with its user and with the agent’s CA, for token and assertion', async () => {
    const proxy = await startLoopbackProxy()
    const settings = { host: 'http://127.0.0.1', port: proxy.port, username: 'ann', password: 'p@ss' }
    try {
      await credential(federated(), { transport: { ...trusting(), proxyFor: () => settings } }).getToken(scope)
    } finally {
      await proxy.close()
    }
    assert.equal(entra.tokenRequests.length, 1)
    assert.ok(proxy.connects.length >= 2)
    for (const { to, authorization } of proxy.connects) {
      assert.equal(`https://${to}`, entra.url)
      assert.equal(authorization, `Basic ${Buffer.from('ann:p@ss').toString('base64')}`)
    }
  })
})
