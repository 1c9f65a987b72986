import { AzureFailure, Cancelled } from '../failures.ts'
import type { AppAddress, AppPicture } from '../function-app/picture.ts'
import type { FunctionApps, OperationState, SwapReply, SwapRequest } from '../function-app/ports.ts'
import type { SlotHub } from '../function-app/slot-hub.ts'
import type { Clock, Log } from '../ports.ts'
import type { Fence } from '../record/fence.ts'
import type { SwapAim } from './plan.ts'
import { progressOf, type SwapProgress } from './progress.ts'

export type LookAtApp = (signal: AbortSignal) => Promise<{ picture: AppPicture; hubs: readonly SlotHub[] }>

export type SwapResult =
  | { readonly kind: 'done'; readonly requests: number }
  | { readonly kind: 'failed'; readonly problem: string; readonly requests: number }

export type SwapTiming = {
  /** Between two readings of the slots while nothing tells when to look again. */
  readonly pollMs: number
  /** Readings in a row that must show nothing done and nothing under way before a lost request is sent again. */
  readonly calmReadings: number
  /** The same after Azure reported success: what the slots show may lag behind, and a second swap would undo the first. */
  readonly calmReadingsAfterSuccess: number
  /** Pause after ARM said that it is busy or throttled and gave no Retry-After. */
  readonly busyPauseMs: number
  /** Longest pause that a Retry-After is granted. */
  readonly longestPauseMs: number
  readonly mostRequests: number
}

export const swapTiming: SwapTiming = {
  pollMs: 5_000,
  calmReadings: 4,
  calmReadingsAfterSuccess: 8,
  busyPauseMs: 15_000,
  longestPauseMs: 60_000,
  mostRequests: 5,
}

type Deps = {
  readonly apps: FunctionApps
  readonly look: LookAtApp
  readonly clock: Clock
  readonly log: Log
  readonly timing: SwapTiming
  /** Run right before every request. */
  readonly fence: Fence
}

export type SwapWanted = {
  readonly app: AppAddress
  /** What is sent. The source's instances are restarted and warmed up first, so it is never the live slot. */
  readonly request: SwapRequest
  /** What must be true afterwards; of a swap back it names the slots the other way round. */
  readonly aim: SwapAim
  readonly startedAt: Date
  readonly deadline: Date
  /** The slots were not read just now: they are, before anything is asked for. */
  readonly readFirst?: boolean
  /** A run before this one may have asked already: the slots must stay calm for a while before anything is asked for. */
  readonly mayHaveBeenAsked?: boolean
}

/**
 * Swaps until the target runs the wanted hub, or the deadline. The slots decide, never a reply: a swap is its own inverse,
 * so a request is sent again only after the slots were read and showed that nothing was done and nothing is under way.
 * A refused (4xx) or failed operation is final unless ARM says it is busy (409) or throttled (429). An answer that cannot
 * be read, or that reports success, is never followed by another request. Throws `Cancelled` with what is still under way.
 */
export async function executeSwap(deps: Deps, wanted: SwapWanted, signal: AbortSignal): Promise<SwapResult> {
  const { aim, request } = wanted
  let requests = 0
  let mayBeUnderWay = false
  let readFirst = wanted.readFirst ?? false
  try {
    for (;;) {
      if (readFirst) {
        const now = await readProgress(deps, aim, signal)
        const seen = now.progress === 'notDone' ? now : await follow(deps, wanted, watched(now.because), signal)
        if (seen.progress === 'done') return { kind: 'done', requests }
        if ('final' in seen) return { kind: 'failed', problem: seen.final, requests }
      }
      readFirst = true
      await deps.fence(`swap slot '${request.source}' with slot '${request.target}'`, signal)
      requests++
      mayBeUnderWay = true
      deps.log.info(`Asking Azure to swap slot '${request.source}' with slot '${request.target}'.`)
      const reply = await deps.apps.requestSwap(wanted.app, request, signal)
      const seen = await follow(deps, wanted, reply, signal)
      if (seen.progress === 'done') return { kind: 'done', requests }
      if (seen.final !== undefined) return { kind: 'failed', problem: seen.final, requests }
      mayBeUnderWay = false
      if (requests >= deps.timing.mostRequests && !seen.busy) {
        return {
          kind: 'failed',
          problem: `the swap did not happen after ${requests} requests: ${seen.because}`,
          requests,
        }
      }
      if (seen.busy) requests--
      if (!(await pause(deps, wanted, seen.pauseMs, signal))) {
        return { kind: 'failed', problem: `the time is up: ${seen.because}`, requests }
      }
    }
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    if (!mayBeUnderWay) throw new Cancelled(cancelledBefore)
    throw new Cancelled(
      `Cancelled while Azure swaps slot '${request.source}' with slot '${request.target}'; Azure goes on with it. Run the task ` +
        'again with the same inputs: it reads the slots and does only what is still missing.',
    )
  }
}

export const cancelledBefore =
  'Cancelled before the slots were swapped; nothing is under way. Run the task again with the same inputs.'

/** What is followed: the answer to a request, or only what the slots show. */
type Start = SwapReply | { readonly kind: 'watched'; readonly message: string }

function watched(message: string): Start {
  return { kind: 'watched', message }
}

type Followed = {
  readonly progress: SwapProgress
  /** Set where no further request may be sent. */
  readonly final?: string
  readonly because: string
  readonly busy: boolean
  readonly pauseMs: number
}

