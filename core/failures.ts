/**
 * The user must act: a wrong input, or a state in which going on would be unsafe. The message is one sentence that holds
 * the value in quotes, and the remedy. Nothing has been changed by the step that refuses.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** What kind of failure a call to Azure met; rules branch on this and never on a message. */
export type FailureKind =
  | 'denied' // 401, 403: the identity lacks a permission, or sign-in failed
  | 'notFound' // 404 with the service's own error code
  | 'conflict' // 409, 412: another operation runs, or the state has moved on
  | 'throttled' // 429, 503 with Retry-After
  | 'rejected' // any other 4xx that is an answer of the service
  | 'server' // 5xx
  | 'network' // no answer: reset, refused, DNS, TLS
  | 'timeout' // no answer in time
  | 'unreadable' // an answer that is not what its content type and schema promise

/** Azure, or the way to it, failed. `operation` reads after "Could not": "read the settings of slot 'staging'". */
export class AzureFailure extends Error {
  override readonly name = 'AzureFailure'
  readonly operation: string
  readonly kind: FailureKind
  /** HTTP status; not set where no answer came. */
  readonly status?: number
  /** The service's own error code, already neutralised; not set where it gave none. */
  readonly code?: string
  readonly requestId?: string
  /** True where a mutation was sent and its effect is not known. */
  readonly mayHaveHappened: boolean

  constructor(
    message: string,
    details: {
      operation: string
      kind: FailureKind
      status?: number | undefined
      code?: string | undefined
      requestId?: string | undefined
      mayHaveHappened?: boolean | undefined
      cause?: unknown
    },
  ) {
    super(message, { cause: details.cause })
    this.operation = details.operation
    this.kind = details.kind
    if (details.status !== undefined) this.status = details.status
    if (details.code !== undefined) this.code = details.code
    if (details.requestId !== undefined) this.requestId = details.requestId
    this.mayHaveHappened = details.mayHaveHappened ?? false
  }
}

/** The same failure in other words, with itself as their cause; `mayHaveHappened` where these settle it. */
export function saying(
  failure: AzureFailure,
  message: string,
  { mayHaveHappened = failure.mayHaveHappened }: { readonly mayHaveHappened?: boolean } = {},
): AzureFailure {
  const { operation, kind, status, code, requestId } = failure
  return new AzureFailure(message, { operation, kind, status, code, requestId, mayHaveHappened, cause: failure })
}

/** A failure of the moment; what is left says that the same call would fail again. */
export function mayPassLater({ kind }: AzureFailure): boolean {
  return kind === 'network' || kind === 'timeout' || kind === 'server' || kind === 'throttled'
}

/** The run was cancelled (by a person, a timeout of the step, or the agent shutting down). */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
  constructor(message = 'The run was cancelled.') {
    super(message)
  }
}

/** A failure's sentence as a clause that follows a colon and gets a full stop of its own. */
export function asClause(message: string): string {
  return message.replace(/^Could not/, 'could not').replace(/[.\s]+$/, '')
}
