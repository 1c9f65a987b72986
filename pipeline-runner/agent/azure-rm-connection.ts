import { createHash } from 'node:crypto'

import type { ServiceConnection } from './service-connection.ts'

/** How an Azure Resource Manager service connection signs in; exactly one of them. */
export type AzureRmSignIn =
  | { readonly secret: string }
  /** PEM text with private key and certificate. */
  | { readonly certificate: string }
  | { readonly federated: true }
  /** `clientId` of a user-assigned identity; none means system-assigned. */
  | { readonly managedIdentity: { readonly clientId?: string } }
  | { readonly publishProfile: string; readonly resourceId?: string }

export type AzureRmOptions = AzureRmSignIn & {
  readonly name?: string
  /** GUID; derived from the name when not given. */
  readonly id?: string
  readonly armUrl: string
  readonly authorityUrl: string
  readonly tenantId: string
  readonly subscriptionId: string
  readonly subscriptionName?: string
  /** The service principal; not used by a managed identity or a publish profile. */
  readonly clientId?: string
  /** `AzureCloud` when not given; `AzureStack`, `AzureUSGovernment`, `AzureChinaCloud`. */
  readonly environment?: string
  /** More data parameters, or other values for those below. */
  readonly data?: Readonly<Record<string, string>>
}

/**
 * An Azure Resource Manager service connection with the parameter and data names that Azure DevOps uses
 * (azure-pipelines-tasks-common-packages azure-arm-endpoint.ts).
 */
export function azureRmConnection(options: AzureRmOptions): ServiceConnection {
  const name = options.name ?? 'azure'
  const { scheme, parameters, data } = signIn(options)
  return {
    id: options.id ?? guidOf(name),
    name,
    url: options.armUrl,
    scheme,
    parameters: { tenantid: options.tenantId, ...parameters },
    data: {
      subscriptionId: options.subscriptionId,
      subscriptionName: options.subscriptionName ?? 'Local subscription',
      environment: options.environment ?? 'AzureCloud',
      scopeLevel: 'Subscription',
      environmentUrl: options.armUrl,
      resourceManagerUrl: options.armUrl,
      environmentAuthorityUrl: options.authorityUrl,
      activeDirectoryAuthority: options.authorityUrl,
      activeDirectoryServiceEndpointResourceId: 'https://management.core.windows.net/',
      ...data,
      ...options.data,
    },
  }
}

type Parts = Pick<ServiceConnection, 'scheme' | 'parameters' | 'data'>

function signIn(options: AzureRmOptions): Parts {
  const serviceprincipalid = options.clientId ?? ''
  if ('secret' in options) {
    return principal({ serviceprincipalid, authenticationType: 'spnKey', serviceprincipalkey: options.secret })
  }
  if ('certificate' in options) {
    const servicePrincipalCertificate = options.certificate
    return principal({ serviceprincipalid, authenticationType: 'spnCertificate', servicePrincipalCertificate })
  }
  if ('federated' in options) {
    return { scheme: 'WorkloadIdentityFederation', parameters: { serviceprincipalid }, data: {} }
  }
  if ('managedIdentity' in options) {
    const { clientId } = options.managedIdentity
    return { scheme: 'ManagedServiceIdentity', parameters: clientId ? { msiclientId: clientId } : {}, data: {} }
  }
  const data = options.resourceId === undefined ? {} : { resourceId: options.resourceId }
  return { scheme: 'PublishProfile', parameters: { publishProfile: options.publishProfile }, data }
}

function principal(parameters: Record<string, string>): Parts {
  return { scheme: 'ServicePrincipal', parameters, data: {} }
}

/** The same name gives the same GUID, so that two runs of a pipeline read alike. */
function guidOf(name: string): string {
  const hex = createHash('sha256').update(`service connection ${name}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
