import type { HttpClient, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline'
import {
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  isRestError,
  RestError,
} from '@azure/core-rest-pipeline'

import { isSafeUrl } from '../../core/azure/http/client.ts'
import type { Transport } from '../../core/azure/http/transport.ts'
import { sdkClientOptions } from '../../core/azure/http/transport.ts'

/** The last answer, or the lack of one, that a sign-in met: what its failure is judged by, instead of by message text. */
export type Seen = {
  readonly host?: string
  readonly status?: number
  readonly body?: string
  readonly requestId?: string
  /** Node's error code where no answer came, such as `ECONNREFUSED`. */
  readonly errorCode?: string
}

const requestTimeoutMs = 20_000

/**
 * Short retries: a sign-in that does not work is to be told within seconds, and one that meets a bad minute must not end a
 * deployment. A redirect is never followed with a secret in hand.
 */
const bounds = {
  retryOptions: { maxRetries: 4, retryDelayInMs: 500, maxRetryDelayInMs: 3000 },
  redirectOptions: { maxRetries: 0 },
}

export type SignInHttp = ReturnType<typeof signInHttp>

/** HTTP for signing in: the transport's proxy and certificates, a time limit on each request, and a memory of what came back. */
export function signInHttp(transport: Transport) {
  let seen: Seen = {}
  let remembered: unknown
  let asked: Promise<string> | undefined
  const { httpClient: inner, userAgentOptions } = sdkClientOptions(transport)
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      request.timeout = requestTimeoutMs
      const host = new URL(request.url).host
      try {
        const response = await inner.sendRequest(request)
        seen = seenOf(host, response)
        return response
      } catch (thrown) {
        const error = retriable(thrown, request)
        seen = { host, errorCode: codeOf(error) ?? 'unknown' }
        throw error
      }
    },
  }
  const options = { httpClient, userAgentOptions, ...bounds }
  const pipeline = createPipelineFromOptions({ ...bounds, userAgentOptions })
  return {
    options,
    seen: (): Seen => seen,
    /** The SDK keeps nothing but the message of what a callback throws, so that a failure is remembered here. */
    onceInARenewal: (ask: () => Promise<string>): Promise<string> =>
      (asked ??= ask().catch((error: unknown) => {
        remembered = error
        throw error
      })),
    remembered: (): unknown => remembered,
    forget: (): void => {
      seen = {}
      remembered = undefined
      asked = undefined
    },
    post: (url: string, headers: Record<string, string>): Promise<PipelineResponse> => {
      const allowInsecureConnection = isSafeUrl(url)
      const request = {
        url,
        method: 'POST',
        headers: createHttpHeaders(headers),
        body: '',
        allowInsecureConnection,
      } as const
      return pipeline.sendRequest(httpClient, createPipelineRequest(request))
    },
  }
}

function seenOf(host: string, response: PipelineResponse): Seen {
  const requestId = response.headers.get('x-ms-request-id') ?? response.headers.get('x-vss-e2eid')
  return {
    host,
    status: response.status,
    ...(typeof response.bodyAsText === 'string' ? { body: response.bodyAsText } : {}),
    ...(requestId === undefined ? {} : { requestId }),
  }
}

/**
 * No answer in time, and one that breaks off, under the system's codes for them: the SDK tries again by these, and throws an
 * abort for the first and an unreadable text for the second (ts-http-runtime exponentialRetryStrategy.ts, nodeHttpClient.ts).
 */
function retriable(error: unknown, request: PipelineRequest): unknown {
  if (!(error instanceof Error) || request.abortSignal?.aborted === true) return error
  const code =
    error.name === 'AbortError'
      ? 'ETIMEDOUT'
      : isRestError(error) && error.code === RestError.PARSE_ERROR
        ? 'ECONNRESET'
        : undefined
  return code === undefined ? error : new RestError(error.message, { code, request })
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
