import type { Job } from '../agent/job.ts'
import type { ServiceConnection } from '../agent/service-connection.ts'
import type { HttpsClient } from './https-call.ts'

/**
 * An access token for Azure Resource Manager, from the same service connection that the tasks use.
 * @throws Error for a scheme that the stand-in does not know, or when sign-in fails.
 */
export async function signIn(connection: ServiceConnection, client: HttpsClient, job: Job): Promise<string> {
  const parameter = reader(connection.parameters)
  const data = reader(connection.data)
  const authority = data('environmentAuthorityUrl').replace(/\/+$/, '')
  const resource = data('activeDirectoryServiceEndpointResourceId') || connection.url
  const form = new URLSearchParams({
    ...{ grant_type: 'client_credentials', client_id: parameter('serviceprincipalid') },
    scope: `${resource}/.default`,
    ...(await proof(connection, client, job)),
  })
  const reply = await client.json({
    ...{ method: 'POST', url: `${authority}/${parameter('tenantid')}/oauth2/v2.0/token`, body: form.toString() },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const token = reply['access_token']
  if (typeof token !== 'string') throw new Error('Sign-in answered without an access token.')
  return token
}

async function proof(connection: ServiceConnection, client: HttpsClient, job: Job): Promise<Record<string, string>> {
  const scheme = connection.scheme.toLowerCase()
  const secret = reader(connection.parameters)('serviceprincipalkey')
  if (scheme === 'serviceprincipal' && secret !== '') return { client_secret: secret }
  if (scheme === 'workloadidentityfederation') {
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    return { client_assertion_type, client_assertion: await oidcToken(connection, client, job) }
  }
  const kind = scheme === 'serviceprincipal' ? 'a certificate' : `'${connection.scheme}'`
  throw new Error(`The stand-in signs in with a client secret or workload identity federation, not with ${kind}.`)
}

/** `POST SYSTEM_OIDCREQUESTURI?api-version=7.1&serviceConnectionId=…` (Azure DevOps REST API "Oidctoken - Create"). */
async function oidcToken(connection: ServiceConnection, client: HttpsClient, job: Job): Promise<string> {
  const url = new URL(job.system.oidcRequestUri ?? '')
  url.searchParams.set('api-version', '7.1')
  url.searchParams.set('serviceConnectionId', connection.id)
  const headers = { authorization: `Bearer ${job.system.accessToken ?? ''}`, 'content-type': 'application/json' }
  const { oidcToken: token } = await client.json({ method: 'POST', url: url.href, headers })
  if (typeof token !== 'string') throw new Error('Azure DevOps answered without an OIDC token.')
  return token
}

/** The value of the first entry with this name, without case; empty when there is none. */
function reader(values: Readonly<Record<string, string>>): (name: string) => string {
  return (name) => Object.entries(values).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? ''
}
