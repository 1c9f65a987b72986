import { createWebSiteManagement } from '@azure/arm-appservice/api'
import { isRestError } from '@azure/core-rest-pipeline'
import type { TokenCredential } from '@azure/identity'
import { AzureFailure, mayPassLater, Refusal } from '../../failures.ts'
import type { Clock } from '../../ports.ts'
import type { Answer, AnswerBody, Errand } from '../http/answer.ts'
import { describeType, failureOf, isJsonType, unreadable } from '../http/answer.ts'
import { UnboundedAnswer } from '../http/bounds.ts'
import { networkFailure, timeoutFailure } from '../http/network-failure.ts'
import { systemClock } from '../clock.ts'
import type { Transport } from '../http/transport.ts'
import { sdkClientOptions } from '../http/transport.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { within } from '../http/within.ts'

export type ArmConnection = {
  /** The service connection's own: sovereign clouds, Azure Stack; may carry a path. */
  readonly armUrl: string
  readonly subscriptionId: string
  /** Registers its tokens as secrets, and throws `AzureFailure`, on its own. */
  readonly credential: TokenCredential
  /** Such as `https://management.azure.com/.default`. */
  readonly scope: string
  readonly transport: Transport
  /** Told every key before its first use. */
  readonly onSecret: (secret: string) => void
  /** For the waits between two tries; the machine's own where not set. */
  readonly clock?: Clock
}

export type ArmRequest = {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** From `url` of the client, or a link that `isOwn`. */
  readonly url: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly errand: Errand
  readonly timeoutMs?: number
}

const apiVersion = '2024-11-01'
const longestPauseMs = 60_000
const defaultTimeoutMs = 60_000

/**
 * How often a read is tried: with one request in twenty failing, six in a row fail once in sixty million. What fails at once
 * is given up after half a minute, what does not answer after one and a half. A try that did not answer is followed by a
 * more patient one: a long list of sites takes its time.
 */
const readTries = 6
const tryTimeoutsMs = [20_000, 20_000, 30_000, 30_000, 60_000, 60_000]
/** No further try begins after so long; throttling is no failure, but a request to ask less. */
const mostMs = 80_000
const mostThrottledMs = 180_000

/**
 * Azure Resource Manager over the SDK's context for App Service: its pipeline, sign-in included, without its retries and
 * redirects, which are decided here, and without its operations, whose deserialisers accept what no schema promises.
 * Throws `Refusal` where the address is no https URL.
 */
