// Client assertions: signed with a registered certificate, or issued by a trusted federation partner.
// learn.microsoft.com/entra/identity-platform/certificate-credentials and .../workload-id/workload-identity-federation
import { createHash } from 'node:crypto'
import type { X509Certificate } from 'node:crypto'
import type { Principal } from './directory.ts'
import { refuse } from './entra-error.ts'
import type { Jwt } from './jwt.ts'
import { isSignedBy, parseJwt } from './jwt.ts'

export type TrustedIssuer = { readonly issuer: string; readonly verify: (token: string) => boolean }

export type AssertionContext = {
  readonly principal: Principal
  /** What `aud` may name: the token endpoint, the issuer, the authority. */
  readonly audiences: readonly string[]
  readonly trusted: readonly TrustedIssuer[]
}

/** Throws EntraError when the assertion does not prove that the caller is the principal. */
export function checkAssertion(token: string, context: AssertionContext): void {
  const jwt = parseJwt(token)
  if (jwt === undefined) throw refuse.malformed()
  const { principal } = context
  // A certificate's assertion is issued by the application itself; anything else came from elsewhere.
  if (jwt.claims['iss'] === principal.clientId) checkCertificateAssertion(jwt, context)
  else checkFederatedAssertion(token, jwt, context)
}

function checkCertificateAssertion(jwt: Jwt, { principal, audiences }: AssertionContext): void {
  const certificate = principal.certificates.find((registered) => isNamed(jwt, registered))
  if (certificate === undefined) throw refuse.noKey()
  if (Date.parse(certificate.validTo) <= Date.now()) throw refuse.expiredKey()
  if (!isSignedBy(jwt, certificate.publicKey)) throw refuse.signature()
  if (jwt.claims['sub'] !== principal.clientId) throw refuse.malformed()
  if (!audiences.includes(String(jwt.claims['aud']))) throw refuse.audience()
  checkTimes(jwt)
}

function isNamed(jwt: Jwt, { raw }: X509Certificate): boolean {
  const thumbprint = (algorithm: string) => createHash(algorithm).update(raw).digest('base64url')
  return jwt.header['x5t#S256'] === thumbprint('sha256') || jwt.header['x5t'] === thumbprint('sha1')
}

function checkFederatedAssertion(token: string, jwt: Jwt, { principal, trusted }: AssertionContext): void {
  const issuer = String(jwt.claims['iss'])
  const subject = String(jwt.claims['sub'])
  const ofIssuer = principal.federated.filter((credential) => credential.issuer === issuer)
  if (ofIssuer.length === 0) throw refuse.federatedIssuer(issuer)
  if (!ofIssuer.some((credential) => credential.subject === subject)) throw refuse.federatedSubject(subject)
  if (jwt.claims['aud'] !== 'api://AzureADTokenExchange') throw refuse.federatedAudience()
  const partner = trusted.find((candidate) => candidate.issuer === issuer)
  if (partner?.verify(token) !== true) throw refuse.federatedSignature()
  checkTimes(jwt)
}

/** Entra allows five minutes between clocks, for the start only; the end counts to the second here. */
function checkTimes({ claims }: Jwt): void {
  const now = Date.now() / 1000
  const { nbf, exp } = claims
  if (typeof exp !== 'number' || exp <= now) throw refuse.times()
  if (typeof nbf === 'number' && nbf > now + 300) throw refuse.times()
}
