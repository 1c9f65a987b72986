// The HTTP API as one function from request to reply; the Functions host and the plain server carry it alike.
import type { Clock, Log } from '../core/ports.ts'
import { remoteText } from '../core/remote-text.ts'
import type { ApiReply, ApiRequest, Caller, HandleRequest, Scope } from './http/api.ts'
import type { Authenticate } from './http/authenticate.ts'
import { failureReply } from './http/failure-reply.ts'
import type { Found } from './http/find-route.ts'
import { findRoute } from './http/find-route.ts'
import { problemReply, retryAfter } from './http/problem.ts'
import type { Rate } from './http/rate-limit.ts'
import { addressKey, RateLimit } from './http/rate-limit.ts'
import { readBody } from './http/read-body.ts'
import type { Target } from './http/target.ts'
import { readTarget } from './http/target.ts'
import type { StateService } from './service.ts'

/** For each caller by scope, and `failed` for each address whose credentials are not good. */
export type Limits = Readonly<Record<Scope | 'failed', Rate>>

export type AppDeps = {
  readonly service: StateService
  readonly authenticate: Authenticate
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly limits?: Partial<Limits>
}

const defaultLimits: Limits = {
  read: { perSecond: 10, burst: 60 },
  tell: { perSecond: 5, burst: 30 },
  // Events, not deliveries.
  events: { perSecond: 2_000, burst: 10_000 },
  failed: { perSecond: 1, burst: 20 },
}

type Open = { readonly deps: AppDeps; readonly rates: Readonly<Record<keyof Limits, RateLimit>> }

/**
 * Answers requests. It never throws: what fails is a reply. The order is fixed, so that nobody learns anything of the service
 * without a credential, and what costs more comes later:
 * 1. the address can be read in one way only, and holds no credential;
 * 2. somebody is known by a credential; 3. there is such a route; 4. the caller asks no more often than allowed;
 * 5. the caller may do this; 6. the body is plain JSON of a bounded size; 7. names, query and body are right.
 */
export function createApp(deps: AppDeps): HandleRequest {
  const limits = { ...defaultLimits, ...deps.limits }
  const rateOf = (of: keyof Limits) => new RateLimit(limits[of], deps.clock)
  const rates = { read: rateOf('read'), tell: rateOf('tell'), events: rateOf('events'), failed: rateOf('failed') }
  let count = 0
  return async (request, signal) => {
    count += 1
    const id = `${deps.clock.now().getTime().toString(36)}-${count.toString(36)}`
    try {
      return await answer({ deps, rates }, request, signal)
    } catch (error) {
      return failureReply(error, { id, log: deps.log })
    }
  }
}

async function answer(open: Open, request: ApiRequest, signal: AbortSignal): Promise<ApiReply> {
  const target = readTarget(request.url)
  if ('code' in target) return problemReply(target)
  const known = await identify(open, request, signal)
  return 'status' in known ? known : await answerCaller(open, { request, target, caller: known }, signal)
}

async function identify({ deps, rates }: Open, request: ApiRequest, signal: AbortSignal): Promise<Caller | ApiReply> {
  const found = await deps.authenticate(request.headers, signal)
  if (found.kind === 'caller') return found.caller
  if (found.kind === 'unavailable') {
    deps.log.warn(`A token could not be checked: ${remoteText(found.because)}`)
    const detail = 'The keys that tokens are checked with cannot be read now. Send the request again a little later.'
    return problemReply({ code: 'cannotCheckCredential', detail, headers: retryAfter(found.retryAfterMs) })
  }
  const address = addressKey(request.address)
  const waitMs = rates.failed.take(address)
  if (waitMs > 0) return tooMany(waitMs, 'without a good credential')
  if (found.kind === 'unclear') return problemReply({ code: 'badCredential', detail: found.because })
  deps.log.info(`Refused a request from ${remoteText(address, 64)}: ${remoteText(found.because)}.`)
  const detail =
    'Send a key of the service in the header x-functions-key, or a token of Entra ID as Authorization: Bearer.'
  return problemReply({ code: 'notSignedIn', detail, headers: { 'www-authenticate': 'Bearer' } })
}

type Known = { readonly request: ApiRequest; readonly target: Target; readonly caller: Caller }

async function answerCaller(open: Open, known: Known, signal: AbortSignal): Promise<ApiReply> {
  const { request, target, caller } = known
  const found = findRoute(request.method, target.segments)
  const scope = 'none' in found ? 'read' : found.route.scope
  const rate = open.rates[scope]
  const waitMs = rate.take(caller.name)
  if (waitMs > 0) return tooMany(waitMs, `of the kind '${scope}'`)
  if ('none' in found) return found.none
  if (!caller.scopes.includes(scope)) {
    const detail = `This takes a credential with the scope '${scope}', which the one that was sent does not have.`
    return problemReply({ code: 'notAllowed', detail })
  }
  const body = readBody(request, found.route)
  if ('refused' in body) return body.refused
  // What cannot be read as JSON has no fields to find fault with.
  if ('problem' in body) return badRequest([...found.problems, body.problem])
  const prepared = found.route.prepare({ names: found.names, query: target.query, body: body.value })
  if ('problems' in prepared) return badRequest([...found.problems, ...prepared.problems])
  if (found.problems.length > 0) return badRequest(found.problems)
  const { act, cost = 1 } = prepared.value
  if (cost > 1) rate.charge(caller.name, cost - 1)
  const reply = await act(open.deps.service, signal)
  if (scope === 'tell') open.deps.log.info(noteOf(known, found, reply))
  return reply
}

function noteOf({ caller }: Known, { route, names }: Found, { status }: ApiReply): string {
  const slot = names.slot === '' ? '' : `, slot '${names.slot}'`
  return remoteText(`${caller.name} told of app '${names.app}'${slot} (${route.path.at(-1) ?? ''}): ${status}.`)
}

function badRequest(problems: readonly string[]): ApiReply {
  return problemReply({ code: 'badRequest', detail: problems.join(' ') })
}

function tooMany(waitMs: number, what: string): ApiReply {
  const headers = retryAfter(waitMs)
  const detail = `There were too many requests ${what}. Send the next one after ${headers['retry-after']} s.`
  return problemReply({ code: 'tooMany', detail, headers })
}
