// The switchboard: what goes wrong, for which request, before or after its effect.
import type { Call, Reply, Service } from './call.ts'
import { html, json } from './call.ts'
import { endlessPage } from './endless.ts'

export type FaultAction =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** The connection is cut without an answer. */
  | { readonly kind: 'reset' }
  /** No answer until the emulator stops. */
  | { readonly kind: 'stall' }
  /** Half of the answer, then the connection is cut. */
  | { readonly kind: 'truncate' }
  /** A page at status 200, as proxies and captive portals send. */
  | { readonly kind: 'html' }
  /** Another body than the content type and schema promise, at status 200. */
  | { readonly kind: 'body'; readonly body: string; readonly contentType?: string }
  /** ARM says that the token has expired; Entra and the like issue tokens that are past their end. */
  | { readonly kind: 'expiredToken' }
  | { readonly kind: 'throttle'; readonly retryAfterSeconds: number }
  /** The real answer, changed: looping continuation tokens and the like. Always after the effect. */
  | { readonly kind: 'rewrite'; readonly change: (reply: Reply) => Reply }
  /** The real answer, as if nothing had been armed: for faults that only watch. */
  | { readonly kind: 'pass' }
  /** An empty page that names another one, under a token that is always new. */
  | { readonly kind: 'endless' }
  /** JSON at status 200 that does not end: a gigabyte, or until the client hangs up. */
  | { readonly kind: 'flood' }

export type Fault = {
  readonly service?: Service
  /** Host and port of the listener: which slot, say. */
  readonly hostName?: string
  readonly method?: string
  /** Tested against path and query. */
  readonly path?: RegExp
  /** How often it strikes; absent: always. */
  readonly times?: number
  /** How many matching requests pass first. */
  readonly skip?: number
  /** `after`: the request has had its effect when the answer is lost. */
  readonly when?: 'before' | 'after'
  /** Asked last, of a request that everything else matches: for what a pattern cannot say. */
  readonly only?: (call: Call) => boolean
  /** Told when it strikes; with `after` once the request has had its effect. The client's answer waits for it. */
  readonly onStrike?: (call: Call) => void | Promise<void>
  readonly action: FaultAction
}

export type Outcome =
  | { readonly kind: 'reply'; readonly reply: Reply; readonly cut?: boolean }
  | { readonly kind: 'flood'; readonly reply: Reply }
  | { readonly kind: 'reset' }
  | { readonly kind: 'stall' }

type Armed = { readonly fault: Fault; seen: number; struck: number }

export class Faults {
  readonly #armed: Armed[] = []

  /** Arms a fault; `struck()` tells how often it has happened. */
  add(fault: Fault): { struck(): number; remove(): void } {
    const armed: Armed = { fault, seen: 0, struck: 0 }
    this.#armed.push(armed)
    return {
      struck: () => armed.struck,
      remove: () => {
        const at = this.#armed.indexOf(armed)
        if (at >= 0) this.#armed.splice(at, 1)
      },
    }
  }

  clear(): void {
    this.#armed.length = 0
  }

  /** The first armed fault that the request meets; the request counts for it. */
  meet(call: Call): Fault | undefined {
    for (const armed of this.#armed) {
      const { fault } = armed
      if (!matches(fault, call) || armed.struck >= (fault.times ?? Infinity)) continue
      if (fault.only?.(call) === false) continue
      armed.seen += 1
      if (armed.seen <= (fault.skip ?? 0)) continue
      armed.struck += 1
      return fault
    }
    return undefined
  }
}

function matches(fault: Fault, call: Call): boolean {
  if (fault.service !== undefined && fault.service !== call.service) return false
  if (fault.hostName !== undefined && fault.hostName !== call.hostName) return false
  if (fault.method !== undefined && fault.method.toUpperCase() !== call.method) return false
  return (
    fault.path === undefined || new RegExp(fault.path.source, fault.path.flags.replace(/[gy]/g, '')).test(call.target)
  )
}

/** What the client gets from a request that met `fault`. `answer` runs the real handler, with its effect. */
export async function strike(fault: Fault, call: Call, answer: (call: Call) => Promise<Reply>): Promise<Outcome> {
  const { action } = fault
  if (action.kind === 'expiredToken' && call.service !== 'arm') {
    return { kind: 'reply', reply: await answer({ ...call, issueExpiredTokens: true }) }
  }
  if (fault.when !== 'after') await fault.onStrike?.(call)
  const real = fault.when === 'after' || takesReal(action) ? await answer(call) : undefined
  if (fault.when === 'after') await fault.onStrike?.(call)
  if (action.kind === 'pass' && real !== undefined) return { kind: 'reply', reply: real }
  if (action.kind === 'flood') return { kind: 'flood', reply: json(200, {}) }
  if (action.kind === 'endless') return { kind: 'reply', reply: endlessPage(call) }
  if (action.kind === 'reset' || action.kind === 'stall') return { kind: action.kind }
  if (action.kind === 'truncate') return { kind: 'reply', reply: real ?? json(200, { value: [] }), cut: true }
  const reply = action.kind === 'rewrite' && real !== undefined ? action.change(real) : replacement(action)
  return { kind: 'reply', reply: { ...reply, ...(real?.effect === true && { effect: true }) } }
}

function takesReal({ kind }: FaultAction): boolean {
  return kind === 'rewrite' || kind === 'pass'
}

function replacement(action: FaultAction): Reply {
  switch (action.kind) {
    case 'status':
      return {
        status: action.status,
        headers: { 'content-type': 'application/json; charset=utf-8', ...action.headers },
        body: action.body ?? '',
      }
    case 'html':
      return html(200, 'Sign in to your network')
    case 'body':
      return { status: 200, headers: { 'content-type': action.contentType ?? 'application/json' }, body: action.body }
    case 'expiredToken':
      return expiredAuthenticationToken()
    case 'throttle':
      return json(
        429,
        { error: { code: 'TooManyRequests', message: 'The request is being throttled.' } },
        { 'retry-after': String(action.retryAfterSeconds) },
      )
    case 'reset':
    case 'stall':
    case 'truncate':
    case 'rewrite':
    case 'pass':
    case 'endless':
    case 'flood':
      throw new Error(`A fault of kind '${action.kind}' has no answer of its own.`)
  }
}

/** ARM's answer to a token past its end; Microsoft's tasks renew only on this code (azure-arm-rest webClient.ts). */
export function expiredAuthenticationToken(): Reply {
  const message = 'The access token expiry UTC time is earlier than current UTC time.'
  return json(
    401,
    { error: { code: 'ExpiredAuthenticationToken', message } },
    { 'www-authenticate': 'Bearer error="invalid_token"' },
  )
}
