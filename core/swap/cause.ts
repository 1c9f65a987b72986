/** A refusal of a swap, or how its operation ended; `status` is not set where only an operation's own account tells. */
export type SwapProblem = { readonly status?: number; readonly code?: string; readonly message: string }

/**
 * What a problem means for another request, which in every case comes only after the slots showed that nothing happened:
 * `busy` and `throttled`: wait, read, ask again, until the time is up;
 * `passing`: what was in the way is known to pass by itself;
 * `askHost`: the source did not answer its warm-up; another try helps only where its host runs without errors;
 * `prepared`: a slot is held half-way through a swap; where the slots no longer show it, it has been reset;
 * `lost`: whether anything was begun is not known;
 * `final`: another request would meet the same.
 */
export type SwapCause = 'busy' | 'throttled' | 'passing' | 'askHost' | 'prepared' | 'lost' | 'final'

export type ToldCause = {
  readonly cause: SwapCause
  /** What the user can do, a sentence without its full stop. */
  readonly advice?: string
}

type Rule = ToldCause & {
  readonly when: (problem: Omit<SwapProblem, 'status'> & { readonly status: number | undefined }) => boolean
}

/**
 * The first rule that fits. Azure has one status and code for many causes, so that the words decide where there is nothing
 * else; a message whose words have changed falls through to what its status means.
 */
const rules: readonly Rule[] = [
  // 409 after a swap that stopped half-way, or a swap with preview (azure-cli #27820).
  { cause: 'prepared', when: ({ message }) => /prepared for swap/i.test(message) },
  // 409 of a lock on the resource (learn: azure-resource-manager/management/lock-resources).
  {
    cause: 'final',
    advice: 'Remove the lock from the function app or its resource group',
    when: ({ code }) => /^ScopeLocked$/i.test(code ?? ''),
  },
  // 400 "… the allocation of VM instances for 'staging' slot has changed during the swap process. Please retry" (azure-pipelines-tasks #12835).
  { cause: 'passing', when: ({ message }) => /allocation of VM instances\b.*\bhas changed/i.test(message) },
  // 400 "… the worker process for 'staging' slot could not be started" (azure-pipelines-tasks #13003).
  {
    cause: 'final',
    advice:
      "Read the logs of the source slot's host (portal: Diagnose and solve problems, or Log stream) for why it does not start",
    when: ({ message }) => /worker process\b.*\bcould not be started/i.test(message),
  },
  // 417 "… slot did not respond to http ping" (azure-pipelines-tasks #19273): often settings that had not reached every
  // worker yet, which a later try finds settled (azure-cli #29342).
  {
    cause: 'askHost',
    when: ({ status, message }) => status === 417 || /did not respond to http ping/i.test(message),
  },
  // "… the warmup requests to application in 'staging' slot have timed out" (azure-pipelines-tasks #15068), "… the application
  // initialization in 'staging' slot either took too long or failed" (azure-pipelines-tasks #5566).
  {
    cause: 'askHost',
    when: ({ message }) =>
      /warm-?up requests?\b.*\btimed out|application initialization\b.*\btook too long/i.test(message),
  },
  // 409 "Cannot modify this site because another operation is in progress" (azure-pipelines-tasks #11384).
  { cause: 'busy', when: ({ status }) => status === 409 },
  // learn: azure-resource-manager/management/request-limits-and-throttling.
  { cause: 'throttled', when: ({ status }) => status === 429 },
  // A request timeout, or a server or proxy that failed behind the effect or before it.
  { cause: 'lost', when: ({ status }) => status === 407 || status === 408 || (status !== undefined && status >= 500) },
]

/** Tells the failures of a swap apart; what no rule knows is final. */
export function causeOf(problem: SwapProblem): ToldCause {
  const status = problem.status ?? statusOfCode(problem.code)
  const found = rules.find(({ when }) => when({ ...problem, status }))
  if (!found) return { cause: 'final' }
  return { cause: found.cause, ...(found.advice !== undefined && { advice: found.advice }) }
}

/** An operation's own account has a code and no status; App Service's codes are the names of statuses. */
const statuses: Readonly<Record<string, number>> = {
  requesttimeout: 408,
  conflict: 409,
  expectationfailed: 417,
  toomanyrequests: 429,
  internalservererror: 500,
  badgateway: 502,
  serviceunavailable: 503,
  gatewaytimeout: 504,
}

function statusOfCode(code: string | undefined): number | undefined {
  return statuses[(code ?? '').toLowerCase()]
}