export function armClient(connection: ArmConnection) {
  const { transport, clock = systemClock } = connection
  const base = baseUrl(connection.armUrl)
  const context = createWebSiteManagement(connection.credential, connection.subscriptionId, {
    ...sdkClientOptions(transport),
    endpoint: base.href,
    credentials: { scopes: [connection.scope] },
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
  })

  /** The URL of a resource of the subscription; segments are encoded here. */
  function url(segments: readonly string[], query: Readonly<Record<string, string>> = {}): string {
    const made = new URL(base)
    const path = ['subscriptions', connection.subscriptionId, ...segments].map(encodeURIComponent).join('/')
    made.pathname = `${base.pathname.replace(/\/+$/, '')}/${path}`
    for (const [name, value] of Object.entries({ 'api-version': apiVersion, ...query }))
      made.searchParams.set(name, value)
    return made.href
  }

  /** Whether a link stays on the ARM host: the token must go nowhere else. */
  function isOwn(link: string): boolean {
    return URL.canParse(link, base.href) && new URL(link, base).origin === base.origin
  }

  /** One request, whatever its answer. Throws `Cancelled`, and `AzureFailure` of kind network, timeout or denied (sign-in). */
  async function once(request: ArmRequest, signal: AbortSignal): Promise<Answer> {
    const { errand, timeoutMs = defaultTimeoutMs } = request
    const timedOut = () => timeoutFailure(errand, base.host, timeoutMs)
    return await within({ timeoutMs, signal, timedOut }, async (abortSignal) => {
      const resource = context.pathUnchecked(request.url)
      const options = { body: request.body, headers: { ...request.headers }, abortSignal, timeout: 0 }
      try {
        const answer = await (request.method === 'GET'
          ? resource.get(options)
          : request.method === 'PUT'
            ? resource.put(options)
            : resource.post(options))
        const { status, headers } = answer
        return { status: Number(status), headers, body: bodyOf(headers['content-type'], answer.body as unknown) }
      } catch (error) {
        if (error instanceof UnboundedAnswer) {
          return { status: error.status, headers: error.headers, body: { kind: 'other', what: error.what } }
        }
        // The client throws where a body that says JSON is none; that it answered still counts.
        if (isRestError(error) && error.response) {
          const { status, headers } = error.response
          return { status, headers: headers.toJSON(), body: { kind: 'other', what: 'broken JSON' } }
        }
        throw networkFailure(error, errand, base.host)
      }
    })
  }

  /**
   * Reads, trying again where a try may succeed: no answer, 5xx, 429. No further try begins once `patienceMs` are over. Throws
   * `AzureFailure` for every status but 2xx, and `unreadable` for a body that is no JSON.
   */
  async function read(
    request: ArmRequest,
    signal: AbortSignal,
    patienceMs = mostMs,
  ): Promise<Answer & { json: unknown }> {
    const startedAt = clock.now().getTime()
    let paused = 0
    for (let attempt = 1; ; attempt++) {
      const timeoutMs = request.timeoutMs ?? tryTimeoutsMs[attempt - 1] ?? defaultTimeoutMs
      const { answer, failure } = await outcome({ ...request, timeoutMs }, signal)
      if (!failure) return answer
      if (attempt >= readTries || !mayPassLater(failure) || !isOf(failure, request.errand)) throw failure
      const asked = answer && retryAfterMs((name) => answer.headers[name], clock.now())
      const pause = Math.min(asked ?? 1000 * 2 ** (attempt - 1), longestPauseMs)
      const spent = Math.max(paused, clock.now().getTime() - startedAt)
      if (spent + pause > (failure.kind === 'throttled' ? mostThrottledMs : patienceMs)) throw failure
      paused += pause
      await clock.sleep(pause, signal)
    }
  }

  async function outcome(
    request: ArmRequest,
    signal: AbortSignal,
  ): Promise<
    { answer: Answer & { json: unknown }; failure?: undefined } | { answer?: Answer | undefined; failure: AzureFailure }
  > {
    try {
      const answer = await once(request, signal)
      if (answer.status < 200 || answer.status > 299) return { answer, failure: failureOf(answer, request.errand) }
      if (answer.body.kind === 'json') return { answer: { ...answer, json: answer.body.value } }
      const what = answer.body.kind === 'empty' ? 'empty' : answer.body.what
      return { answer, failure: unreadable(request.errand, what, answer) }
    } catch (error) {
      if (error instanceof AzureFailure) return { failure: error }
      throw error
    }
  }

  return { url, isOwn, once, read, base, clock, subscriptionId: connection.subscriptionId }
}

export type ArmClient = ReturnType<typeof armClient>

/** False where the failure is one of signing in: the request was then never sent, and sign-in has its own tries. */
export function isOf(failure: AzureFailure, errand: Errand): boolean {
  return failure.operation === errand.operation
}

function bodyOf(contentType: string | undefined, body: unknown): AnswerBody {
  if (body === undefined || body === '') return { kind: 'empty' }
  return isJsonType(contentType) ? { kind: 'json', value: body } : { kind: 'other', what: describeType(contentType) }
}

function baseUrl(armUrl: string): URL {
  if (URL.canParse(armUrl)) {
    const url = new URL(armUrl)
    if (url.protocol === 'https:') return url
  }
  throw new Refusal(
    `The service connection's Azure Resource Manager address '${armUrl}' is not an https URL. Correct the connection.`,
  )
}
