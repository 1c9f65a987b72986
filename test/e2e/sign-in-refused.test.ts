import assert from 'node:assert/strict'
import { generate } from 'selfsigned'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import type { ServiceConnection } from '../../pipeline-runner/agent/service-connection.ts'
import { assertRefused } from './endings.ts'
import { placeOf } from './scene.ts'
import { SignInScene } from './sign-in-scene.ts'

const day = 24 * 3_600_000

type Case = {
  readonly name: string
  readonly connection: (at: SignInScene) => Promise<ServiceConnection>
  readonly says: readonly RegExp[]
  readonly twist?: (at: SignInScene) => NonNullable<Parameters<SignInScene['check']>[1]>
}

const withParameters = (connection: ServiceConnection, parameters: Record<string, string>): ServiceConnection => ({
  ...connection,
  parameters: { ...connection.parameters, ...parameters },
})

/** Whoever must act is told by Entra ID's own code, and what to do. */
const byEntra: readonly Case[] = [
  {
    name: 'a wrong secret',
    connection: async (at) => withParameters(await at.withSecret(), { serviceprincipalkey: 'not-the-secret' }),
    says: [/AADSTS7000215/, /The secret is wrong\. Give the service connection a new secret\.$/],
  },
  {
    name: 'a tenant that does not exist',
    connection: (at) => at.withSecret({ tenantId: '00000000-0000-4000-8000-000000000000' }),
    says: [/AADSTS90002/, /Check the tenant id of the service connection: there is no such tenant\.$/],
  },
  {
    name: 'an application that the tenant does not have',
    connection: async (at) => withParameters(await at.withSecret(), { serviceprincipalid: 'gone' }),
    says: [/AADSTS700016/, /Check the service principal id and the tenant id/],
  },
  {
    name: 'a certificate that is not registered',
    connection: async (at) => {
      const other = await at.withCertificate()
      const { servicePrincipalCertificate = '' } = other.parameters
      return withParameters(await at.withCertificate(), { servicePrincipalCertificate })
    },
    says: [/AADSTS700027/, /upload it to the app registration\.$/],
  },
  {
    name: 'a federated credential for another subject',
    connection: (at) => at.withFederation({ subject: 'sc://shop/shop/old-name' }),
    says: [
      /AADSTS700213/,
      /Add a federated credential to the app registration or managed identity with exactly the issuer and subject/,
    ],
  },
  {
    name: 'a federated credential for another issuer',
    connection: (at) => at.withFederation({ issuer: 'https://vstoken.dev.azure.com/shop' }),
    says: [/AADSTS700211/, /exactly the issuer and subject that the service connection shows\.$/],
  },
]

const byTask: readonly Case[] = [
  {
    name: 'no address for assertions',
    connection: (at) => at.withFederation(),
    twist: (at) => ({ system: { accessToken: at.scene.azure.systemAccessToken } }),
    says: [/the agent gives no address for its tokens \(System\.OidcRequestUri\); update the agent\.$/],
  },
  {
    name: 'no token of the job',
    connection: (at) => at.withFederation(),
    twist: (at) => ({ system: { oidcRequestUri: at.scene.azure.oidcRequestUri } }),
    says: [/the job has no access token \(System\.AccessToken\)/],
  },
  {
    name: 'an address for assertions without TLS on another machine',
    connection: (at) => at.withFederation(),
    twist: (at) => ({ system: { ...at.job(), oidcRequestUri: 'http://devops.example/oidctoken' } }),
    says: [/'http:\/\/devops\.example\/oidctoken' is not a plain https address; check that no variable/],
  },
  {
    name: 'a certificate without its private key',
    connection: async (at) => {
      const plain = await at.withCertificate()
      const pem = plain.parameters['servicePrincipalCertificate'] ?? ''
      return withParameters(plain, { servicePrincipalCertificate: pem.slice(pem.indexOf('-----BEGIN CERTIFICATE')) })
    },
    says: [/has no private key in its PEM text; paste the whole file/],
  },
  {
    name: 'a certificate that is no PEM',
    connection: async (at) =>
      withParameters(await at.withCertificate(), { servicePrincipalCertificate: 'MIIKXAIBAzCC' }),
    says: [/has no private key in its PEM text/],
  },
  {
    name: 'a certificate whose key is cut short',
    connection: async (at) => {
      const plain = await at.withCertificate()
      const pem = plain.parameters['servicePrincipalCertificate'] ?? ''
      return withParameters(plain, {
        servicePrincipalCertificate: pem.replace(/\n[^\n]+\n[^\n]+\n-----END (?:RSA )?PRIVATE/, '\n-----END PRIVATE'),
      })
    },
    says: [/private key cannot be read\. Paste the whole PEM file/],
  },
  {
    name: 'a connection without a key',
    connection: async (at) => withParameters(await at.withSecret(), { serviceprincipalkey: '' }),
    says: [/has no service principal key\. Correct it in Project settings, Service connections\.$/],
  },
  {
    name: 'a connection of a management group',
    connection: (at) => at.withSecret({ data: { subscriptionId: '', scopeLevel: 'ManagementGroup' } }),
    says: [/has the scope 'ManagementGroup' and no subscription; make one for the subscription/],
  },
  {
    name: 'a scheme of another kind of connection',
    connection: async (at) => ({ ...(await at.withSecret()), scheme: 'UsernamePassword' }),
    says: [/has the authentication scheme 'UsernamePassword', which is not supported/],
  },
  {
    name: 'an ARM address without TLS',
    connection: (at) => at.withSecret({ armUrl: 'http://management.example/' }),
    says: [/has the server URL 'http:\/\/management\.example\/', which is not a plain https address/],
  },
]

