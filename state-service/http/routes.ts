// The addresses of the API, version 1. openapi.yaml says the same for everybody else.
import type { Parsed } from './bodies.ts'
import { parseCleanup, parseStaging, parseSwap } from './bodies.ts'
import { readDelivery } from '../events/event-grid.ts'
import type { Conflict, NotWatched, StateService } from '../service.ts'
import type { ApiReply, Scope } from './api.ts'
import { jsonReply, largestBody } from './api.ts'
import { problemReply, retryAfter } from './problem.ts'
import type { Query } from './query.ts'
import { parseHistoryQuery, parseNoQuery, parseStatusQuery } from './query.ts'

export type Act = (service: StateService, signal: AbortSignal) => Promise<ApiReply>

/** What is to be done once the request was understood; `cost` in tokens of its rate, 1 where not set. */
export type Prepared = { readonly act: Act; readonly cost?: number }

export type Given = {
  /** Of the path; a slot in an address without one is empty. In lower case: Azure compares them without. */
  readonly names: { readonly app: string; readonly slot: string }
  readonly query: Query
  /** JSON; undefined where the method has no body. */
  readonly body: unknown
}

export type Route = {
  readonly method: 'GET' | 'PUT' | 'POST'
  /** Segments; `{app}` and `{slot}` are names. */
  readonly path: readonly string[]
  readonly scope: Scope
  /** In bytes; 0 = the method has no body. */
  readonly largestBody: number
  readonly prepare: (given: Given) => Parsed<Prepared>
}

const small = 16 * 1024
const pathOf = (text: string) => ['api', 'v1', ...text.split('/')]

export const routes: readonly Route[] = [
  {
    ...{ method: 'GET', path: pathOf('apps/{app}/slots/{slot}/status'), scope: 'read', largestBody: 0 },
    prepare: ({ names, query }) =>
      acting(
        parseStatusQuery(query),
        (asked) => async (service, signal) => replyOf(names.app, await service.status({ ...names, ...asked }, signal)),
      ),
  },
  {
    ...{ method: 'PUT', path: pathOf('apps/{app}/slots/{slot}/announcement'), scope: 'tell', largestBody: small },
    prepare: ({ names, query, body }) =>
      acting(
        withoutQuery(query, parseStaging(body)),
        (told) => async (service, signal) => replyOf(names.app, await service.announceStaging(names, told, signal)),
      ),
  },
  {
    ...{ method: 'POST', path: pathOf('apps/{app}/swaps'), scope: 'tell', largestBody: small },
    prepare: ({ names, query, body }) =>
      acting(
        withoutQuery(query, parseSwap(body)),
        (told) => async (service, signal) => replyOf(names.app, await service.announceSwap(names.app, told, signal)),
      ),
  },
  {
    ...{ method: 'POST', path: pathOf('apps/{app}/cleanups'), scope: 'tell', largestBody: small },
    prepare: ({ names, query, body }) =>
      acting(
        withoutQuery(query, parseCleanup(body)),
        (told) => async (service, signal) => replyOf(names.app, await service.cleanUp(names.app, told, signal)),
      ),
  },
  {
    ...{ method: 'GET', path: pathOf('apps/{app}/history'), scope: 'read', largestBody: 0 },
    prepare: ({ names, query }) =>
      acting(
        parseHistoryQuery(query),
        (page) => async (service, signal) => replyOf(names.app, await service.history(names.app, page, signal)),
      ),
  },
  {
    ...{ method: 'GET', path: pathOf('health'), scope: 'read', largestBody: 0 },
    prepare: ({ query }) =>
      acting(parseNoQuery(query), () => async (service, signal) => {
        const health = await service.health(signal)
        return health.status === 'ok' ? jsonReply(200, health) : jsonReply(503, health, retryAfter(30_000))
      }),
  },
  {
    ...{ method: 'POST', path: pathOf('events'), scope: 'events', largestBody },
    prepare: ({ query, body }) => withoutQuery(query, prepareEvents(body)),
  },
]

function prepareEvents(body: unknown): Parsed<Prepared> {
  const delivery = readDelivery(body)
  switch (delivery.kind) {
    case 'malformed':
      return { problems: [`The body is no delivery of Event Grid: ${delivery.because}.`] }
    case 'validation': {
      const { code } = delivery
      return { value: { act: () => Promise.resolve(jsonReply(200, { validationResponse: code })) } }
    }
    case 'events': {
      const { events, ignored } = delivery
      const act: Act = async (service, signal) => {
        if (events.length > 0) await service.takeEvents(events, signal)
        return jsonReply(200, { taken: events.length, ignored })
      }
      return { value: { act, cost: events.length + ignored } }
    }
  }
}

function replyOf(app: string, answer: object | NotWatched | Conflict): ApiReply {
  if (!('kind' in answer)) return jsonReply(200, answer)
  if (answer.kind === 'conflict') return problemReply({ code: 'conflict', detail: answer.because })
  return problemReply({
    code: 'appNotWatched',
    detail: `App '${app}' is not among those that setting 'WatchedApps' of the state service lists.`,
  })
}

function acting<Value>(parsed: Parsed<Value>, act: (value: Value) => Act): Parsed<Prepared> {
  return 'problems' in parsed ? parsed : { value: { act: act(parsed.value) } }
}

/** What is wrong with either is told at once. */
function withoutQuery<Value>(query: Query, body: Parsed<Value>): Parsed<Value> {
  const none = parseNoQuery(query)
  if (!('problems' in none)) return body
  return { problems: [...none.problems, ...('problems' in body ? body.problems : [])] }
}
