import type { AxiosResponse, AxiosResponseHeaders } from 'axios'
import axios from 'axios'
import { AzureFailure } from '../../failures.ts'
import { remoteText } from '../../remote-text.ts'
import type { Answer, AnswerBody, Errand } from './answer.ts'
import { describeType, failureOf, isJsonType, sentence, unreadable } from './answer.ts'
import { largestAnswerBytes, tooLarge, unboundedJson } from './bounds.ts'
import { networkFailure, timeoutFailure } from './network-failure.ts'
import type { Transport } from './transport.ts'
import { axiosOptions } from './transport.ts'
import { within } from './within.ts'

export type HttpRequest = {
  /** A secret goes into a header, never in here. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly errand: Errand
  readonly timeoutMs?: number
}

export type PostRequest = HttpRequest & {
  /** Sent as JSON. */
  readonly body: unknown
  /** POST where not set. */
  readonly method?: 'POST' | 'PUT'
}

/** Plain HTTP to the host of a slot: one request a call, no redirect followed, no try repeated. */
export interface Http {
  /** Status 200 and JSON, or an `AzureFailure`. */
  getJson(
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<{ readonly json: unknown; readonly headers: Readonly<Record<string, string>> }>
  /** Whatever the status; the body is left unread. */
  getStatus(request: HttpRequest, signal: AbortSignal): Promise<number>
  /** The answer whatever its status and body, of a GET or, with a body, a POST or PUT. Throws `AzureFailure` where none came. */
  exchange(request: HttpRequest | PostRequest, signal: AbortSignal): Promise<Answer>
}

const defaultTimeoutMs = 60_000

export function httpClient(transport: Transport): Http {
  const client = axios.create({
    adapter: 'http',
    maxRedirects: 0,
    maxContentLength: largestAnswerBytes,
    validateStatus: () => true,
    // Parsed here: axios reads what is no JSON as a text and says nothing.
    responseType: 'text',
    transformResponse: (data: unknown) => data,
    headers: { 'User-Agent': transport.userAgent, Accept: 'application/json' },
  })

  async function send<T>(
    request: HttpRequest | PostRequest,
    responseType: 'text' | 'stream',
    signal: AbortSignal,
    use: (response: AxiosResponse<unknown>) => T,
  ): Promise<T> {
    const { url, errand, timeoutMs = defaultTimeoutMs } = request
    const { host } = requireSafe(url, errand)
    const timedOut = () => timeoutFailure(errand, host, timeoutMs)
    return await within({ timeoutMs, signal, timedOut }, async (abort) => {
      try {
        const options = {
          ...axiosOptions(transport, url),
          headers: { ...request.headers, ...('body' in request && { 'Content-Type': 'application/json' }) },
          responseType,
          signal: abort,
        }
        if (!('body' in request)) return use(await client.get<unknown>(url, options))
        const text = JSON.stringify(request.body)
        return use(await client.request<unknown>({ ...options, url, method: request.method ?? 'POST', data: text }))
      } catch (error) {
        if (axios.isAxiosError(error) && error.code === 'ERR_BAD_RESPONSE') {
          throw unreadable(errand, `broken off or ${tooLarge}`)
        }
        // Not the axios error itself: it carries the request, and with it the key in its headers.
        throw networkFailure(axios.isAxiosError(error) ? withoutRequest(error) : error, errand, host)
      }
    })
  }

  return {
    getJson: async (request, signal) => {
      const answer = await send(request, 'text', signal, answerOf)
      const { errand } = request
      if (answer.status !== 200) {
        throw answer.status >= 400 ? failureOf(answer, errand) : unreadable(errand, `status ${answer.status}`, answer)
      }
      if (answer.body.kind === 'json') return { json: answer.body.value, headers: answer.headers }
      throw unreadable(errand, answer.body.kind === 'empty' ? 'empty' : answer.body.what, answer)
    },
    getStatus: (request, signal) =>
      send(request, 'stream', signal, (response) => {
        const body = response.data
        if (isDestroyable(body)) body.destroy()
        return response.status
      }),
    exchange: (request, signal) => send(request, 'text', signal, answerOf),
  }
}

/** Whether a URL may be asked: https, or http on loopback, where nobody can listen. */
export function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  if (protocol === 'https:') return true
  return protocol === 'http:' && /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}

function requireSafe(url: string, errand: Errand): URL {
  if (isSafeUrl(url)) return new URL(url)
  const shown = URL.canParse(url) ? `${new URL(url).origin}${new URL(url).pathname}` : remoteText(url)
  throw new AzureFailure(sentence(errand, `'${shown}' is not an https URL`, 'Correct the address.'), {
    operation: errand.operation,
    kind: 'rejected',
  })
}

function answerOf(response: AxiosResponse<unknown>): Answer {
  const headers = plainHeaders(response.headers as AxiosResponseHeaders)
  return { status: response.status, headers, body: bodyOf(headers['content-type'], response.data) }
}

function bodyOf(contentType: string | undefined, data: unknown): AnswerBody {
  if (typeof data !== 'string' || data === '') return { kind: 'empty' }
  if (!isJsonType(contentType)) return { kind: 'other', what: describeType(contentType) }
  const what = unboundedJson(data)
  if (what !== undefined) return { kind: 'other', what }
  try {
    return { kind: 'json', value: JSON.parse(data) as unknown }
  } catch {
    return { kind: 'other', what: 'broken JSON' }
  }
}

function plainHeaders(headers: AxiosResponseHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name.toLowerCase(), value]] : [],
    ),
  )
}

function withoutRequest(error: Error & { code?: string }): Error {
  const plain = new Error(error.message)
  return Object.assign(plain, { code: error.code ?? 'ERR_NETWORK' })
}

function isDestroyable(body: unknown): body is { destroy(): void } {
  return typeof body === 'object' && body !== null && 'destroy' in body && typeof body.destroy === 'function'
}
