// Faults of the network and of a service that is busy: what passes by itself, as far as one request shows it.
import type { Call, Service } from '../../../emulator/http/call.ts'
import type { Fault, FaultAction } from '../../../emulator/http/faults.ts'
import type { Seeded } from './seeded.ts'

export type Strike = Pick<Fault, 'action' | 'when'>

const lostStatuses = [408, 500, 502, 503, 504]
const page = '<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Try later</h1></body></html>'

/** The answer is lost: the request had its effect (`after`) or not, and the caller cannot tell. */
export function lostReply(random: Seeded, service: Service, when = sometime(random)): Strike {
  const kind = random.below(8)
  if (kind === 0 || kind === 1) return { when, action: { kind: 'reset' } }
  // What is cut is the service's own answer: there is none where nothing was done.
  if (kind === 2) return { when, action: { kind: when === 'after' ? 'truncate' : 'reset' } }
  if (kind === 3) return { when, action: { kind: 'stall' } }
  return { when, action: lostStatus(random, service) }
}

/** Any of the faults above, or a service that asks for patience before it has done anything. */
export function transient(random: Seeded, { service }: Pick<Call, 'service'>): Strike {
  return random.chance(0.2) ? { when: 'before', action: busy(random, service) } : lostReply(random, service)
}

function sometime(random: Seeded): 'before' | 'after' {
  return random.chance(0.5) ? 'after' : 'before'
}

function lostStatus(random: Seeded, service: Service): FaultAction {
  const status = random.pick(lostStatuses)
  // A gateway on the way answers with a page of its own, the service in its own words.
  if (random.chance(0.3)) return { kind: 'status', status, body: page, headers: { 'content-type': 'text/html' } }
  return service === 'storage' ? storageStatus(status) : armStatus(status)
}

function busy(random: Seeded, service: Service): FaultAction {
  if (service === 'storage') return storageStatus(503)
  return random.chance(0.5)
    ? { kind: 'throttle', retryAfterSeconds: 1 + random.below(20) }
    : armStatus(503, { 'retry-after': String(1 + random.below(20)) })
}

const codes: Readonly<Record<number, string>> = {
  408: 'RequestTimeout',
  500: 'InternalServerError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
}

function armStatus(status: number, headers: Readonly<Record<string, string>> = {}): FaultAction {
  const error = { code: codes[status] ?? 'Error', message: 'The service could not serve the request now.' }
  return { kind: 'status', status, body: JSON.stringify({ error }), headers }
}

/** Status and error codes, Common REST API error codes: InternalError and OperationTimedOut 500, ServerBusy 503. */
function storageStatus(status: number): FaultAction {
  const code = status === 503 ? 'ServerBusy' : status === 500 ? 'OperationTimedOut' : undefined
  if (code === undefined) return { kind: 'status', status, headers: { 'content-type': 'text/plain' } }
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>Try again.</Message></Error>`
  return { kind: 'status', status, body, headers: { 'content-type': 'application/xml', 'x-ms-error-code': code } }
}
