// Entra: discovery and the token endpoint of the client credentials flow.
// learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow and .../v2-protocols-oidc
import type { Call, Reply } from '../http/call.ts'
import { json } from '../http/call.ts'
import type { TrustedIssuer } from './assertions.ts'
import { checkAssertion } from './assertions.ts'
import type { Directory, Principal } from './directory.ts'
import { EntraError, refuse } from './entra-error.ts'
import type { Issuer } from './jwt.ts'
import type { Tokens } from './tokens.ts'

export type EntraOptions = {
  readonly directory: Directory
  readonly issuer: Issuer
  readonly tokens: Tokens
  readonly trusted: readonly TrustedIssuer[]
}

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Answers everything under the authority. */
export function answerEntra(call: Call, options: EntraOptions): Reply {
  const authority = `https://${call.hostName}`
  if (call.method === 'GET' && call.path === '/common/discovery/instance') return instance(call)
  const [, tenant = '', rest = ''] = /^\/([^/]+)\/(.+)$/.exec(call.path) ?? []
  try {
    if (call.method === 'GET' && rest === 'v2.0/.well-known/openid-configuration') {
      requireTenant(tenant, options.directory)
      return json(200, configuration(authority, options.directory.tenantId))
    }
    if (call.method === 'GET' && rest === 'discovery/v2.0/keys') return json(200, options.issuer.jwks)
    if (call.method === 'POST' && rest === 'oauth2/v2.0/token') {
      requireTenant(tenant, options.directory)
      return issueToken(call, authority, options)
    }
  } catch (error) {
    if (error instanceof EntraError) return error.reply()
    throw error
  }
  return json(404, { error: 'not_found' })
}

function requireTenant(tenant: string, { tenantId }: Directory): void {
  if (tenant.toLowerCase() !== tenantId.toLowerCase()) throw refuse.noTenant(tenant)
}

function instance(call: Call): Reply {
  const asked = /^https:\/\/([^/]+)\/([^/]+)\//.exec(call.query.get('authorization_endpoint') ?? '')
  if (asked === null) return refuse.missing('authorization_endpoint').reply()
  const [, host = '', tenant = ''] = asked
  return json(200, {
    tenant_discovery_endpoint: `https://${host}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  })
}

function configuration(authority: string, tenantId: string): unknown {
  return {
    token_endpoint: `${authority}/${tenantId}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${authority}/${tenantId}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${authority}/${tenantId}/v2.0`,
    authorization_endpoint: `${authority}/${tenantId}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${authority}/${tenantId}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${authority}/${tenantId}/oauth2/v2.0/logout`,
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
  }
}

function issueToken(call: Call, authority: string, { directory, tokens, trusted }: EntraOptions): Reply {
  const form = new URLSearchParams(call.body.toString('utf8'))
  const clientId = form.get('client_id') ?? ''
  const scope = form.get('scope') ?? ''
  if (form.get('grant_type') === null) throw refuse.missing('grant_type')
  if (form.get('grant_type') !== 'client_credentials') throw refuse.grant()
  if (clientId === '') throw refuse.missing('client_id')
  if (scope === '') throw refuse.missing('scope')
  const principal = directory.find(clientId)
  // A managed identity has no credential that this endpoint would take, except a federated one (there it may).
  if (principal === undefined) throw refuse.noApplication(clientId, directory.tenantId)
  const tenantUrl = `${authority}/${directory.tenantId}`
  authenticate(form, principal, {
    audiences: [`${tenantUrl}/oauth2/v2.0/token`, `${tenantUrl}/v2.0`, `${tenantUrl}/`, tenantUrl],
    trusted,
  })
  const resource = resourceOf(scope)
  const issued = tokens.issue(principal, resource, call.issueExpiredTokens)
  const expiresIn = call.issueExpiredTokens ? 3599 : tokens.lifetimeSeconds
  return json(
    200,
    { token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: issued.token },
    { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' },
  )
}

type Authentication = { readonly audiences: readonly string[]; readonly trusted: readonly TrustedIssuer[] }

function authenticate(form: URLSearchParams, principal: Principal, { audiences, trusted }: Authentication): void {
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  if (assertion !== null) {
    if (form.get('client_assertion_type') !== jwtBearer) throw refuse.missing('client_assertion_type')
    checkAssertion(assertion, { principal, audiences, trusted })
  } else if (secret === null) throw refuse.noCredential()
  else if (!principal.secrets.includes(secret)) throw refuse.secret(principal.clientId)
}

/** `https://management.core.windows.net//.default` asks for the audience with the slash, as Entra documents it. */
function resourceOf(scope: string): string {
  const asked = scope.split(' ').filter((part) => part !== '' && !/^(openid|profile|offline_access)$/.test(part))
  const [only = '', ...others] = asked
  if (others.length > 0 || !only.endsWith('/.default')) throw refuse.scope(scope)
  return only.slice(0, -'/.default'.length)
}
