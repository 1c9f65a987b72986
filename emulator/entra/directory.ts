// Who exists in the tenant, how each proves who it is, and what each may do.
import type { X509Certificate } from 'node:crypto'

export type RoleName = 'contributor' | 'reader'

/** A role on a resource and everything below it, as an Azure role assignment. */
export type RoleAssignment = { readonly scope: string; readonly role: RoleName }

export type FederatedCredential = { readonly issuer: string; readonly subject: string }

export type Principal = {
  readonly kind: 'servicePrincipal' | 'managedIdentity'
  readonly clientId: string
  readonly objectId: string
  readonly secrets: string[]
  readonly certificates: X509Certificate[]
  readonly federated: FederatedCredential[]
  readonly roles: RoleAssignment[]
  /** Holds the data roles of tables, queues and blobs. */
  storage: boolean
}

export class Directory {
  readonly tenantId: string
  readonly #principals = new Map<string, Principal>()
  /** The identity that a request without client_id means (system-assigned). */
  systemAssigned: Principal | undefined

  constructor(tenantId: string) {
    this.tenantId = tenantId
  }

  add(principal: Principal): Principal {
    this.#principals.set(principal.clientId.toLowerCase(), principal)
    return principal
  }

  find(clientId: string): Principal | undefined {
    return this.#principals.get(clientId.toLowerCase())
  }

  findByObjectId(objectId: unknown): Principal | undefined {
    return [...this.#principals.values()].find((principal) => principal.objectId === objectId)
  }

  /** The principal and its role assignments are gone; tokens already issued stay well-formed until their end. */
  revoke(clientId: string): void {
    const gone = this.find(clientId)
    this.#principals.delete(clientId.toLowerCase())
    if (gone !== undefined && this.systemAssigned === gone) this.systemAssigned = undefined
  }
}
