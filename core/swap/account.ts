import { asClause } from '../failures.ts'
import type { OperationState, SwapReply } from '../function-app/ports.ts'
import type { ToldCause } from './cause.ts'
import { causeOf } from './cause.ts'
import type { SwapTiming } from './timing.ts'

/** What is followed: the answer to a request, or only what the slots show. */
export type SwapStart = SwapReply | { readonly kind: 'watched'; readonly message: string }

/** What Azure said of the swap, and what it would take to believe that nothing came of it. */
export type SwapAccount = ToldCause & {
  readonly because: string
  /** Looks in a row that must show nothing done and nothing under way; not set: no number of them is enough. */
  readonly calm?: number
  readonly retryAfterMs?: number
}

const doneWithoutEffect = 'Azure reported the swap as done, but the slots do not show it'

/** What the answer to a request says, until the operation or the slots tell more. */
export function accountOfStart(start: SwapStart, timing: SwapTiming): SwapAccount {
  switch (start.kind) {
    case 'accepted':
      return { cause: 'final', because: 'Azure accepted the swap and has not finished it' }
    case 'done':
      return { cause: 'final', because: doneWithoutEffect, calm: timing.calmReadingsAfterSuccess }
    case 'rejected': {
      const { status, code, message, retryAfterMs } = start
      const told = causeOf(start)
      const because = `Azure refused the swap with status ${status}${code === undefined ? '' : ` (${code})`}: ${asClause(message)}`
      return { ...told, because, calm: calmFor(told, timing), ...(retryAfterMs !== undefined && { retryAfterMs }) }
    }
    case 'lost':
      return {
        cause: 'lost',
        because: `the answer to the swap request was lost (${asClause(start.message)})`,
        calm: timing.calmReadings,
      }
    case 'watched':
      return {
        cause: 'lost',
        because: `the slots are watched before a swap is asked for: ${asClause(start.message)}`,
        calm: timing.calmReadings,
      }
    case 'unreadable':
      // Never followed by another request: what was not understood may have been "done".
      return {
        cause: 'final',
        because: `the answer to the swap request could not be read (${asClause(start.message)})`,
      }
  }
}

/** What the newest reading of the operation adds; undefined where it adds nothing. */
export function accountOfOperation(operation: OperationState, timing: SwapTiming): SwapAccount | undefined {
  switch (operation.kind) {
    case 'running':
      return undefined
    case 'succeeded':
      return { cause: 'final', because: doneWithoutEffect, calm: timing.calmReadingsAfterSuccess }
    case 'failed': {
      const told = causeOf(operation)
      return {
        ...told,
        because: `Azure ended the swap with: ${asClause(operation.message)}`,
        calm: calmFor(told, timing),
      }
    }
    case 'unknown':
      return {
        cause: 'final',
        because: `Azure's account of the swap could not be read (${asClause(operation.message)}), so the slots are watched instead`,
      }
  }
}

/** One look is enough where nothing is asked again because of it, or where the refusal came before anything began. */
function calmFor({ cause }: ToldCause, timing: SwapTiming): number {
  return cause === 'final' || cause === 'busy' || cause === 'throttled' ? 1 : timing.calmReadings
}
