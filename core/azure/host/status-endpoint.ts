import type { StatusEndpoint } from '../../azure-port.ts'
import { asClause, AzureFailure } from '../../failures.ts'
import { isObject } from '../../json.ts'
import type { Evidence, LookAtHub } from '../../task-hub/idle-proof/evidence.ts'
import { unknownEvidence } from '../../task-hub/idle-proof/idle.ts'
import type { Http } from '../http/client.ts'

const notChecked = [
  'control and work-item queues',
  'counts, names and versions of instances',
  'whether the endpoint looks at every page and every status',
]

/**
 * Asks the app's own status function (learn: durable-functions-zero-downtime-deployment). Only status 200 and a JSON object
 * with a boolean `hasRunning`, its name in any case, is an answer; all else is unknown. The key goes in a header.
 */
export function lookAtStatusEndpoint(ask: StatusEndpoint & { readonly http: Http }): LookAtHub {
  const shown = printableUrl(ask.url)
  const errand = {
    operation: `read the status endpoint '${shown}'`,
    whenDenied: 'Give statusKey: a function key or host key of the app.',
    whenMissing: 'Correct statusUrl.',
  }
  const headers = ask.key === undefined ? {} : { 'x-functions-key': ask.key }
  return async (signal) => {
    try {
      const { json } = await ask.http.getJson({ url: ask.url, headers, errand }, signal)
      const running = hasRunning(json)
      if (running === undefined) {
        return unknown(`the status endpoint '${shown}' did not answer with { "hasRunning": true or false }`)
      }
      return running
        ? said('busy', 'its status endpoint says that something is running')
        : said('idle', 'its status endpoint says that nothing is running')
    } catch (error) {
      if (error instanceof AzureFailure) {
        return unknown(asClause(error.message))
      }
      throw error
    }
  }

  function unknown(because: string): Evidence {
    return { ...unknownEvidence(ask.hub, 'statusEndpoint', because), notChecked }
  }

  function said(verdict: 'busy' | 'idle', because: string): Evidence {
    return { ...unknown(because), verdict }
  }
}

/** Two spellings of the field are no answer: nobody can say which of them counts. */
function hasRunning(json: unknown): boolean | undefined {
  if (!isObject(json)) return undefined
  const values = Object.entries(json).filter(([name]) => name.toLowerCase() === 'hasrunning')
  const [first] = values
  return values.length === 1 && first && typeof first[1] === 'boolean' ? first[1] : undefined
}

/** Without query and user, where keys are found. */
function printableUrl(url: string): string {
  return URL.canParse(url) ? `${new URL(url).origin}${new URL(url).pathname}` : 'which is no URL'
}
