import { AzureFailure, Cancelled } from '../../core/failures.ts'
import type { Log } from '../../core/ports.ts'
import { remoteText } from '../../core/remote-text.ts'
import { Busy } from '../events/busy.ts'
import type { ApiReply } from './api.ts'
import { problemReply, retryAfter } from './problem.ts'

const storeRetryMs = 10_000

/** The reply to a request that failed on our side. It says little; the log has more, under the same name of the request. */
export function failureReply(error: unknown, { id, log }: { readonly id: string; readonly log: Log }): ApiReply {
  const instance = `urn:durable-functions-safe-deployment:request:${id}`
  if (error instanceof Cancelled) {
    const detail =
      'The request was stopped before it was answered. What was told may be entered all the same: tell it again.'
    return problemReply({ code: 'stopped', detail, instance, headers: retryAfter(1000) })
  }
  if (error instanceof Busy) {
    const detail = 'More waits to be stored than the service takes in. Send it again a little later.'
    return problemReply({ code: 'busy', detail, instance, headers: retryAfter(error.retryAfterSeconds * 1000) })
  }
  if (error instanceof AzureFailure) {
    log.warn(`Request ${id}: ${remoteText(error.message)}`)
    const detail = `The storage that the service keeps its own state in could not be read or written (${error.kind}). What was told may be entered all the same: tell it again.`
    return problemReply({ code: 'storeFailed', detail, instance, headers: retryAfter(storeRetryMs) })
  }
  log.warn(`Request ${id}: a bug of the state service: ${whereFrom(error)}`)
  const detail = 'Something went wrong in the service. Its log says more of the request that is named here.'
  return problemReply({ code: 'failed', detail, instance })
}

/** Kind of an error and where it came from. Not its message: it may quote what was being read. */
function whereFrom(error: unknown): string {
  if (!(error instanceof Error)) return `a value of type ${typeof error} was thrown`
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const places = frames
    .slice(0, 6)
    .map((frame) => frame.trim().replace(/\(?(?:file:\/\/)?\/\S*\/([^/\s]+\/[^/\s]+?)\)?$/, '$1'))
  return remoteText([error.name, ...places].join(' '), 600)
}
