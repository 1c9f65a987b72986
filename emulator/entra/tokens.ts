// Access tokens: what is in them, how long they live, and the record of all that were issued.
import type { Principal } from './directory.ts'
import type { Claims, Issuer } from './jwt.ts'

export type IssuedToken = {
  readonly token: string
  readonly clientId: string
  readonly resource: string
  /** Seconds since 1970. */
  readonly expiresOn: number
}

export class Tokens {
  /** Life of access tokens issued from now on; Entra's is about an hour (learn: troubleshoot-workload-identity). */
  lifetimeSeconds = 3599
  readonly #issued: IssuedToken[] = []
  readonly #issuer: Issuer
  readonly #tenantId: string

  constructor(issuer: Issuer, tenantId: string) {
    this.#issuer = issuer
    this.#tenantId = tenantId
  }

  /** Every access token issued so far, for tests that look for leaks. */
  get issued(): readonly IssuedToken[] {
    return this.#issued
  }

  /** Claims as in Entra v1 access tokens (learn: access-token-claims-reference); `expired` puts their end in the past. */
  issue(principal: Principal, resource: string, expired = false): IssuedToken {
    const now = Math.floor(Date.now() / 1000)
    const start = expired ? now - 7200 : now
    const expiresOn = expired ? now - 3600 : now + this.lifetimeSeconds
    const token = this.#issuer.issue({
      aud: resource,
      iss: `https://sts.windows.net/${this.#tenantId}/`,
      iat: start,
      nbf: start,
      exp: expiresOn,
      appid: principal.clientId,
      appidacr: principal.certificates.length > 0 ? '2' : '1',
      idp: `https://sts.windows.net/${this.#tenantId}/`,
      idtyp: 'app',
      oid: principal.objectId,
      sub: principal.objectId,
      tid: this.#tenantId,
      ver: '1.0',
    })
    const issued = { token, clientId: principal.clientId, resource, expiresOn }
    this.#issued.push(issued)
    return issued
  }

  /** What a resource makes of the bearer token it is shown. */
  check(
    token: string,
    audiences: readonly string[],
  ): { readonly claims: Claims } | { readonly problem: 'invalid' | 'audience' | 'expired' } {
    const claims = this.#issuer.read(token)
    if (claims === undefined || typeof claims['exp'] !== 'number') return { problem: 'invalid' }
    if (!audiences.map(bare).includes(bare(String(claims['aud'])))) return { problem: 'audience' }
    return claims['exp'] * 1000 <= Date.now() ? { problem: 'expired' } : { claims }
  }
}

/** With and without the slash at the end is the same audience. */
function bare(audience: string): string {
  return audience.replace(/\/+$/, '')
}
