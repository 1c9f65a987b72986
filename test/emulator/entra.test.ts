import assert from 'node:assert/strict'
import { ClientAssertionCredential, ClientCertificateCredential, ManagedIdentityCredential } from '@azure/identity'
import type { TokenCredential } from '@azure/identity'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import { parseJwt } from '../../emulator/entra/jwt.ts'
import { echoHosts } from './support/echo-host.ts'
import { ask, askArm } from './support/request.ts'
import { armScope, credentialOf, credentialOptions } from './support/sdk.ts'

const claimsOf = (token: string) => parseJwt(token)?.claims ?? {}

describe('Entra on loopback, through @azure/identity', function () {
  this.timeout(30_000)
  let azure: Azure

  before(async () => {
    azure = await startAzure({ startHost: echoHosts().start })
  })
  after(() => azure.stop())
  afterEach(() => azure.faults.clear())

  const token = async (credential: TokenCredential, scope = armScope) => (await credential.getToken(scope))?.token ?? ''
  const refusal = async (credential: TokenCredential) => {
    try {
      await credential.getToken(armScope)
    } catch (error) {
      return String(error)
    }
    return 'a token'
  }

  it('gives a token for a client secret, with the claims of an Entra access token', async () => {
    const principal = await azure.addServicePrincipal()

    const claims = claimsOf(await token(credentialOf(azure, principal)))

    assert.equal(claims['aud'], 'https://management.core.windows.net/')
    assert.equal(claims['iss'], `https://sts.windows.net/${azure.tenantId}/`)
    assert.equal(claims['appid'], principal.clientId)
    assert.equal(claims['oid'], principal.objectId)
  })

  it('takes a certificate that is registered, and refuses another', async () => {
    const principal = await azure.addServicePrincipal({ certificate: true })
    const stranger = await azure.addServicePrincipal({ certificate: true })
    const with_ = (certificate: string | undefined) =>
      new ClientCertificateCredential(
        azure.tenantId,
        principal.clientId,
        { certificate: certificate ?? '' },
        credentialOptions(azure),
      )

    assert.equal(claimsOf(await token(with_(principal.certificatePem)))['appid'], principal.clientId)
    assert.match(await refusal(with_(stranger.certificatePem)), /AADSTS700027/)
  })

  it('takes a fresh id token of the service connection at every renewal', async () => {
    const connection = azure.addServiceConnection()
    const principal = await azure.addServicePrincipal({ federated: connection })
    const assertion = async () => (JSON.parse((await oidc(connection.id)).text) as { oidcToken: string }).oidcToken
    const credential = new ClientAssertionCredential(
      azure.tenantId,
      principal.clientId,
      assertion,
      credentialOptions(azure),
    )

    assert.equal(claimsOf(await token(credential))['appid'], principal.clientId)
    assert.equal(azure.devOps.issued.length > 0, true)
  })

  it('refuses an id token that is past its ten minutes', async () => {
    const connection = azure.addServiceConnection()
    const principal = await azure.addServicePrincipal({ federated: connection })
    azure.faults.add({ service: 'devops', action: { kind: 'expiredToken' } })
    const old = (JSON.parse((await oidc(connection.id)).text) as { oidcToken: string }).oidcToken
    const credential = new ClientAssertionCredential(
      azure.tenantId,
      principal.clientId,
      () => Promise.resolve(old),
      credentialOptions(azure),
    )

    assert.match(await refusal(credential), /AADSTS700024/)
  })

  it('refuses an id token of another service connection', async () => {
    const [mine, other] = [azure.addServiceConnection(), azure.addServiceConnection()]
    const principal = await azure.addServicePrincipal({ federated: mine })
    const wrong = (JSON.parse((await oidc(other.id)).text) as { oidcToken: string }).oidcToken
    const credential = new ClientAssertionCredential(
      azure.tenantId,
      principal.clientId,
      () => Promise.resolve(wrong),
      credentialOptions(azure),
    )

    assert.match(await refusal(credential), /AADSTS700213/)
  })

  it('gives the id token only for the system access token', async () => {
    const connection = azure.addServiceConnection()

    assert.equal((await oidc(connection.id, 'another')).status, 401)
    assert.equal((await oidc('not-there')).status, 404)
  })

  it('says which part of a sign-in was wrong', async () => {
    const principal = await azure.addServicePrincipal({ secret: 'right' })
    const as = (clientId: string, secret: string) => credentialOf(azure, { ...principal, clientId, secret })

    assert.match(await refusal(as(principal.clientId, 'wrong')), /AADSTS7000215/)
    assert.match(await refusal(as('8d2c3d5e-0000-4000-8000-000000000000', 'right')), /AADSTS700016/)
    assert.match(
      (await ask(azure, `${azure.authorityUrl}nowhere/v2.0/.well-known/openid-configuration`)).text,
      /AADSTS90002/,
    )
  })

  it('signs in a managed identity by its client id, and the system-assigned one without', async () => {
    const system = azure.addManagedIdentity()
    const user = azure.addManagedIdentity()
    process.env['IDENTITY_ENDPOINT'] = azure.identityEndpoint.url
    process.env['IDENTITY_HEADER'] = azure.identityEndpoint.header
    try {
      assert.equal(claimsOf(await token(new ManagedIdentityCredential()))['oid'], system.objectId)
      assert.equal(
        claimsOf(await token(new ManagedIdentityCredential({ clientId: user.clientId })))['oid'],
        user.objectId,
      )
    } finally {
      delete process.env['IDENTITY_ENDPOINT']
      delete process.env['IDENTITY_HEADER']
    }
  })

  it('lets a deleted principal neither sign in again nor use the token it still holds', async () => {
    const principal = await azure.addServicePrincipal()
    const held = await token(credentialOf(azure, principal))
    assert.equal((await askArm(azure, held, '/providers/Microsoft.Web/sites')).status, 200)

    azure.revoke(principal.clientId)

    assert.match(await refusal(credentialOf(azure, principal)), /AADSTS700016/)
    assert.equal((await askArm(azure, held, '/providers/Microsoft.Web/sites')).status, 403)
  })

  it('issues tokens that expire when their lifetime is over', async () => {
    const principal = await azure.addServicePrincipal()
    azure.faults.add({ service: 'entra', path: /oauth2/, action: { kind: 'expiredToken' } })
    const expired = await token(credentialOf(azure, principal))

    const answer = await askArm(azure, expired, '/providers/Microsoft.Web/sites')

    assert.equal(answer.status, 401)
    assert.match(answer.text, /"ExpiredAuthenticationToken"/)
  })

  const oidc = (connectionId: string, accessToken = azure.systemAccessToken) =>
    ask(azure, `${azure.oidcRequestUri}?api-version=7.1&serviceConnectionId=${connectionId}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}` },
    })
})

describe('Entra on loopback with a client certificate', function () {
  this.timeout(30_000)

  it('answers only callers that show the certificate', async () => {
    const azure = await startAzure({ startHost: echoHosts().start, requireClientCertificate: true })
    try {
      const url = `${azure.authorityUrl}${azure.tenantId}/v2.0/.well-known/openid-configuration`
      assert.equal((await ask(azure, url, { cert: azure.clientCertificate })).status, 200)
      await assert.rejects(ask(azure, url))
    } finally {
      await azure.stop()
    }
  })
})
