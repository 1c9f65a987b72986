import type { AppModeAddress, AppModeEndpoint, ModeAnswer } from '../../app-mode/ports.ts'
import { isGeneration, readModeDocument } from '../../app-mode/mode-document.ts'
import { asClause, AzureFailure, mayPassLater } from '../../failures.ts'
import { isObject } from '../../json.ts'
import { remoteText } from '../../remote-text.ts'
import type { Answer } from '../http/answer.ts'
import type { Http } from '../http/client.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { hostUrl } from './slot-hosts.ts'

/** A cold start may take that long; a request that takes longer is asked again. */
const timeoutMs = 30_000

/** The App Mode of a slot over HTTPS (docs/app-mode.md). The key goes into a header alone. Only `Cancelled` is thrown. */
export function appModeEndpoint(http: Http, { hostName, path, key }: AppModeAddress): AppModeEndpoint {
  const base = path.replace(/\/+$/, '')
  const headers = key === undefined ? {} : { 'x-functions-key': key }

  async function ask(route: string, body: object | undefined, signal: AbortSignal): Promise<ModeAnswer> {
    const shown = `${body ? 'POST' : 'GET'} ${remoteText(`${base}/${route}`)} of '${remoteText(hostName)}'`
    const url = hostUrl(hostName, `${base}/${route}`)
    const request = { url, headers, errand: { operation: `send ${shown}` }, timeoutMs }
    try {
      return answerOf(await http.exchange(body ? { ...request, body } : request, signal), shown)
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error
      const because = asClause(error.message)
      // An answer that broke off, or that had no end, has no status.
      const passes = mayPassLater(error) || (error.kind === 'unreadable' && error.status === undefined)
      return passes ? { kind: 'later', because } : { kind: 'refused', because, remedy: 'Correct appModePath.' }
    }
  }

  return {
    prepare: async (hold, signal) => await ask('prepare', hold, signal),
    read: async (signal) => await ask('mode', undefined, signal),
    resume: async (generation, signal) => await ask('resume', { generation }, signal),
  }
}

function answerOf(answer: Answer, shown: string): ModeAnswer {
  const { status, headers, body } = answer
  if (status === 401 || status === 403) {
    const remedy = 'Give appModeKey: a function key or host key of the slot. Check its access restrictions, too.'
    return { kind: 'refused', because: `${shown} was answered with ${status}: the key is not accepted`, remedy }
  }
  if (status === 404 || status === 410) {
    const remedy = 'Correct appModePath, or add the three functions of App Mode to the app (docs/app-mode.md).'
    return { kind: 'refused', because: `${shown} was answered with ${status}: there is no such path`, remedy }
  }
  if (status === 408 || status === 429 || status >= 500) {
    const wait = retryAfterMs((name) => headers[name])
    const because = `${shown} was answered with ${status}`
    return { kind: 'later', because, ...(wait !== undefined && { retryAfterMs: wait }) }
  }
  const remedy = 'Check that appModePath is the App Mode of the app, and that nothing answers in its place.'
  if (status !== 200 && status !== 409) {
    const redirect = status >= 300 && status < 400 ? ', a redirect, which is not followed' : ''
    return { kind: 'refused', because: `${shown} was answered with ${status}${redirect}`, remedy }
  }
  if (body.kind !== 'json') {
    const what = body.kind === 'empty' ? 'empty' : body.what
    return { kind: 'refused', because: `the answer to ${shown} is ${what} (status ${status})`, remedy }
  }
  if (status === 409) return { kind: 'otherGeneration', because: conflictIn(body.value) }
  const document = readModeDocument(body.value)
  if (!('problem' in document)) return { kind: 'document', document }
  return { kind: 'refused', because: `the answer to ${shown} is no mode document: ${document.problem}`, remedy }
}

function conflictIn(json: unknown): string {
  const generation = isObject(json) ? json['generation'] : undefined
  const until = isObject(json) ? json['until'] : undefined
  const who = isGeneration(generation) ? `generation '${generation}'` : 'another generation'
  return `${who} has prepared it${typeof until === 'string' ? ` until ${remoteText(until, 40)}` : ''}`
}
