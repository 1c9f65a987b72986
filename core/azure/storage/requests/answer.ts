// What storage answers, checked against what its content type and schema promise. The SDKs do not check: they read an HTML
// page at status 200 as an empty list, a missing message count as none, and any 404 to a table's DELETE as done.
import type { FailureKind } from '../../../failures.ts'
import { isObject, parseJson } from '../../../json.ts'
import { retryAfterMs } from '../../http/retry-after.ts'
import { AnswerError } from './answer-error.ts'

export type Service = 'table' | 'queue' | 'blob'

/** The parts of an answer that all three SDK pipelines can show. */
export type Answer = {
  readonly service: Service
  readonly method: string
  readonly url: string
  readonly status: number
  readonly header: (name: string) => string | undefined
  /** Not set where the body is streamed. */
  readonly body?: string
}

/** Throws `AnswerError` unless the answer is a success that holds what it must. */
export function checkAnswer(answer: Answer): void {
  if (answer.status < 200 || answer.status > 299) throw errorOf(answer)
  const because = whatIsWrong(answer)
  if (because === undefined) return
  throw new AnswerError(because, {
    kind: 'unreadable',
    status: answer.status,
    requestId: answer.header('x-ms-request-id'),
  })
}

/** The service's own error code, from its header or from the body that its content type announces. */
export function errorCode({ header, body = '' }: Pick<Answer, 'header' | 'body'>): string | undefined {
  const named = header('x-ms-error-code')
  if (named !== undefined && isCode(named)) return named
  const type = header('content-type') ?? ''
  if (/\bjson\b/i.test(type)) {
    const root = parseJson(body)
    const error = isObject(root) ? root['odata.error'] : undefined
    return isObject(error) && typeof error['code'] === 'string' && isCode(error['code']) ? error['code'] : undefined
  }
  const [, code] = /\bxml\b/i.test(type) ? (/<Error[^]*?<Code>([^<]+)<\/Code>/i.exec(body) ?? []) : []
  return code !== undefined && isCode(code) ? code : undefined
}

function isCode(text: string): boolean {
  return /^[A-Za-z]{3,80}$/.test(text)
}

function errorOf(answer: Answer): AnswerError {
  const code = errorCode(answer)
  const { status } = answer
  const details = {
    status,
    code,
    requestId: answer.header('x-ms-request-id'),
    retryAfterMs: retryAfterMs(answer.header),
  }
  const kind = kindOf(status, code)
  const what =
    kind === 'unreadable' ? `the answer with status ${status} is not one of the storage service` : `status ${status}`
  return new AnswerError(code === undefined ? what : `status ${status}, ${code}`, { kind, ...details })
}

const gone = /^(?:Table|Queue|Container|Blob|Resource|Entity|Message)NotFound$/

function kindOf(status: number, code: string | undefined): FailureKind {
  if (status === 401 || status === 403) return 'denied'
  // A proxy or a wrong address answers 404 too: only the service's own word is "it is not there".
  if (status === 404) return code !== undefined && gone.test(code) ? 'notFound' : 'unreadable'
  if (status === 429 || (status === 503 && (code === undefined || code === 'ServerBusy'))) return 'throttled'
  if (status >= 500) return 'server'
  if (status === 408) return 'timeout'
  if (status < 400 || code === undefined) return 'unreadable'
  return status === 409 || status === 412 ? 'conflict' : 'rejected'
}

function whatIsWrong(answer: Answer): string | undefined {
  const { method, service, status } = answer
  if (method === 'DELETE') {
    const expected = service === 'blob' ? 202 : 204
    return status === expected ? undefined : `a delete was answered with status ${status} instead of ${expected}`
  }
  if (method === 'PUT' || method === 'POST') return wrongInWrite(answer)
  if (service === 'table') return isOneRow(answer.url) ? wrongInRow(answer) : wrongInTable(answer)
  const query = new URL(answer.url).searchParams
  if (query.get('comp') === 'list') return wrongInListing(answer, query)
  if (service === 'blob') return wrongInBlob(answer)
  if (query.get('comp') === 'metadata') return wrongInCount(answer)
  return wrongInXml(answer, 'QueueMessagesList')
}

/** A row is replaced with 204; what is new comes with 201, or with 204 where none of it was asked back (Update, Insert Entity). */
function wrongInWrite({ service, method, status }: Answer): string | undefined {
  const expected = service === 'table' ? (method === 'PUT' ? [204] : [201, 204]) : [201]
  if (expected.includes(status)) return undefined
  return `a write was answered with status ${status} instead of ${expected.join(' or ')}`
}

function isOneRow(url: string): boolean {
  return /\(PartitionKey='.*',RowKey='.*'\)$/.test(decodeURIComponent(new URL(url).pathname))
}

function wrongInRow({ header, body = '' }: Answer): string | undefined {
  if (!/^application\/json\b/i.test(header('content-type') ?? '')) return notOf('JSON', header)
  const row = parseJson(body)
  const whole = isObject(row) && typeof row['PartitionKey'] === 'string' && typeof row['RowKey'] === 'string'
  return whole ? undefined : 'the JSON holds no row'
}

function wrongInTable({ header, body = '' }: Answer): string | undefined {
  if (!/^application\/json\b/i.test(header('content-type') ?? '')) return notOf('JSON', header)
  const root = parseJson(body)
  const value = isObject(root) ? root['value'] : undefined
  if (!Array.isArray(value) || !value.every(isObject)) return 'the JSON holds no list of rows'
  // The SDK takes a token without partition key for the end of the list.
  if (header('x-ms-continuation-nextrowkey') !== undefined && !header('x-ms-continuation-nextpartitionkey')) {
    return 'the continuation token is incomplete'
  }
  return undefined
}

function wrongInListing(answer: Answer, query: URLSearchParams): string | undefined {
  const list = answer.service === 'queue' ? 'Queues' : query.get('restype') === 'container' ? 'Blobs' : 'Containers'
  const wrong = wrongInXml(answer, 'EnumerationResults')
  if (wrong !== undefined) return wrong
  return new RegExp(`<${list}[\\s/>]`).test(answer.body ?? '')
    ? undefined
    : `the XML holds no list of ${list.toLowerCase()}`
}

function wrongInXml({ header, body = '' }: Answer, root: string): string | undefined {
  if (!/\bxml\b/i.test(header('content-type') ?? '')) return notOf('XML', header)
  const bare = body
    .replace(/^\ufeff/, '')
    .replace(/^\s*<\?xml[^>]*\?>/, '')
    .trim()
  const whole = new RegExp(`^<${root}(?:\\s[^>]*)?(?:/>$|>[^]*</${root}>$)`)
  return whole.test(bare) ? undefined : `the XML is not a whole ${root}`
}

function wrongInCount({ header }: Answer): string | undefined {
  return /^\d{1,9}$/.test(header('x-ms-approximate-messages-count') ?? '')
    ? undefined
    : 'the header x-ms-approximate-messages-count is not a whole number'
}

function wrongInBlob({ header }: Answer): string | undefined {
  const missing = ['etag', 'x-ms-blob-type'].filter((name) => !header(name))
  return missing.length === 0 ? undefined : `the header ${missing.join(' and ')} of a blob is missing`
}

function notOf(format: string, header: Answer['header']): string {
  const type = (header('content-type') ?? '').replace(/[^\w/+.-].*$/, '').slice(0, 60)
  return `the answer is ${type === '' ? 'of no type' : `'${type}'`} instead of ${format}`
}
