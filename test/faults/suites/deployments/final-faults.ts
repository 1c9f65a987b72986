// Answers after which a task must give up, or read the state: refusals, pages, what cannot be read.
import type { Call } from '../../../../emulator/http/call.ts'
import type { Seeded } from '../../sockets/seeded.ts'
import type { Strike } from '../../sockets/transient.ts'

const statuses = [400, 401, 403, 404, 409, 410, 412, 417, 429]
const codes: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'InvalidAuthenticationToken',
  403: 'AuthorizationFailed',
  404: 'ResourceNotFound',
  409: 'Conflict',
  410: 'Gone',
  412: 'PreconditionFailed',
  417: 'ExpectationFailed',
  429: 'TooManyRequests',
}

/** Statuses come before the effect, as a service sends them; the others may come after it. */
export function finalFault(random: Seeded, { service }: Pick<Call, 'service'>): Strike {
  const when = random.chance(0.5) ? 'after' : 'before'
  const kind = random.below(10)
  if (kind === 0) return { when, action: { kind: 'html' } }
  if (kind === 1) return { when, action: { kind: 'body', body: '{"value":7,"properties":[]}' } }
  if (kind === 2) return { when, action: { kind: 'body', body: '' } }
  if (kind === 3)
    return { when, action: { kind: 'body', body: '<?xml version="1.0"?><Other/>', contentType: 'application/xml' } }
  if (kind === 4 && service === 'arm') return { when: 'before', action: { kind: 'expiredToken' } }
  const status = random.pick(statuses)
  const code = codes[status] ?? 'Error'
  if (service !== 'storage') {
    const body = JSON.stringify({ error: { code, message: 'Refused.' } })
    return { when: 'before', action: { kind: 'status', status, body } }
  }
  // "It is not there" and "it is there already" would be lies that nobody could tell from the truth.
  const lies = status === 404 || status === 409 || status === 410 || status === 412
  const headers: Record<string, string> = lies ? {} : { 'x-ms-error-code': code }
  return { when: 'before', action: { kind: 'status', status, headers: { 'content-type': 'text/plain', ...headers } } }
}