/** Follows one request to its end as the slots show it. */
async function follow(deps: Deps, wanted: SwapWanted, reply: Start, signal: AbortSignal): Promise<Followed> {
  const { timing, log } = deps
  const busy = reply.kind === 'rejected' && (reply.status === 409 || reply.status === 429)
  const pauseMs = busy ? capped(reply.retryAfterMs ?? timing.busyPauseMs, timing) : timing.pollMs
  let operation: OperationState | undefined
  let because = replyInWords(reply)
  let calm = 0
  if (reply.kind !== 'accepted' && reply.kind !== 'done') log.warn(because)

  for (;;) {
    let waitMs = timing.pollMs
    if (reply.kind === 'accepted' && !hasEnded(operation)) {
      const wasUnknown = operation?.kind === 'unknown'
      operation = await deps.apps.readOperation(reply.operationUrl, signal)
      if (operation.kind === 'running') waitMs = capped(operation.retryAfterMs ?? timing.pollMs, timing)
      else if (operation.kind === 'failed') because = `Azure ended the swap with: ${operation.message}`
      else if (operation.kind === 'succeeded') because = doneWithoutEffect
      else {
        because = `Azure's account of the swap could not be read (${operation.message}), so the slots are watched instead`
        if (!wasUnknown) log.warn(because)
      }
    }
    const operationRuns = operation?.kind === 'running'
    const { progress, because: slots } = await readProgress(deps, wanted.aim, signal)
    if (progress === 'done' && !operationRuns) return { progress, because, busy, pauseMs }
    calm = progress === 'notDone' && !operationRuns ? calm + 1 : 0
    log.progress(elapsedPercent(deps, wanted), operationRuns ? 'Azure is swapping the slots' : slots)

    if (calm > 0 && reply.kind === 'rejected') {
      return busy ? { progress, because, busy, pauseMs } : { progress, because, busy, pauseMs, final: because }
    }
    if (calm > 0 && operation?.kind === 'failed') return { progress, because, busy, pauseMs, final: because }
    if (calm >= timing.calmReadings && mayAskAgain(reply)) return { progress, because, busy, pauseMs }
    if (calm >= timing.calmReadingsAfterSuccess && because === doneWithoutEffect) {
      return { progress, because, busy, pauseMs, final: because }
    }
    if (!(await pause(deps, wanted, waitMs, signal))) {
      // Only Azure's account of the operation still says that it runs; the slots tell.
      if (progress === 'done') return { progress, because, busy, pauseMs }
      return { progress, because, busy, pauseMs, final: `the time is up: ${because}; ${slots}` }
    }
  }
}

function hasEnded(operation: OperationState | undefined): boolean {
  return operation?.kind === 'succeeded' || operation?.kind === 'failed'
}

const doneWithoutEffect = 'Azure reported the swap as done, but the slots do not show it'

/** A lost request may be repeated. An answer not understood never, nor one of success, which would be undone. */
function mayAskAgain(reply: Start): boolean {
  return reply.kind === 'lost' || reply.kind === 'watched'
}

/** A reading that fails is `unclear`, not the end: Azure may be busy with the very swap that is being watched. */
async function readProgress(
  deps: Deps,
  aim: SwapAim,
  signal: AbortSignal,
): Promise<{ progress: SwapProgress; because: string }> {
  try {
    const { picture, hubs } = await deps.look(signal)
    const progress = progressOf(picture, hubs, aim)
    return { progress, because: progressInWords(progress, aim) }
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error
    return { progress: 'unclear', because: `the slots cannot be read: ${error.message}` }
  }
}

function progressInWords(progress: SwapProgress, aim: SwapAim): string {
  switch (progress) {
    case 'done':
      return `slot '${aim.target}' runs task hub '${aim.taskHub.name}'`
    case 'notDone':
      return `slot '${aim.source}' still has task hub '${aim.taskHub.name}' and no swap is under way`
    case 'underWay':
      return 'the slots show a swap under way'
    case 'unclear':
      return 'the settings of a slot cannot be read'
  }
}

function replyInWords(reply: Start): string {
  switch (reply.kind) {
    case 'accepted':
      return 'Azure accepted the swap and has not finished it'
    case 'done':
      return doneWithoutEffect
    case 'rejected':
      return `Azure refused the swap with status ${reply.status}${reply.code ? ` (${reply.code})` : ''}: ${reply.message.replace(/[.\s]+$/, '')}`
    case 'lost':
      return `The answer to the swap request was lost (${reply.message})`
    case 'watched':
      return `The slots are watched before a swap is asked for: ${reply.message}`
    case 'unreadable':
      return `The answer to the swap request could not be read (${reply.message})`
  }
}

/** Waits, but never past the deadline; false when there is no time left. */
async function pause(deps: Deps, wanted: SwapWanted, ms: number, signal: AbortSignal): Promise<boolean> {
  const left = wanted.deadline.getTime() - deps.clock.now().getTime()
  if (left <= 0) return false
  await deps.clock.sleep(Math.min(ms, left), signal)
  return true
}

function capped(ms: number, timing: SwapTiming): number {
  return Math.min(Math.max(ms, 0), timing.longestPauseMs)
}

function elapsedPercent(deps: Deps, wanted: SwapWanted): number {
  const whole = wanted.deadline.getTime() - wanted.startedAt.getTime()
  const spent = deps.clock.now().getTime() - wanted.startedAt.getTime()
  return Math.round(Math.min(99, Math.max(0, (100 * spent) / Math.max(1, whole))))
}
