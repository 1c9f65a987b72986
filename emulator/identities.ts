// Adds service principals, managed identities and service connections to the emulated tenant.
import { randomBytes, randomUUID, X509Certificate } from 'node:crypto'
import type { DevOps, ServiceConnection } from './devops/oidc.ts'
import type { Directory, FederatedCredential, Principal, RoleAssignment, RoleName } from './entra/directory.ts'
import { createSelfSigned } from './tls/certificates.ts'

export type Rights = {
  /** A role on the whole subscription; contributor unless told otherwise. */
  readonly arm?: RoleName | 'none'
  /** Further roles, on any scope (a resource id or a part of one). */
  readonly roles?: readonly RoleAssignment[]
  /** The data roles of storage; held unless told otherwise. */
  readonly storage?: boolean
}

export type ServicePrincipalOptions = Rights & {
  readonly clientId?: string
  readonly secret?: string
  /** `true` makes one; otherwise a PEM with the certificate (and maybe its key). */
  readonly certificate?: true | string
  readonly federated?: FederatedCredential
}

export type ServicePrincipal = {
  readonly clientId: string
  readonly objectId: string
  /** Made up when no credential was named. */
  readonly secret: string | undefined
  /** Private key and certificate, as a service connection holds them. */
  readonly certificatePem: string | undefined
}

export type ManagedIdentityOptions = Rights & {
  readonly clientId?: string
  /** What a request without client_id means; true for the first identity that is added. */
  readonly systemAssigned?: boolean
}

export type ServiceConnectionOptions = Partial<ServiceConnection>

export class Identities {
  readonly #directory: Directory
  readonly #devOps: DevOps
  readonly #subscriptionId: string

  constructor(directory: Directory, devOps: DevOps, subscriptionId: string) {
    this.#directory = directory
    this.#devOps = devOps
    this.#subscriptionId = subscriptionId
  }

  async addServicePrincipal(options: ServicePrincipalOptions = {}): Promise<ServicePrincipal> {
    const { certificate, federated } = options
    const made = certificate === true ? await createSelfSigned('service-principal') : undefined
    const certificatePem = made === undefined ? (certificate as string | undefined) : `${made.key}\n${made.cert}`
    const bare = options.secret === undefined && certificate === undefined && federated === undefined
    const secret = bare ? randomBytes(30).toString('base64url') : options.secret
    const principal = this.#directory.add({
      ...this.#principal('servicePrincipal', options),
      secrets: secret === undefined ? [] : [secret],
      certificates: certificatePem === undefined ? [] : [new X509Certificate(certificateOf(certificatePem))],
      federated: federated === undefined ? [] : [federated],
    })
    return { clientId: principal.clientId, objectId: principal.objectId, secret, certificatePem }
  }

  addManagedIdentity(options: ManagedIdentityOptions = {}): Principal {
    const principal = this.#directory.add(this.#principal('managedIdentity', options))
    if (options.systemAssigned ?? this.#directory.systemAssigned === undefined)
      this.#directory.systemAssigned = principal
    return principal
  }

  /** A service connection with workload identity federation; issuer and subject as Azure DevOps makes them for new ones. */
  addServiceConnection(options: ServiceConnectionOptions = {}): ServiceConnection {
    const id = options.id ?? randomUUID()
    return this.#devOps.addServiceConnection({
      id,
      name: options.name ?? 'azure',
      issuer: options.issuer ?? `https://login.microsoftonline.com/${this.#directory.tenantId}/v2.0`,
      subject:
        options.subject ??
        `/eid1/c/pub/t/${randomBytes(16).toString('base64url')}/a/${randomBytes(16).toString('base64url')}/sc/${randomUUID()}/${id}`,
    })
  }

  revoke(clientId: string): void {
    this.#directory.revoke(clientId)
  }

  #principal(kind: Principal['kind'], options: Rights & { readonly clientId?: string }): Principal {
    const { arm = 'contributor', roles = [], storage = true } = options
    const own = arm === 'none' ? [] : [{ scope: `/subscriptions/${this.#subscriptionId}`, role: arm }]
    const clientId = options.clientId ?? randomUUID()
    return {
      kind,
      clientId,
      objectId: randomUUID(),
      secrets: [],
      certificates: [],
      federated: [],
      roles: [...own, ...roles],
      storage,
    }
  }
}

function certificateOf(pem: string): string {
  const found = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(pem)
  if (found === null) throw new Error('The PEM holds no certificate.')
  return found[0]
}
