import { isSafeUrl } from '../../core/azure/http/client.ts'
import { Refusal } from '../../core/failures.ts'
import { remoteText } from '../../core/remote-text.ts'
import { armScopeOf, authorityOf, storageSuffixOf } from './clouds.ts'

/** An Azure Resource Manager service connection, read once and fit to be used. */
export type ServiceConnection = {
  /** GUID, as the OIDC endpoint of Azure DevOps wants it. */
  readonly id: string
  /** How messages name it. */
  readonly name: string
  readonly subscriptionId: string
  /** https, without a slash at its end. */
  readonly armUrl: string
  /** Without a slash at its end. Not set where the connection names none, which only a managed identity can do without. */
  readonly authorityUrl?: string
  readonly armScope: string
  readonly environment: string
  /** Such as `core.windows.net`. */
  readonly storageSuffix: string
  readonly scheme: Scheme
}

export type Scheme =
  | {
      readonly kind: 'clientSecret'
      readonly tenantId: string
      readonly clientId: string
      readonly clientSecret: string
    }
  /** `pem` holds the certificate and its private key. */
  | { readonly kind: 'clientCertificate'; readonly tenantId: string; readonly clientId: string; readonly pem: string }
  /** No `clientId`: the system-assigned identity. */
  | { readonly kind: 'managedIdentity'; readonly clientId?: string }
  | {
      readonly kind: 'federated'
      readonly tenantId: string
      readonly clientId: string
      /** Where Azure DevOps gives an assertion; complete with its query. */
      readonly assertionUrl: string
      /** The job's own token. */
      readonly accessToken: string
    }

/** What the agent hands to a task (azure-pipelines-agent Handler.cs); undefined where something is not given. */
export type ConnectionSource = {
  input(name: string): string | undefined
  variable(name: string): string | undefined
  secret(text: string): void
  url(id: string): string | undefined
  scheme(id: string): string | undefined
  parameter(id: string, key: string): string | undefined
  data(id: string, key: string): string | undefined
}

/**
 * Reads the service connection that an input names. Names of parameters and data: azure-pipelines-tasks-common-packages
 * azure-arm-endpoint.ts. Secrets are registered as they are read.
 * @throws Refusal that names the connection, the field and the value, where it cannot be used.
 */
export function readConnection(inputName: string, source: ConnectionSource): ServiceConnection {
  const id = source.input(inputName)?.trim()
  if (!id)
    throw new Refusal(`Input '${inputName}' names no service connection. Give one of type Azure Resource Manager.`)
  const data = (key: string): string | undefined => source.data(id, key)?.trim()
  const subscriptionName = data('subscriptionName')
  const name = subscriptionName ? `${remoteText(subscriptionName)} (${remoteText(id)})` : remoteText(id)
  const field = { name, source, id }

  const scheme = source.scheme(id)?.trim() ?? ''
  if (sameText(scheme, 'PublishProfile')) throw publishProfile(name)
  const armUrl = httpsUrl(field, 'server URL', source.url(id))
  const environment = data('environment') ?? (new URL(armUrl).hostname === 'management.azure.com' ? 'AzureCloud' : '')
  const authority = authorityOf(environment, data('environmentAuthorityUrl') ?? data('activeDirectoryAuthority'))
  const authorityUrl = authority === undefined ? undefined : httpsUrl(field, 'authority URL', authority)
  return {
    id,
    name,
    subscriptionId: subscriptionOf(field),
    armUrl,
    ...(authorityUrl === undefined ? {} : { authorityUrl }),
    armScope: armScopeOf(armUrl, data('activeDirectoryServiceEndpointResourceId')),
    environment: remoteText(environment),
    storageSuffix: storageSuffixOf(environment, armUrl),
    scheme: schemeOf(field, scheme, authorityUrl),
  }
}

type Field = { readonly name: string; readonly source: ConnectionSource; readonly id: string }

function schemeOf(field: Field, scheme: string, authorityUrl: string | undefined): Scheme {
  if (sameText(scheme, 'ManagedServiceIdentity')) {
    // Microsoft's own tasks read it from the data (azure-arm-endpoint.ts); without it another identity would sign in.
    const clientId =
      field.source.parameter(field.id, 'msiclientId')?.trim() || field.source.data(field.id, 'msiclientId')?.trim()
    return clientId ? { kind: 'managedIdentity', clientId } : { kind: 'managedIdentity' }
  }
  const federated = sameText(scheme, 'WorkloadIdentityFederation')
  // No scheme at all is how the oldest connections say ServicePrincipal.
  if (!federated && scheme !== '' && !sameText(scheme, 'ServicePrincipal')) {
    throw unusable(field.name, `has the authentication scheme '${remoteText(scheme)}', which is not supported`)
  }
  if (authorityUrl === undefined) throw unusable(field.name, 'names no authority URL to sign in at')
  const principal = {
    tenantId: tenantOf(field),
    clientId: plainParameter(field, 'serviceprincipalid', 'service principal id'),
  }
  if (federated) return { kind: 'federated', ...principal, ...assertionOf(field) }

  const type = field.source.parameter(field.id, 'authenticationType')?.trim() ?? ''
  if (type === '' || sameText(type, 'spnKey')) {
    return {
      kind: 'clientSecret',
      ...principal,
      clientSecret: secretParameter(field, 'serviceprincipalkey', 'service principal key'),
    }
  }
  if (sameText(type, 'spnCertificate')) return { kind: 'clientCertificate', ...principal, pem: pemOf(field) }
  throw unusable(field.name, `has the authentication type '${remoteText(type)}', not 'spnKey' or 'spnCertificate'`)
}

