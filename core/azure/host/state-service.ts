import type { News, StateServiceAddress, StateServiceClient, StatusQuestion, ToldHub } from '../../service/ports.ts'
import { judgeStatus, notBelieved } from '../../service/judge-status.ts'
import { isOwnProblem, problemInWords } from '../../service/problem.ts'
import { apiPath, statusAddress } from '../../service/status-address.ts'
import { toldHub, toldLine, toldRun } from '../../service/told.ts'
import { asClause, AzureFailure, Refusal, saying } from '../../failures.ts'
import { isObject } from '../../json.ts'
import type { RunIdentity } from '../../record/record.ts'
import { remoteText } from '../../remote-text.ts'
import type { Answer, Errand } from '../http/answer.ts'
import { kindOfStatus, sentence } from '../http/answer.ts'
import type { Http } from '../http/client.ts'
import { within } from '../http/within.ts'
import { timeoutFailure } from '../http/network-failure.ts'

/** A status that is proven for the answer takes its time; no function may take longer to answer (learn: functions-scale, 230 s). */
const statusTimeoutMs = 240_000
const tellTimeoutMs = 10_000

type Deps = {
  readonly http: Http
  /** A token for a scope, of the service connection's identity. Throws `AzureFailure`. */
  readonly token: (scope: string, signal: AbortSignal) => Promise<string>
}

/** A state service over HTTPS (state-service/openapi.yaml). Key and token go into a header alone. */
export function stateServiceClient(deps: Deps, address: StateServiceAddress): StateServiceClient {
  const { origin, pathname } = URL.canParse(address.url) ? new URL(address.url) : { origin: 'no URL', pathname: '' }
  const base = `${origin}${pathname.replace(/\/+$/, '')}`
  const asked = `the state service '${base}'`

  /** One request, sign-in included, within its time. */
  async function send({ path, errand, timeoutMs, ...rest }: Request, signal: AbortSignal): Promise<Answer> {
    const url = `${base}/api/v1/apps/${path}`
    let sent = false
    const timedOut = () => {
      const failure = timeoutFailure(errand, base, timeoutMs)
      return sent ? lost(failure) : failure
    }
    return await within({ timeoutMs, signal, timedOut }, async (now) => {
      const headers = await credentials(now)
      sent = true
      try {
        return await deps.http.exchange({ url, headers, errand, timeoutMs, ...rest }, now)
      } catch (error) {
        throw error instanceof AzureFailure && isLost(error) ? lost(error) : error
      }
    })
  }

  async function credentials(signal: AbortSignal): Promise<Record<string, string>> {
    if (address.key !== undefined) return { 'x-functions-key': address.key }
    if (address.audience === undefined) return {}
    return { Authorization: `Bearer ${await deps.token(`${address.audience}/.default`, signal)}` }
  }

  function look(question: StatusQuestion): ReturnType<StateServiceClient['look']> {
    const errand = { operation: `read the status of slot '${question.slot}' from ${asked}` }
    const path = statusAddress(question)
    return async (signal) => {
      try {
        const answer = await send({ path, errand, timeoutMs: statusTimeoutMs }, signal)
        if (answer.status === 200 && answer.body.kind === 'json') return judgeStatus(answer.body.value, question)
        const failure = failed(answer, errand)
        if (isRefused(answer)) throw new Refusal(failure.message, { cause: failure })
        return notBelieved(question, asClause(failure.message))
      } catch (error) {
        if (error instanceof AzureFailure) return notBelieved(question, asClause(error.message))
        throw error
      }
    }
  }

  async function tell(
    { app, news, by }: Parameters<StateServiceClient['tell']>[0],
    signal: AbortSignal,
  ): Promise<string> {
    const errand = { operation: `tell ${asked}` }
    const answer = await send({ ...routeOf(app.name, news, by), errand, timeoutMs: tellTimeoutMs }, signal)
    const json = answer.status === 200 && answer.body.kind === 'json' ? answer.body.value : undefined
    const says = isObject(json) && json['noted'] === true ? json['says'] : undefined
    if (typeof says === 'string') return remoteText(says)
    const failure = failed(answer, errand)
    throw failure.kind === 'server' ? lost(failure) : failure
  }

  return { look, tell }
}

type Request = {
  /** After `/api/v1/apps/`. */
  readonly path: string
  readonly errand: Errand
  readonly timeoutMs: number
  readonly method?: 'POST' | 'PUT'
  readonly body?: unknown
}

function routeOf(app: string, news: News, by: RunIdentity): Pick<Request, 'path' | 'method' | 'body'> {
  const told = { ...hubsOf(news), by: toldRun(by) }
  switch (news.kind) {
    case 'staging': {
      const { slot, build } = news
      return {
        path: apiPath(app, 'slots', slot, 'announcement'),
        method: 'PUT',
        body: { ...told, build: toldLine(build) },
      }
    }
    case 'swap': {
      const { kind: _, ...rest } = news
      return { path: apiPath(app, 'swaps'), method: 'POST', body: { ...rest, ...told } }
    }
    case 'cleanup':
      return { path: apiPath(app, 'cleanups'), method: 'POST', body: told }
  }
}

function hubsOf(news: News): { readonly taskHub: ToldHub; readonly previous?: ToldHub } {
  const { taskHub } = news
  const previous = news.kind === 'cleanup' ? undefined : news.previous
  return { taskHub: toldHub(taskHub), ...(previous && { previous: toldHub(previous) }) }
}

/** Codes of a connection that never stood, so that nothing was sent (Node: errors.html#common-system-errors, tls.html). */
const neverConnected = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_TLS_|.*(?:CERT|SIGNATURE))/

/** What was sent may have arrived, and no reply says so. */
function isLost({ kind, code }: AzureFailure): boolean {
  if (kind === 'network') return code === undefined || !neverConnected.test(code)
  return kind === 'timeout' || kind === 'unreadable'
}

function lost(failure: AzureFailure): AzureFailure {
  return saying(failure, failure.message, { mayHaveHappened: true })
}

/** The service itself does not take the question: asked again it would say the same. */
function isRefused({ status, headers, body }: Answer): boolean {
  return status === 400 && body.kind === 'json' && isOwnProblem(headers['content-type'], body.value)
}

const refusedRemedy =
  'Correct the input that this is about. Where it is about none, the service is of another version than this task: bring both to one.'

/** An answer that is not what was asked for, with the service's own words and what to do. */
function failed(answer: Answer, errand: Errand): AzureFailure {
  const { status, headers, body } = answer
  const kind = kindOfStatus(status, headers)
  const words = body.kind === 'json' ? problemInWords(body.value) : body.kind === 'empty' ? 'empty' : body.what
  const why = `the answer was ${status}${words === undefined ? '' : ` (${words})`}`
  return new AzureFailure(sentence(errand, why, isRefused(answer) ? refusedRemedy : remedyFor(status)), {
    operation: errand.operation,
    kind,
    status,
  })
}

function remedyFor(status: number): string {
  if (status === 401) return 'Give stateServiceKey or stateServiceAudience as the service knows them.'
  if (status === 403) return 'Give the key or the identity the scope that this takes, in the settings of the service.'
  if (status === 404) return 'Correct stateServiceUrl, and see that the service watches the app.'
  if (status === 409) return ''
  if (status === 408 || status === 429 || status >= 500) return 'See the health of the service.'
  return 'Check that stateServiceUrl is a state service of this version, and that nothing answers in its place.'
}
