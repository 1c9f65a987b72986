import type { OperationState, SwapReply } from '../../function-app/ports.ts'
import { fieldsOf } from '../../json.ts'
import type { Answer } from '../http/answer.ts'
import { errorOf, kindOfStatus } from '../http/answer.ts'
import { retryAfterMs } from '../http/retry-after.ts'

/** An operation is long over before ARM asks for a longer pause than this. */
const longestPauseMs = 300_000

/** Where a 202 says that its operation can be asked about, and which of ARM's two forms the answer will have. */
export function operationLink(
  answer: Answer,
  requestUrl: string,
): { readonly url: string; readonly async: boolean } | undefined {
  const async = answer.headers['azure-asyncoperation']
  const link = async ?? answer.headers['location']
  if (!link || !URL.canParse(link, requestUrl)) return undefined
  return { url: new URL(link, requestUrl).href, async: async !== undefined }
}

/** What ARM's answer to `slotsswap` means. Statuses by learn: web-apps/swap-slot, async-operations. */
export function swapReply(answer: Answer, requestUrl: string, now: Date): SwapReply {
  const { status, body } = answer
  const { code, message } = errorOf(body)
  const pause = pauseOf(answer, now)
  if (status === 202) {
    const link = operationLink(answer, requestUrl)
    if (!link) return { kind: 'unreadable', message: 'Azure accepted the swap without saying where to follow it' }
    const at = Date.parse(answer.headers['date'] ?? '')
    return { kind: 'accepted', operationUrl: link.url, ...(Number.isNaN(at) ? {} : { at: new Date(at) }), ...pause }
  }
  if (status === 408 || status >= 500) {
    return {
      kind: 'lost',
      message: `Azure answered ${[status, code, message].filter((part) => part !== undefined).join(' ')}`,
    }
  }
  if (body.kind === 'other')
    return { kind: 'unreadable', message: `the answer to the swap is ${body.what} (status ${status})` }
  if (status === 200 || status === 204) {
    if (body.kind === 'empty' || fieldsOf(body.value)) return { kind: 'done' }
    return { kind: 'unreadable', message: 'the answer to the swap is JSON, but no object' }
  }
  if (status === 407) return { kind: 'lost', message: 'the proxy asked for a sign-in (407)' }
  if (status < 400) return { kind: 'unreadable', message: `the answer to the swap has status ${status}` }
  return {
    kind: 'rejected',
    status,
    ...(code !== undefined && { code }),
    message: message ?? `Azure answered ${status}${code === undefined ? '' : ` ${code}`}`,
    ...pause,
  }
}

/** What an answer to a poll means; `async` = the URL came as Azure-AsyncOperation, whose body must carry a status. */
export function operationState(answer: Answer, async: boolean, now: Date): OperationState {
  const { status, body } = answer
  const pause = pauseOf(answer, now)
  const unknown = (message: string): OperationState => ({ kind: 'unknown', message, ...pause })
  if (status === 202) return { kind: 'running', ...pause }
  if (body.kind === 'other') return unknown(`the answer about the operation is ${body.what} (status ${status})`)
  const { code, message } = errorOf(body)
  const failed = (why: string): OperationState => ({
    kind: 'failed',
    ...(status >= 400 && { status }),
    ...(code !== undefined && { code }),
    message: message ?? why,
  })
  if (status === 200 || status === 204) {
    if (body.kind === 'empty')
      return async && status === 200 ? unknown('the answer about the operation is empty') : { kind: 'succeeded' }
    const said = statusIn(body.value)
    if (said.kind === 'none')
      return async ? unknown('the answer about the operation has no status') : { kind: 'succeeded' }
    if (said.kind === 'odd') return unknown('the answer about the operation is not what it promises')
    if (said.status === 'succeeded') return { kind: 'succeeded' }
    if (said.status === 'failed' || said.status === 'canceled')
      return failed(`Azure says that the operation has ${said.status}`)
    // Every other status is one of an operation that still runs (ARM RPC, asynchronous operations).
    return { kind: 'running', ...pause }
  }
  const kind = kindOfStatus(status, answer.headers)
  // A failed operation answers its poll by Location with its own error, such as 417 of a slot that did not start.
  if ((kind === 'rejected' || kind === 'conflict') && (code !== undefined || message !== undefined)) {
    return failed(`Azure answered ${status}`)
  }
  return unknown(
    `Azure answered ${[status, code, message].filter((part) => part !== undefined).join(' ')} about the operation`,
  )
}

type Said = { readonly kind: 'status'; readonly status: string } | { readonly kind: 'none' } | { readonly kind: 'odd' }

/** `status`, or what stands in its place in the resource that a Location ends with. */
function statusIn(json: unknown): Said {
  const root = fieldsOf(json)
  if (!root) return { kind: 'odd' }
  const properties = fieldsOf(root.get('properties'))
  const value = root.get('status') ?? properties?.get('status') ?? properties?.get('provisioningstate')
  if (value === undefined || value === null)
    return root.has('error') ? { kind: 'status', status: 'failed' } : { kind: 'none' }
  return typeof value === 'string'
    ? { kind: 'status', status: value.toLowerCase().replace('cancelled', 'canceled') }
    : { kind: 'odd' }
}

/** How long an answer asks to wait, within reason. */
export function pauseOf(answer: Answer, now: Date): { retryAfterMs?: number } {
  const ms = retryAfterMs((name) => answer.headers[name], now)
  return ms === undefined ? {} : { retryAfterMs: Math.min(ms, longestPauseMs) }
}
