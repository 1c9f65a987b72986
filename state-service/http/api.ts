// What comes in and goes out, whoever carries it: the Functions host, or the plain server.

export type ApiRequest = {
  readonly method: string
  /** Path and query as they were sent. */
  readonly url: string
  /** Names in lower case. What was sent more than once is joined with commas, in every case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Cut by the host at `largestBody` and one more byte, or longer. */
  readonly body: Uint8Array | undefined
  /** The address of the client, as far as the host can tell it. */
  readonly address: string
}

export type ApiReply = {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type HandleRequest = (request: ApiRequest, signal: AbortSignal) => Promise<ApiReply>

/** What a caller may do: ask, tell what a pipeline did, deliver events. */
export const scopes = ['read', 'tell', 'events'] as const
export type Scope = (typeof scopes)[number]

/** Somebody whose credential was found good. `name` may be logged: that of a key in the settings, or an object id. */
export type Caller = { readonly name: string; readonly scopes: readonly Scope[] }

/** Of events in bytes: what Event Grid sends at most (learn: event-grid/quotas-limits). */
export const largestBody = 1024 * 1024

/** A reply with JSON that no cache keeps. */
export function jsonReply(status: number, value: unknown, headers: ApiReply['headers'] = {}): ApiReply {
  return {
    status,
    headers: { ...plainHeaders, 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  }
}

export const plainHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const
