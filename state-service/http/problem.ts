import type { ApiReply } from './api.ts'
import { plainHeaders } from './api.ts'

/** Problems by code, with the status and the title that go with it. openapi.yaml lists the same. */
const problems = {
  badUrl: [400, 'The address is not one of this API'],
  badRequest: [400, 'The request is not right'],
  badCredential: [400, 'The credential was sent in a way that is not accepted'],
  notSignedIn: [401, 'A credential is needed'],
  notAllowed: [403, 'The credential does not allow this'],
  noRoute: [404, 'There is no such address'],
  appNotWatched: [404, 'The app is not watched'],
  badMethod: [405, 'The address does not take this method'],
  conflict: [409, 'Azure shows otherwise'],
  tooLarge: [413, 'The body is too large'],
  badType: [415, 'The body is not plain JSON'],
  tooMany: [429, 'Too many requests'],
  failed: [500, 'The service failed'],
  busy: [503, 'The service is busy'],
  cannotCheckCredential: [503, 'The credential cannot be checked now'],
  storeFailed: [503, 'The storage of the service cannot be reached'],
  stopped: [503, 'The request was stopped'],
} as const satisfies Record<string, readonly [number, string]>

export type ProblemCode = keyof typeof problems

export type Problem = {
  readonly code: ProblemCode
  /** For people: what was wrong and what to do. Holds no secret and nothing from outside that is not neutralised. */
  readonly detail: string
  /** Names the request, so that its line in the log is found. */
  readonly instance?: string
  readonly headers?: ApiReply['headers']
}

/** A reply by RFC 9457. */
export function problemReply({ code, detail, instance, headers = {} }: Problem): ApiReply {
  const [status, title] = problems[code]
  const type = `urn:durable-functions-safe-deployment:problem:${code}`
  return {
    status,
    headers: { ...plainHeaders, 'content-type': 'application/problem+json; charset=utf-8', ...headers },
    body: JSON.stringify({ type, title, status, detail, ...(instance !== undefined && { instance }) }),
  }
}

/** Whole seconds, one at least. */
export function retryAfter(ms: number): { readonly 'retry-after': string } {
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) }
}
