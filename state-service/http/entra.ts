// The edge of authentication: tokens of Entra ID, checked with its own keys, and the machine's hashing for keys.
// learn: entra/identity-platform/access-tokens#validate-tokens, access-token-claims-reference, v2-protocols-oidc
import { createHash, timingSafeEqual } from 'node:crypto'

import type { JSONWebKeySet, JWTPayload } from 'jose'
import { createLocalJWKSet, errors, jwtVerify } from 'jose'

import type { Http } from '../../core/azure/http/client.ts'
import { AzureFailure } from '../../core/failures.ts'
import { fieldsOf } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { AccessConfig, EntraConfig } from './access-settings.ts'
import type { Authenticate, CheckToken } from './authenticate.ts'
import { authenticateBy } from './authenticate.ts'
import { KeyCache, KeysUnavailable } from './entra-keys.ts'
import type { Hashing } from './keys.ts'
import { keyRing } from './keys.ts'

export type EntraDeps = { readonly http: Pick<Http, 'getJson'>; readonly clock: Pick<Clock, 'now'> }

const clockToleranceSeconds = 60
const retryAfterMs = 5_000
const readTimeoutMs = 5_000

type Checked = Awaited<ReturnType<CheckToken>>
type Trust = { readonly keys: ReturnType<typeof createLocalJWKSet>; readonly issuers: readonly string[] }

export const machineHashing: Hashing = {
  sha256: (text) => createHash('sha256').update(text).digest(),
  sameBytes: (one, other) => one.length === other.length && timingSafeEqual(one, other),
}

/** Takes what the settings say: keys, tokens, or both. Nothing is asked of Entra ID before the first token comes. */
export function authenticateWith({ keys, entra }: AccessConfig, deps: EntraDeps): Authenticate {
  return authenticateBy({ keys: keyRing(keys, machineHashing), ...(entra && { token: checkTokens(entra, deps) }) })
}

/**
 * Who a token is of. It is good where
 * 1. a key that the tenant publishes now has signed it with RS256, whatever else its header asks for;
 * 2. the tenant issued it, in either version, for this service;
 * 3. it is within its time, give or take a minute;
 * 4. its `oid`, which never changes and is never given to another, is one that the settings allow.
 */
export function checkTokens(config: EntraConfig, { http, clock }: EntraDeps): CheckToken {
  const cache = new KeyCache(() => readTrust(config, http), clock)
  const verify = async (token: string, { keys, issuers }: Trust) =>
    await jwtVerify(token, keys, {
      ...{ algorithms: ['RS256'], issuer: [...issuers], audience: [...config.audiences] },
      ...{ clockTolerance: clockToleranceSeconds, currentDate: clock.now() },
      requiredClaims: ['exp', 'nbf', 'iss', 'aud'],
    })
  const payloadOf = async (token: string): Promise<JWTPayload> => {
    const trust = await cache.current()
    try {
      return (await verify(token, trust)).payload
    } catch (error) {
      const newer = error instanceof errors.JWKSNoMatchingKey ? await cache.newerThan(trust) : undefined
      if (!newer) throw error
      return (await verify(token, newer)).payload
    }
  }
  return async (token) => {
    try {
      return callerOf(await payloadOf(token), config)
    } catch (error) {
      if (error instanceof KeysUnavailable) return { kind: 'unavailable', because: error.message, retryAfterMs }
      // Not its message, which may quote the token.
      if (error instanceof errors.JOSEError) return refused(`the token is not good (${error.code})`)
      throw error
    }
  }
}

function callerOf({ aud, oid, tid }: JWTPayload, { tenantId, callers }: EntraConfig): Checked {
  if (typeof aud !== 'string') return refused('the token is for more than one audience')
  if (typeof tid !== 'string' || tid.toLowerCase() !== tenantId) return refused('the token is of another tenant')
  if (typeof oid !== 'string') return refused('the token has no object id')
  const scopes = callers.get(oid.toLowerCase())
  if (!scopes) return refused('the object id of the token is not in EntraCallers')
  return { kind: 'caller', caller: { name: `object id '${oid.toLowerCase()}'`, scopes } }
}

/** What the tenant's OpenID discovery says now. */
async function readTrust({ tenantId, authorityUrl }: EntraConfig, http: EntraDeps['http']): Promise<Trust> {
  const read = async (url: string, operation: string) =>
    (await http.getJson({ url, errand: { operation }, timeoutMs: readTimeoutMs }, new AbortController().signal)).json
  try {
    const url = `${authorityUrl}/${tenantId}/v2.0/.well-known/openid-configuration`
    const found = fieldsOf(await read(url, 'read how tokens of Entra ID are checked'))
    const [issuer, keysUrl] = [found?.get('issuer'), found?.get('jwks_uri')]
    if (!isIssuerOf(tenantId, issuer) || typeof keysUrl !== 'string' || !keysUrl.startsWith('https://')) {
      throw new KeysUnavailable('What Entra ID says of the tenant is not understood.')
    }
    const keys = createLocalJWKSet((await read(keysUrl, 'read the signing keys of Entra ID')) as JSONWebKeySet)
    return { keys, issuers: [issuer, firstIssuer(authorityUrl, tenantId)] }
  } catch (error) {
    if (error instanceof KeysUnavailable) throw error
    if (error instanceof AzureFailure) throw new KeysUnavailable(error.message, { cause: error })
    if (error instanceof errors.JOSEError) throw new KeysUnavailable('The signing keys of Entra ID are not understood.')
    throw error
  }
}

/** Of tokens of version 2: another name of the authority may stand in it, never another tenant. */
function isIssuerOf(tenantId: string, issuer: unknown): issuer is string {
  return (
    typeof issuer === 'string' &&
    issuer.startsWith('https://') &&
    new RegExp(`^[^/]+//[^/]+/${tenantId}/v2\\.0$`, 'i').test(issuer)
  )
}

/** Of tokens of version 1; China's cloud has one of its own. */
function firstIssuer(authorityUrl: string, tenantId: string): string {
  const isChina = ['login.chinacloudapi.cn', 'login.partner.microsoftonline.cn'].includes(new URL(authorityUrl).host)
  return `https://sts.${isChina ? 'chinacloudapi.cn' : 'windows.net'}/${tenantId}/`
}

function refused(because: string): Checked {
  return { kind: 'refused', because }
}
