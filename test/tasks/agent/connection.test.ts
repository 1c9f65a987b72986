import assert from 'node:assert/strict'

import { Refusal } from '../../../core/failures.ts'
import type { ConnectionSource, ServiceConnection } from '../../../tasks/agent/connection.ts'
import { readConnection } from '../../../tasks/agent/connection.ts'

const pem =
  '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----'

type Parts = {
  readonly input?: string
  readonly url?: string
  readonly scheme?: string
  readonly parameters?: Record<string, string | undefined>
  readonly data?: Record<string, string | undefined>
  readonly variables?: Record<string, string>
  readonly systemToken?: string
}

/** A connection with a secret, with one-word twists; undefined takes a field away. */
function source(parts: Parts = {}) {
  const secrets: string[] = []
  const parameters: Record<string, string | undefined> = {
    tenantid: 'tenant-1',
    serviceprincipalid: 'client-1',
    serviceprincipalkey: 'hush',
    ...parts.parameters,
  }
  const data: Record<string, string | undefined> = {
    subscriptionid: 'sub-1',
    subscriptionname: 'Shop',
    environment: 'AzureCloud',
    environmentauthorityurl: 'https://login.microsoftonline.com/',
    activedirectoryserviceendpointresourceid: 'https://management.core.windows.net/',
    scopelevel: 'Subscription',
    ...parts.data,
  }
  const system = parts.systemToken ?? 'job-token'
  const from: ConnectionSource = {
    input: () => parts.input ?? 'guid-1',
    variable: (name) =>
      ({ 'System.OidcRequestUri': 'https://dev.example/oidctoken', ...parts.variables })[name] || undefined,
    secret: (text) => void secrets.push(text),
    url: () => parts.url ?? 'https://management.azure.com/',
    scheme: () => parts.scheme ?? 'ServicePrincipal',
    // As task-lib does: keys without case, empty text is nothing.
    parameter: (id, key) => (id === 'SystemVssConnection' ? system : parameters[key.toLowerCase()]) || undefined,
    data: (_id, key) => data[key.toLowerCase()] || undefined,
  }
  return { from, secrets }
}

const read = (parts: Parts = {}): ServiceConnection => readConnection('azureSubscription', source(parts).from)

