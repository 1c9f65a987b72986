import type { AccessToken, GetTokenOptions } from '@azure/identity'

export type GetToken = (scopes: string | string[], options?: GetTokenOptions) => Promise<AccessToken>

/** As MSAL does: a token is renewed while it is still good for a slow request. */
const renewAheadMs = 5 * 60_000

/**
 * One renewal at a time, and one for all who ask meanwhile. Every client of the SDK asks for itself, and MSAL gets an assertion
 * on each call, even where it then finds the token in its cache. A caller's cancel does not end the renewal of the others.
 */
export function renewInTurn(renew: GetToken): GetToken {
  const known = new Map<string, { readonly token: Promise<AccessToken>; goodUntil: number }>()
  let last: Promise<unknown> = Promise.resolve()

  return async (scopes, options = {}) => {
    const { abortSignal: _, ...asked } = options
    const key = JSON.stringify([scopes, asked.tenantId])
    const found = known.get(key)
    // With claims the service has refused the token that is known.
    if (found && asked.claims === undefined && found.goodUntil > Date.now()) return await found.token
    const token = last.then(() => renew(scopes, asked))
    const renewal = { token, goodUntil: Infinity }
    known.set(key, renewal)
    last = token.then(
      ({ expiresOnTimestamp, refreshAfterTimestamp = Infinity }) => {
        renewal.goodUntil = Math.min(expiresOnTimestamp - renewAheadMs, refreshAfterTimestamp)
      },
      () => {
        renewal.goodUntil = 0
      },
    )
    return await token
  }
}
