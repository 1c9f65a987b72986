// What can become of a request: each way in which Azure, or the way to it, fails to answer as it should.
import type { FaultAction } from '../../../emulator/http/faults.ts'
import type { Moment } from './points.ts'
import { wrongTypes } from './wrong-types.ts'

export type Mishap = {
  readonly name: string
  readonly action: FaultAction
  readonly when: Moment
  /** Which requests it can happen to; all unless told. */
  readonly to?: 'reads' | 'changes' | 'operations'
}

const statuses = [400, 401, 403, 404, 408, 409, 410, 412, 417, 429, 500, 502, 503, 504]

/** As ARM and the table service say it; the other services of storage say it in a header as well. */
function refusal(status: number): FaultAction {
  const body = JSON.stringify({ error: { code: 'Mishap', message: `This is status ${status}.` } })
  const retryAfter = status === 429 || status === 503 ? { 'retry-after': '5' } : {}
  return { kind: 'status', status, body, headers: { 'x-ms-error-code': 'Mishap', ...retryAfter } }
}

const failed = JSON.stringify({ status: 'Failed', error: { code: 'Mishap', message: 'The operation has failed.' } })

export const mishaps: readonly Mishap[] = [
  ...statuses.map((status): Mishap => ({ name: `status ${status}`, action: refusal(status), when: 'before' })),
  ...[408, 409, 412, 429, 500, 502, 503, 504].map((status): Mishap => ({
    name: `status ${status} after the effect`,
    action: refusal(status),
    when: 'after',
    to: 'changes',
  })),
  { name: 'a page at status 200', action: { kind: 'html' }, when: 'before' },
  { name: 'a page at status 200 after the effect', action: { kind: 'html' }, when: 'after', to: 'changes' },
  { name: 'a cut connection', action: { kind: 'reset' }, when: 'before' },
  { name: 'a cut connection after the effect', action: { kind: 'reset' }, when: 'after', to: 'changes' },
  { name: 'no answer', action: { kind: 'stall' }, when: 'before' },
  { name: 'no answer after the effect', action: { kind: 'stall' }, when: 'after', to: 'changes' },
  { name: 'half an answer', action: { kind: 'truncate' }, when: 'after' },
  { name: 'wrong types', action: { kind: 'rewrite', change: wrongTypes }, when: 'after', to: 'reads' },
  { name: 'an empty object', action: { kind: 'body', body: '{}' }, when: 'before', to: 'reads' },
  { name: 'pages without end', action: { kind: 'endless' }, when: 'before', to: 'reads' },
  { name: 'an answer without end', action: { kind: 'flood' }, when: 'before' },
  { name: 'Failed at status 200', action: { kind: 'body', body: failed }, when: 'before', to: 'operations' },
  {
    name: 'Failed at status 200 after the effect',
    action: { kind: 'body', body: failed },
    when: 'after',
    to: 'operations',
  },
]
