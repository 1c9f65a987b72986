import { AzureFailure, Cancelled, Refusal } from '../../core/failures.ts'
import type { Report } from '../../core/report/report.ts'

/** How a task ends: one result, one message, and what only a debug log may show. */
export type Ending = {
  readonly result: Report['result']
  readonly message: string
  readonly report?: Report
  readonly debug?: string
}

export const goOn = 'Run the task again: it reads the state before it changes anything.'

/** A report that came in spite of a cancel keeps its outputs, but the step was cancelled and says so. */
export function endingOfReport(report: Report, cancelled: boolean): Ending {
  if (!cancelled || report.result === 'failed') return { result: report.result, message: report.message, report }
  return { result: 'failed', message: `The run was cancelled when its work was done: ${report.message}`, report }
}

/** The three kinds of failure (Refusal, AzureFailure, anything else), and a cancel. */
export function endingOfError(error: unknown, cancelled: boolean): Ending {
  if (error instanceof Cancelled)
    return failed(error.message === new Cancelled().message ? `${error.message} ${goOn}` : error.message)
  if (cancelled && error instanceof Error && error.name === 'AbortError')
    return failed(`The run was cancelled. ${goOn}`)
  const prefix = cancelled ? 'The run was cancelled. ' : ''
  if (error instanceof Refusal || error instanceof AzureFailure) return failed(prefix + error.message, stackOf(error))
  const text = error instanceof Error ? error.message : String(error)
  return failed(`${prefix}This is a bug in this extension: ${text || 'an error without a message'}`, stackOf(error))
}

export const endingOfStuckRun: Ending = failed(
  `The run was cancelled. What was under way did not stop in time, so its effect is not known. ${goOn}`,
)

export const endingOfSilentRun: Ending = failed(
  'This is a bug in this extension: the task stopped without a result. What it did is not known; run it again, it reads the state first.',
)

function failed(message: string, debug?: string): Ending {
  return { result: 'failed', message, ...(debug === undefined ? {} : { debug }) }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? error.message
  return error.cause === undefined ? own : `${own}\ncaused by ${stackOf(error.cause)}`
}
