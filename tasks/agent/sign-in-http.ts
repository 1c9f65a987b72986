import type { HttpClient, PipelineResponse } from '@azure/core-rest-pipeline'
import { createHttpHeaders, createPipelineFromOptions, createPipelineRequest } from '@azure/core-rest-pipeline'

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

/** Few, short retries: a sign-in that does not work is to be told soon. A redirect is never followed with a secret in hand. */
const bounds = {
  retryOptions: { maxRetries: 2, retryDelayInMs: 500, maxRetryDelayInMs: 3000 },
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
      } catch (error) {
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

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'AbortError') return 'ETIMEDOUT' // The request's own time limit ends it as an abort.
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