function refusal(parts: Parts): string {
  try {
    read(parts)
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
  return assert.fail('the connection was not refused')
}

describe('a service connection', () => {
  it('with a secret is read with all that Azure needs', () => {
    assert.deepEqual(read(), {
      id: 'guid-1',
      name: 'Shop (guid-1)',
      subscriptionId: 'sub-1',
      armUrl: 'https://management.azure.com',
      authorityUrl: 'https://login.microsoftonline.com',
      armScope: 'https://management.core.windows.net//.default',
      environment: 'AzureCloud',
      storageSuffix: 'core.windows.net',
      scheme: { kind: 'clientSecret', tenantId: 'tenant-1', clientId: 'client-1', clientSecret: 'hush' },
    })
  })

  const schemes: [string, Parts, unknown][] = [
    [
      'without a scheme is a service principal',
      { scheme: '' },
      { kind: 'clientSecret', tenantId: 'tenant-1', clientId: 'client-1', clientSecret: 'hush' },
    ],
    [
      'names its scheme in any case',
      { scheme: 'SERVICEPRINCIPAL', parameters: { authenticationtype: 'SPNKEY' } },
      { kind: 'clientSecret', tenantId: 'tenant-1', clientId: 'client-1', clientSecret: 'hush' },
    ],
    [
      'can hold a certificate',
      {
        parameters: {
          authenticationtype: 'spnCertificate',
          serviceprincipalcertificate: pem,
          serviceprincipalkey: undefined,
        },
      },
      { kind: 'clientCertificate', tenantId: 'tenant-1', clientId: 'client-1', pem },
    ],
    ['can be the identity of the machine', { scheme: 'managedserviceidentity' }, { kind: 'managedIdentity' }],
    [
      'can be a user-assigned identity',
      { scheme: 'ManagedServiceIdentity', parameters: { msiclientid: 'mi-1' } },
      { kind: 'managedIdentity', clientId: 'mi-1' },
    ],
    [
      'can be a user-assigned identity that its data name',
      { scheme: 'ManagedServiceIdentity', data: { msiclientid: 'mi-2' } },
      { kind: 'managedIdentity', clientId: 'mi-2' },
    ],
    [
      'can be federated',
      { scheme: 'WorkloadIdentityFederation' },
      {
        kind: 'federated',
        tenantId: 'tenant-1',
        clientId: 'client-1',
        assertionUrl: 'https://dev.example/oidctoken?api-version=7.1&serviceConnectionId=guid-1',
        accessToken: 'job-token',
      },
    ],
    [
      'of an AD FS has the one tenant that there is',
      { data: { enableadfsauthentication: 'True' }, parameters: { tenantid: undefined } },
      { kind: 'clientSecret', tenantId: 'adfs', clientId: 'client-1', clientSecret: 'hush' },
    ],
  ]
  for (const [what, parts, scheme] of schemes) {
    it(what, () => assert.deepEqual(read(parts).scheme, scheme))
  }

  it('registers its secret while it is read', () => {
    const { from, secrets } = source()
    readConnection('azureSubscription', from)
    assert.deepEqual(secrets, ['hush'])
  })

  it('registers the job’s own token before it signs in with it', () => {
    const { from, secrets } = source({ scheme: 'WorkloadIdentityFederation' })
    readConnection('azureSubscription', from)
    assert.deepEqual(secrets, ['job-token'])
  })

  for (const host of ['127.0.0.1:8081', 'localhost:8081', '[::1]:8081']) {
    it(`gets its assertion without TLS from this machine itself, at ${host}`, () => {
      const variables = { 'System.OidcRequestUri': `http://${host}/oidctoken` }
      const { scheme } = read({ scheme: 'WorkloadIdentityFederation', variables })
      assert.equal(
        scheme.kind === 'federated' && scheme.assertionUrl,
        `http://${host}/oidctoken?api-version=7.1&serviceConnectionId=guid-1`,
      )
    })
  }

  const clouds: [string, Parts, Partial<ServiceConnection>][] = [
    [
      'in China',
      {
        url: 'https://management.chinacloudapi.cn/',
        data: {
          environment: 'AzureChinaCloud',
          environmentauthorityurl: 'https://login.chinacloudapi.cn/',
          activedirectoryserviceendpointresourceid: 'https://management.core.chinacloudapi.cn/',
        },
      },
      {
        storageSuffix: 'core.chinacloudapi.cn',
        authorityUrl: 'https://login.chinacloudapi.cn',
        armScope: 'https://management.core.chinacloudapi.cn//.default',
      },
    ],
    [
      'for a government, in any case',
      { data: { environment: 'azureusgovernment' } },
      { storageSuffix: 'core.usgovcloudapi.net' },
    ],
    ['in the old German cloud', { data: { environment: 'AzureGermanCloud' } }, { storageSuffix: 'core.cloudapi.de' }],
    [
      'on Azure Stack Hub',
      {
        url: 'https://management.local.azurestack.external',
        data: { environment: 'AzureStack', environmentauthorityurl: 'https://adfs.local.azurestack.external/adfs' },
      },
      { storageSuffix: 'local.azurestack.external', authorityUrl: 'https://adfs.local.azurestack.external/adfs' },
    ],
    [
      'with only the older name of its authority',
      { data: { environmentauthorityurl: undefined, activedirectoryauthority: 'https://login.example/' } },
      { authorityUrl: 'https://login.example' },
    ],
    [
      'with no authority has its cloud’s',
      { data: { environmentauthorityurl: undefined, environment: 'AzureUSGovernment' } },
      { authorityUrl: 'https://login.microsoftonline.us' },
    ],
    [
      'with no audience takes the ARM address',
      { data: { activedirectoryserviceendpointresourceid: undefined } },
      { armScope: 'https://management.azure.com/.default' },
    ],
    ['with a port keeps it', { url: 'https://localhost:8443/' }, { armUrl: 'https://localhost:8443' }],
    [
      'with no environment at ARM’s public address is in the public cloud',
      { data: { environment: undefined } },
      { environment: 'AzureCloud' },
    ],
  ]
  for (const [what, parts, expected] of clouds) {
    it(what, () => {
      const connection: Record<string, unknown> = { ...read(parts) }
      for (const [name, value] of Object.entries(expected)) assert.equal(connection[name], value, name)
    })
  }

  it('of a managed identity needs no authority', () => {
    const { authorityUrl } = read({
      scheme: 'ManagedServiceIdentity',
      data: { environment: 'Own', environmentauthorityurl: undefined },
    })
    assert.equal(authorityUrl, undefined)
  })

  const federated = 'WorkloadIdentityFederation'
  const refused: [string, Parts, RegExp][] = [
    ['that the input does not name', { input: ' ' }, /^Input 'azureSubscription' names no service connection/],
    [
      'with a publish profile',
      { scheme: 'publishprofile' },
      /'Shop \(guid-1\)' uses a publish profile, which cannot read or swap slots\./,
    ],
    [
      'with a scheme of another world',
      { scheme: 'Token' },
      /has the authentication scheme 'Token', which is not supported/,
    ],
    [
      'with an unknown kind of principal',
      { parameters: { authenticationtype: 'spnMagic' } },
      /has the authentication type 'spnMagic'/,
    ],
    ['without an address', { url: '' }, /has no server URL/],
    [
      'with an address that is none',
      { url: 'management' },
      /has the server URL 'management', which is not a plain https address/,
    ],
    [
      'over http',
      { url: 'http://management.azure.com/' },
      /'http:\/\/management\.azure\.com\/', which is not a plain https/,
    ],
    ['over http on loopback', { url: 'http://127.0.0.1:8080/' }, /which is not a plain https/],
    [
      'with an authority over http',
      { data: { environmentauthorityurl: 'http://login.example' } },
      /has the authority URL 'http:\/\/login\.example'/,
    ],
    [
      'without any authority',
      { data: { environment: 'Own', environmentauthorityurl: undefined } },
      /names no authority URL/,
    ],
    ['without a subscription', { data: { subscriptionid: undefined } }, /has no subscription id/],
    [
      'of a management group',
      { data: { subscriptionid: undefined, scopelevel: 'ManagementGroup' } },
      /has the scope 'ManagementGroup' and no subscription/,
    ],
    [
      'with a path as its subscription',
      { data: { subscriptionid: 'a/../b' } },
      /has the subscription id 'a\/\.\.\/b', which is not an id/,
    ],
    ['without a tenant', { parameters: { tenantid: undefined } }, /has no tenant id/],
    ['without a principal', { parameters: { serviceprincipalid: undefined } }, /has no service principal id/],
    ['without a key', { parameters: { serviceprincipalkey: undefined } }, /has no service principal key/],
    ['without a certificate', { parameters: { authenticationtype: 'spnCertificate' } }, /has no certificate\./],
    [
      'with half a certificate',
      {
        parameters: {
          authenticationtype: 'spnCertificate',
          serviceprincipalcertificate: '-----BEGIN CERTIFICATE-----',
        },
      },
      /has no private key in its PEM text/,
    ],
    [
      'with a certificate behind a password',
      {
        parameters: {
          authenticationtype: 'spnCertificate',
          serviceprincipalcertificate: pem.replaceAll('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'),
        },
      },
      /whose private key needs a password/,
    ],
    [
      'that is federated on an agent that gives no tokens',
      { scheme: federated, variables: { 'System.OidcRequestUri': '' } },
      /System\.OidcRequestUri/,
    ],
    [
      'that is federated with a token address over http',
      { scheme: federated, variables: { 'System.OidcRequestUri': 'http://dev.example' } },
      /'http:\/\/dev\.example' is not a plain https address/,
    ],
    [
      'that is federated with a token address that only begins like loopback',
      { scheme: federated, variables: { 'System.OidcRequestUri': 'http://127.0.0.1.dev.example/oidctoken' } },
      /'http:\/\/127\.0\.0\.1\.dev\.example\/oidctoken' is not a plain https address/,
    ],
  ]
  for (const [what, parts, message] of refused) {
    it(`${what} is refused in one sentence`, () => {
      const told = refusal(parts)
      assert.match(told, message)
      assert.doesNotMatch(told, /undefined|hush/)
    })
  }
})
