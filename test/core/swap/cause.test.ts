import assert from 'node:assert/strict'
import type { SwapCause, SwapProblem } from '../../../core/swap/cause.ts'
import { causeOf } from '../../../core/swap/cause.ts'

const site = "Cannot swap slots for site 'shop' because"
const cases: [string, SwapProblem, SwapCause][] = [
  [
    'another operation as busy',
    {
      status: 409,
      code: 'Conflict',
      message:
        'Cannot modify this site because another operation is in progress. Details: Id: f98f19e2, OperationName: SwapSiteSlots',
    },
    'busy',
  ],
  ['a conflict of which no more is told as busy', { status: 409, message: 'Azure answered 409' }, 'busy'],
  ['a conflict told only by its code as busy', { code: 'Conflict', message: 'x' }, 'busy'],
  [
    'a slot that is prepared for a swap as half done',
    {
      status: 409,
      code: 'Conflict',
      message: 'The slot cannot be changed because its configuration settings have been prepared for swap.',
    },
    'prepared',
  ],
  ['a lock on the resource as final', { status: 409, code: 'ScopeLocked', message: 'the scope is locked' }, 'final'],
  ['throttling', { status: 429, code: 'TooManyRequests', message: 'slow down' }, 'throttled'],
  ['throttling told only by its code', { code: 'TooManyRequests', message: 'slow down' }, 'throttled'],
  [
    'instances that changed as passing',
    {
      status: 400,
      code: 'BadRequest',
      message: `${site} the allocation of VM instances for 'staging' slot has changed during the swap process. Please retry the swap operation.`,
    },
    'passing',
  ],
  [
    'a worker that does not start as final',
    { status: 400, code: 'BadRequest', message: `${site} the worker process for 'staging' slot could not be started.` },
    'final',
  ],
  [
    'a source that does not answer as a question to its host',
    {
      status: 417,
      code: 'ExpectationFailed',
      message: "Cannot swap site slots for site 'shop' because the 'staging' slot did not respond to http ping.",
    },
    'askHost',
  ],
  ['417 in other words as a question to the host', { status: 417, message: 'expectation failed' }, 'askHost'],
  ['417 told only by its code as a question to the host', { code: 'ExpectationFailed', message: 'x' }, 'askHost'],
  [
    'a warm-up that timed out as a question to the host',
    { status: 400, message: `${site} the warmup requests to application in 'staging' slot have timed out.` },
    'askHost',
  ],
  [
    'an initialization that took too long as a question to the host',
    {
      status: 400,
      message: `${site} the application initialization in 'staging' slot either took too long or failed.`,
    },
    'askHost',
  ],
  ...[400, 401, 402, 403, 404, 405, 406, 410, 411, 412, 413, 414, 415, 416, 421, 422, 451].map(
    (status): [string, SwapProblem, SwapCause] => [`status ${status} as final`, { status, message: 'no' }, 'final'],
  ),
  ...[407, 408, 500, 501, 502, 503, 504, 599].map((status): [string, SwapProblem, SwapCause] => [
    `status ${status} as lost`,
    { status, message: 'no' },
    'lost',
  ]),
  ...['InternalServerError', 'ServiceUnavailable', 'GatewayTimeout', 'BadGateway', 'RequestTimeout'].map(
    (code): [string, SwapProblem, SwapCause] => [`code ${code} alone as lost`, { code, message: 'no' }, 'lost'],
  ),
  ['a code that nobody knows as final', { code: 'SomethingNew', message: 'no' }, 'final'],
  ['no code and no status as final', { message: 'Azure says that the operation has failed' }, 'final'],
  ['a status that contradicts its code by the status', { status: 400, code: 'Conflict', message: 'no' }, 'final'],
]

describe('why a swap failed', () => {
  for (const [what, problem, cause] of cases) {
    it(`takes ${what}`, () => {
      assert.equal(causeOf(problem).cause, cause)
    })
  }

  it('says where to look when the worker does not start', () => {
    assert.match(
      causeOf({ message: 'the worker process for x could not be started' }).advice ?? '',
      /logs of the source/,
    )
  })

  it('says what to remove when the app is locked', () => {
    assert.match(causeOf({ status: 409, code: 'ScopeLocked', message: 'x' }).advice ?? '', /Remove the lock/)
  })

  it('has no advice where it knows none', () => {
    assert.deepEqual(causeOf({ status: 400, message: 'no' }), { cause: 'final' })
  })
})
