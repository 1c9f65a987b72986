import type { ApiRequest, Caller } from './api.ts'

export type Authentication =
  | { readonly kind: 'caller'; readonly caller: Caller }
  /** `because` is for the log, and holds nothing of the credential. */
  | { readonly kind: 'refused'; readonly because: string }
  /** Sent so that it is not clear which credential is meant; `because` is for the caller. */
  | { readonly kind: 'unclear'; readonly because: string }
  /** It may be good: what it is checked with cannot be reached. */
  | { readonly kind: 'unavailable'; readonly because: string; readonly retryAfterMs: number }

export type Authenticate = (headers: ApiRequest['headers'], signal: AbortSignal) => Promise<Authentication>

export type CheckToken = (token: string, signal: AbortSignal) => Promise<Exclude<Authentication, { kind: 'unclear' }>>

/** Nothing longer is hashed or parsed. */
const longestKey = 200
const longestToken = 12_000

/** Takes one credential: a key in `x-functions-key`, or a token in `Authorization: Bearer`. */
export function authenticateBy(ways: {
  readonly keys: (key: string) => Caller | undefined
  /** Not set: no tokens are taken. */
  readonly token?: CheckToken
}): Authenticate {
  return async (headers, signal) => {
    const key = headers['x-functions-key']
    const authorization = headers['authorization']
    if (key !== undefined && authorization !== undefined) {
      return unclear('Send either the header x-functions-key or the header Authorization, not both.')
    }
    // What was sent twice is joined by commas, which neither a key nor a token holds.
    if (key?.includes(',') === true) return unclear('The header x-functions-key was sent twice, or holds a comma.')
    if (authorization?.includes(',') === true) {
      return unclear('The header Authorization was sent twice, or holds a comma.')
    }
    if (key !== undefined) {
      const caller = key.length > longestKey ? undefined : ways.keys(key)
      return caller ? { kind: 'caller', caller } : refused('the key is not known')
    }
    if (authorization === undefined) return refused('there is no credential')
    const [, token] = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i.exec(authorization.slice(0, longestToken + 1)) ?? []
    if (token === undefined || authorization.length > longestToken) return refused('there is no signed bearer token')
    return ways.token ? await ways.token(token, signal) : refused('no tokens are taken')
  }
}

function refused(because: string): Authentication {
  return { kind: 'refused', because }
}

function unclear(because: string): Authentication {
  return { kind: 'unclear', because }
}
