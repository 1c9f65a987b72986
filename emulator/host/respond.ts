import type { HostResponse } from './types.ts'

export function json(status: number, body: unknown, headers: Record<string, string> = {}): HostResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  }
}

export function empty(status: number): HostResponse {
  return { status }
}

export const notFound = empty(404)
export const unauthorized = empty(401)
/** What every request but those below /admin gets while there is no running host (HOST HostAvailabilityCheckMiddleware). */
export const notRunning: HostResponse = {
  status: 503,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'Function host is not running.',
}