function assertionOf(field: Field): { assertionUrl: string; accessToken: string } {
  const requestUri = field.source.variable('System.OidcRequestUri')?.trim()
  if (!requestUri) {
    throw unusable(
      field.name,
      'uses workload identity federation, but the agent gives no address for its tokens (System.OidcRequestUri); update the agent',
      '',
    )
  }
  const url = oidcUrl(field, requestUri)
  const accessToken = field.source.parameter('SystemVssConnection', 'AccessToken')
  if (!accessToken) {
    throw unusable(
      field.name,
      'uses workload identity federation, but the job has no access token (System.AccessToken)',
    )
  }
  field.source.secret(accessToken)
  return { assertionUrl: `${url}?api-version=7.1&serviceConnectionId=${encodeURIComponent(field.id)}`, accessToken }
}

function pemOf(field: Field): string {
  const pem = secretParameter(field, 'servicePrincipalCertificate', 'certificate')
  for (const part of ['PRIVATE KEY', 'CERTIFICATE']) {
    if (pem.includes(`${part}-----`)) continue
    const has = part === 'CERTIFICATE' ? 'no certificate' : 'no private key'
    throw unusable(field.name, `has ${has} in its PEM text; paste the whole file, certificate and private key`, '')
  }
  if (pem.includes('ENCRYPTED PRIVATE KEY')) {
    throw unusable(field.name, 'has a certificate whose private key needs a password; store it without one', '')
  }
  return pem
}

/** With AD FS there is one tenant, named so (Azure Stack Hub, "EnableAdfsAuthentication"). */
function tenantOf(field: Field): string {
  const adfs = field.source.data(field.id, 'EnableAdfsAuthentication')?.trim() ?? ''
  return sameText(adfs, 'true') ? 'adfs' : plainParameter(field, 'tenantid', 'tenant id')
}

function subscriptionOf(field: Field): string {
  const subscriptionId = field.source.data(field.id, 'subscriptionId')?.trim() ?? ''
  const level = field.source.data(field.id, 'scopeLevel')?.trim() ?? ''
  if (subscriptionId === '' && level !== '' && !sameText(level, 'Subscription')) {
    throw unusable(
      field.name,
      `has the scope '${remoteText(level)}' and no subscription; make one for the subscription of the function app`,
      '',
    )
  }
  return plain(field, 'subscription id', subscriptionId)
}

function plainParameter(field: Field, key: string, what: string): string {
  return plain(field, what, field.source.parameter(field.id, key)?.trim() ?? '')
}

/** An id that becomes part of a URL: letters, digits, dots and dashes. */
function plain(field: Field, what: string, value: string): string {
  if (value === '') throw unusable(field.name, `has no ${what}`)
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value)) {
    throw unusable(field.name, `has the ${what} '${remoteText(value)}', which is not an id`)
  }
  return value
}

function secretParameter(field: Field, key: string, what: string): string {
  const value = field.source.parameter(field.id, key)?.trim() ?? ''
  if (value === '') throw unusable(field.name, `has no ${what}`)
  field.source.secret(value)
  return value
}

function httpsUrl(field: Field, what: string, value: string | undefined): string {
  if (!value?.trim()) throw unusable(field.name, `has no ${what}`)
  const plainUrl = plainAddress(value)
  if (plainUrl?.startsWith('https:')) return plainUrl
  throw unusable(field.name, `has the ${what} '${remoteText(value)}', which is not a plain https address`)
}

/** The job's token is sent there: over TLS, or to this machine itself. The service connection has no part in this address. */
function oidcUrl(field: Field, value: string): string {
  const plainUrl = plainAddress(value)
  if (plainUrl !== undefined && isSafeUrl(plainUrl)) return plainUrl
  throw unusable(
    field.name,
    `uses workload identity federation, but the agent's token address (System.OidcRequestUri) '${remoteText(value)}' is not ` +
      'a plain https address; check that no variable of the pipeline overrides it',
    '',
  )
}

/** Without a slash at its end; undefined where the text is no address, or holds more than scheme, host and path. */
function plainAddress(text: string): string | undefined {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined
  if (!url || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return undefined
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

function publishProfile(name: string): Refusal {
  return new Refusal(
    `Service connection '${name}' uses a publish profile, which cannot read or swap slots. Use a service principal, a managed ` +
      'identity or workload identity federation.',
  )
}

function unusable(
  name: string,
  what: string,
  remedy = ' Correct it in Project settings, Service connections.',
): Refusal {
  return new Refusal(`Service connection '${name}' ${what}.${remedy}`)
}

function sameText(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