describe('A packaged task that cannot sign in', () => {
  let at: SignInScene
  before(async () => (at = await SignInScene.start()))
  after(async () => await at.stop())

  for (const { name, connection, says, twist } of byEntra) {
    it(`because of ${name} says so, with the remedy`, async () => {
      const made = await connection(at)
      at.scene.azure.requests.clear()

      const run = await at.check(made, { system: at.job(), ...twist?.(at) })

      assertRefused(run, /^Could not sign in with service connection '/, ...says)
      assert.deepEqual(at.scene.azure.requests.all({ service: 'arm' }), [])
    })
  }

  for (const { name, connection, says, twist } of byTask) {
    it(`because of ${name} says so, with the remedy, and asks nobody`, async () => {
      const made = await connection(at)
      at.scene.azure.requests.clear()

      const run = await at.check(made, { system: at.job(), ...twist?.(at) })

      assertRefused(run, /^Service connection '/, ...says)
      assert.deepEqual(at.scene.azure.requests.all(), [])
    })
  }

  it('because its certificate has expired says so, with the remedy', async () => {
    const made = await generate([{ name: 'commonName', value: 'expired' }], {
      keySize: 2048,
      algorithm: 'sha256',
      notBeforeDate: new Date(Date.now() - 30 * day),
      notAfterDate: new Date(Date.now() - day),
    })
    const certificate = `${made.private}\n${made.cert}`
    const { clientId } = await at.scene.azure.addServicePrincipal({ certificate })
    const connection = azureRmConnection({ ...placeOf(at.scene.azure), name: 'expired', clientId, certificate })

    assertRefused(
      await at.check(connection),
      /AADSTS700027.* is expired on application/,
      /The certificate is not registered with the application, or has expired\. Give the service connection a valid one and upload it to the app registration\.$/,
    )
  })

  it('because the job may not use the connection says so, with the remedy', async () => {
    const connection = await at.withFederation()

    const run = await at.check(connection, { system: { ...at.job(), accessToken: 'not-the-token-of-the-job' } })

    assertRefused(
      run,
      /answered 401\. The job may not use this connection.*Authorize the pipeline for the connection\.$/,
    )
  })

  it('because the machine has no such identity says so, with the remedy', async () => {
    const connection = at.withManagedIdentity('00000000-0000-4000-8000-000000000001')

    const run = await at.check(connection, { extraEnv: at.machine() })

    assertRefused(
      run,
      /No User Assigned or Delegated Managed Identity/,
      /with the managed identity of the service connection\.$/,
    )
  })

  for (const [what, body] of [
    ['a page', '<html>Sign in to your network</html>'],
    ['an answer without a token', '{}'],
    ['broken JSON', '{"access_token":"ey'],
  ] as const) {
    it(`because Entra ID answers with ${what} says so`, async () => {
      const connection = await at.withSecret()
      const fault = at.scene.azure.faults.add({
        service: 'entra',
        method: 'POST',
        action: { kind: 'body', body, contentType: body.startsWith('<') ? 'text/html' : 'application/json' },
      })
      try {
        assertRefused(
          await at.check(connection),
          /^Could not sign in with service connection '.*Check the authority URL/,
        )
      } finally {
        fault.remove()
      }
    })
  }

  it('because no certificate vouches for Entra ID says so', async () => {
    const run = await at.check(await at.withSecret(), { caFile: undefined })

    assertRefused(
      run,
      /no answer came \(.*\)\. Check that the agent can reach this address, its proxy and its certificates\.$/,
    )
  })
})
