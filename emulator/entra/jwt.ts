// JSON Web Tokens as Entra and Azure DevOps sign them (RFC 7519, RS256).
import { constants, createHash, generateKeyPair, randomUUID, sign, verify } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { isObject } from '../http/call.ts'

export type Claims = Readonly<Record<string, unknown>>
export type Jwt = {
  readonly header: Claims
  readonly claims: Claims
  readonly signed: Buffer
  readonly signature: Buffer
}

export type Issuer = {
  readonly jwks: { readonly keys: readonly JsonWebKey[] }
  issue(claims: Claims): string
  /** The claims of a token that this issuer signed; undefined: it did not. Times are not looked at. */
  read(token: string): Claims | undefined
}

/** A new signing key with its public half as a JWKS. */
export async function createIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = createHash('sha1').update(JSON.stringify(jwk)).digest('base64url')
  return {
    jwks: { keys: [{ ...jwk, use: 'sig', kid, alg: 'RS256' }] },
    issue: (claims) => {
      const head = encode({ typ: 'JWT', alg: 'RS256', kid, x5t: kid })
      // Two tokens of one second must differ, as Entra's do (claim uti).
      const signed = `${head}.${encode({ ...claims, uti: randomUUID() })}`
      return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
    },
    read: (token) => {
      const jwt = parseJwt(token)
      if (jwt?.header['alg'] !== 'RS256' || jwt.header['kid'] !== kid) return undefined
      return isSignedBy(jwt, publicKey) ? jwt.claims : undefined
    },
  }
}

/** The parts of a compact token, or undefined when it is none. Nothing is verified. */
export function parseJwt(token: string): Jwt | undefined {
  const [head, body, signature, ...rest] = token.split('.')
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0) return undefined
  const header = decode(head)
  const claims = decode(body)
  if (header === undefined || claims === undefined) return undefined
  return { header, claims, signed: Buffer.from(`${head}.${body}`), signature: Buffer.from(signature, 'base64url') }
}

/** RS256 and PS256 are what Entra accepts for client assertions. */
export function isSignedBy(jwt: Jwt, key: KeyObject): boolean {
  if (jwt.header['alg'] === 'RS256') return verify('RSA-SHA256', jwt.signed, key, jwt.signature)
  if (jwt.header['alg'] !== 'PS256') return false
  const padding = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return verify('RSA-SHA256', jwt.signed, padding, jwt.signature)
}

function encode(value: Claims): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
