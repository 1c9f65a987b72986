import type { FailureKind } from '../../failures.ts'
import { AzureFailure } from '../../failures.ts'
import { fieldsOf } from '../../json.ts'
import { remoteText } from '../../remote-text.ts'

/** An answer as it came, whatever its status; header names are lower case. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: AnswerBody
}

export type AnswerBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'empty' }
  /** No JSON, or not what the content type promises; `what` follows "the answer is". */
  | { readonly kind: 'other'; readonly what: string }

/** What was being done, for messages: `operation` reads after "Could not". */
export type Errand = {
  readonly operation: string
  /** The Azure permission that it takes, such as `Microsoft.Web/sites/read`. */
  readonly permission?: string
  /** Follows where the thing was not found: "Correct appName or resourceGroupName." */
  readonly whenMissing?: string
  /** Follows where access was denied, instead of the sentence about the service connection's role. */
  readonly whenDenied?: string
}

export function isJsonType(contentType: string | undefined): boolean {
  return /^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '')
}

/** What a content type is called in a message: `an HTML page`, or the type itself. */
export function describeType(contentType: string | undefined): string {
  if (!contentType) return 'a body without a content type'
  if (/^\s*text\/html/i.test(contentType)) return 'an HTML page'
  return `'${remoteText(contentType, 60)}' instead of JSON`
}

export function kindOfStatus(status: number, headers: Answer['headers'] = {}): FailureKind {
  if (status === 401 || status === 403) return 'denied'
  if (status === 404 || status === 410) return 'notFound'
  if (status === 409 || status === 412) return 'conflict'
  if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) return 'throttled'
  if (status === 408) return 'timeout'
  // A proxy that refuses is replayed as if the server had answered (https-proxy-agent).
  if (status === 407) return 'network'
  if (status >= 500) return 'server'
  return status >= 400 ? 'rejected' : 'unreadable'
}

/** ARM's `{"error":{"code","message"}}`, or App Service's own `{"Code","Message"}`; neutralised. */
export function errorOf(body: AnswerBody): { readonly code?: string; readonly message?: string } {
  if (body.kind !== 'json') return {}
  const root = fieldsOf(body.value)
  const fields = fieldsOf(root?.get('error')) ?? root
  const code = fields?.get('code')
  const message = fields?.get('message')
  return {
    ...(typeof code === 'string' && code !== '' && { code: remoteText(code, 80) }),
    ...(typeof message === 'string' && message !== '' && { message: remoteText(message) }),
  }
}

/** The failure that an answer with an unwelcome status stands for. */
export function failureOf(answer: Answer, errand: Errand): AzureFailure {
  const { status } = answer
  const { code, message } = errorOf(answer.body)
  const kind = kindOfStatus(status, answer.headers)
  if (answer.body.kind === 'other' && isVerdict(kind)) {
    return unreadable(errand, `${answer.body.what} with status ${status}`, answer)
  }
  // A 404 of something on the way (a proxy, a wrong address) must not pass for Azure's own.
  if (kind === 'notFound' && code === undefined) {
    return unreadable(errand, `status ${status} without an error code of Azure`, answer)
  }
  const said = [`${status}${code === undefined ? '' : ` ${code}`}`, ...(message === undefined ? [] : [message])].join(
    ': ',
  )
  return new AzureFailure(sentence(errand, `the answer was ${said}`, remedyFor(kind, errand, status)), {
    operation: errand.operation,
    kind,
    status,
    code,
    requestId: requestIdOf(answer),
  })
}

/** The failure that an answer which is not what it promises stands for, whatever its status. */
export function unreadable(errand: Errand, what: string, answer?: Answer): AzureFailure {
  return new AzureFailure(
    sentence(
      errand,
      `the answer is ${what}`,
      'Check that the address is right and that no proxy answers in its place.',
    ),
    {
      operation: errand.operation,
      kind: 'unreadable',
      status: answer?.status,
      requestId: answer && requestIdOf(answer),
    },
  )
}

/** One sentence: what could not be done and why, and what to do next. */
export function sentence({ operation }: Errand, why: string, remedy: string): string {
  return `Could not ${operation}: ${why.replace(/[.\s]+$/, '')}.${remedy === '' ? '' : ` ${remedy}`}`
}

/** Kinds that say something of the resource; the others say that the service was not reached or is busy. */
function isVerdict(kind: FailureKind): boolean {
  return kind === 'denied' || kind === 'notFound' || kind === 'conflict' || kind === 'rejected' || kind === 'unreadable'
}

function remedyFor(
  kind: FailureKind,
  { permission, whenMissing, whenDenied }: Errand,
  status: number | undefined,
): string {
  if (kind === 'denied') {
    if (whenDenied !== undefined) return whenDenied
    if (status === 401) return 'Azure refused the token itself: check environment and tenant of the service connection.'
    const needs = permission === undefined ? '' : ` (it needs '${permission}')`
    return `Give the service connection's identity the role 'Website Contributor' on the function app${needs}.`
  }
  if (kind === 'notFound') return whenMissing ?? ''
  if (kind === 'throttled') return 'Run again later.'
  return ''
}

function requestIdOf({ headers }: Answer): string | undefined {
  const id = headers['x-ms-request-id'] ?? headers['x-ms-correlation-request-id']
  return id === undefined ? undefined : remoteText(id, 80)
}
