import type { FailureKind } from '../../../failures.ts'

/** An answer of the storage service that is an error, or that is not what it promises; turned into `AzureFailure` by `call`. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly kind: FailureKind
  // Not `statusCode`: the SDK's deleteTable takes any 404 it finds under that name for success.
  readonly status?: number
  readonly code?: string
  readonly requestId?: string
  readonly retryAfterMs?: number

  constructor(
    message: string,
    details: {
      kind: FailureKind
      status?: number | undefined
      code?: string | undefined
      requestId?: string | undefined
      retryAfterMs?: number | undefined
    },
  ) {
    super(message)
    this.kind = details.kind
    if (details.status !== undefined) this.status = details.status
    if (details.code !== undefined) this.code = details.code
    if (details.requestId !== undefined) this.requestId = details.requestId
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs
  }
}
