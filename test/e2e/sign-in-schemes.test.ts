import assert from 'node:assert/strict'
import type { ServiceConnection } from '../../pipeline-runner/agent/service-connection.ts'
import { nodesUnderTest } from '../support/nodes.ts'
import { assertRefused } from './endings.ts'
import { assertIdle, SignInScene } from './sign-in-scene.ts'

/** What each token that was issued for the connection's identity was for. */
function tokensOf(at: SignInScene, clientId: string | undefined): readonly string[] {
  return at.scene.azure.tokens.issued.filter((token) => token.clientId === clientId).map(({ resource }) => resource)
}

const armAudience = 'https://management.core.windows.net/'

for (const { name, nodePath } of nodesUnderTest()) {
  describe(`A packaged task on ${name} signs in`, () => {
    let at: SignInScene
    before(async () => (at = await SignInScene.start()))
    after(async () => await at.stop())

    const principals: readonly [string, () => Promise<ServiceConnection>][] = [
      ['with the secret of a service principal', () => at.withSecret()],
      ['with the certificate of a service principal', () => at.withCertificate()],
      ['with workload identity federation', () => at.withFederation()],
    ]
    for (const [what, make] of principals) {
      it(what, async () => {
        const connection = await make()

        assertIdle(await at.check(connection, { nodePath, system: at.job() }))

        assert.deepEqual(tokensOf(at, connection.parameters['serviceprincipalid']), [armAudience])
      })
    }

    it('with the identity of the machine', async () => {
      const { clientId } = at.scene.azure.addManagedIdentity({ systemAssigned: true })

      assertIdle(await at.check(at.withManagedIdentity(), { nodePath, extraEnv: at.machine() }))

      assert.deepEqual(tokensOf(at, clientId), [armAudience])
    })

    it('with a user-assigned identity of the machine', async () => {
      at.scene.azure.addManagedIdentity({ systemAssigned: true, arm: 'none' })
      const { clientId } = at.scene.azure.addManagedIdentity({ systemAssigned: false })

      assertIdle(await at.check(at.withManagedIdentity(clientId), { nodePath, extraEnv: at.machine() }))

      assert.deepEqual(tokensOf(at, clientId), [armAudience])
    })

    it('to storage too, where the settings name an account and no key', async () => {
      const app = await at.appWithoutKeys()
      const connection = await at.withFederation()

      const run = await at.check(connection, { nodePath, system: at.job() }, { appName: app.name })

      assertIdle(run)
      const resources = new Set(tokensOf(at, connection.parameters['serviceprincipalid']))
      assert.deepEqual(resources, new Set([armAudience, 'https://storage.azure.com']), run.log)
    })
  })
}

describe('A packaged task reads a service connection', () => {
  let at: SignInScene
  before(async () => (at = await SignInScene.start()))
  after(async () => await at.stop())

  it('whatever the case of its scheme, of its type and of its parameters', async () => {
    const plain = await at.withCertificate()
    const { serviceprincipalid, servicePrincipalCertificate, tenantid } = plain.parameters
    const connection = {
      ...plain,
      scheme: 'SERVICEPRINCIPAL',
      parameters: {
        ServicePrincipalId: serviceprincipalid ?? '',
        AUTHENTICATIONTYPE: 'SpnCERTIFICATE',
        serviceprincipalcertificate: servicePrincipalCertificate ?? '',
        TenantID: tenantid ?? '',
      },
      data: Object.fromEntries(Object.entries(plain.data).map(([key, value]) => [key.toUpperCase(), value])),
    }

    assertIdle(await at.check(connection))
  })

  it('that says neither its scheme nor the kind of its key, as the oldest do', async () => {
    const plain = await at.withSecret()
    const { authenticationType: _, ...parameters } = plain.parameters

    assertIdle(await at.check({ ...plain, scheme: '', parameters }))
  })

  it('with a certificate that was pasted with the line ends of Windows', async () => {
    const plain = await at.withCertificate()
    const pem = (plain.parameters['servicePrincipalCertificate'] ?? '').replaceAll('\n', '\r\n')

    assertIdle(await at.check({ ...plain, parameters: { ...plain.parameters, servicePrincipalCertificate: pem } }))
  })

  it('with a managed identity in other letter case', async () => {
    const { clientId } = at.scene.azure.addManagedIdentity({ systemAssigned: false })
    const plain = at.withManagedIdentity(clientId)
    const parameters = { tenantid: at.scene.azure.tenantId, MSICLIENTID: clientId }

    assertIdle(await at.check({ ...plain, scheme: 'managedserviceidentity', parameters }, { extraEnv: at.machine() }))
  })

  it('with a user-assigned identity that its data name', async () => {
    at.scene.azure.addManagedIdentity({ systemAssigned: true, arm: 'none' })
    const { clientId } = at.scene.azure.addManagedIdentity({ systemAssigned: false })
    const connection = at.withManagedIdentity(undefined, { data: { msiclientId: clientId } })

    assertIdle(await at.check(connection, { extraEnv: at.machine() }))
  })

  it('by its id as well as by its name', async () => {
    const connection = await at.withSecret()

    assertIdle(await at.check(connection, {}, { azureSubscription: connection.id }))
  })

  it('and refuses a publish profile by name, before it asks anybody', async () => {
    const plain = await at.withSecret()
    const connection = { ...plain, scheme: 'PublishProfile', parameters: { publishProfile: '<publishData/>' } }
    at.scene.azure.requests.clear()

    const run = await at.check(connection)

    assertRefused(run, /uses a publish profile, which cannot read or swap slots\. Use a service principal/)
    assert.deepEqual(at.scene.azure.requests.all(), [])
  })
})
