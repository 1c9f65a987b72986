import { AzureFailure, Cancelled } from '../failures.ts'
import type { AppAddress } from '../function-app/picture.ts'
import type { FunctionApps, SlotGlance, SlotHosts, SwapReply, SwapRequest } from '../function-app/ports.ts'
import type { Clock, Log } from '../ports.ts'
import type { Fence } from '../record/fence.ts'
import type { SwapAccount, SwapStart } from './account.ts'
import type { Followed } from './follow.ts'
import { followSwap } from './follow.ts'
import { waitUntilHealthy } from './health.ts'
import type { SwapAim } from './plan.ts'
import type { LookAtApp, Reading } from './read-slots.ts'
import { markIn, markOf, readSlots } from './read-slots.ts'
import { capped, type SwapTiming } from './timing.ts'

export { swapTiming } from './timing.ts'
export type { SwapTiming } from './timing.ts'
export type { LookAtApp } from './read-slots.ts'

export type SwapResult =
  | { readonly kind: 'done'; readonly requests: number }
  /** `halfDone`: a slot is prepared for a swap that nothing carries on; `problem` says how to undo that. */
  | { readonly kind: 'failed'; readonly problem: string; readonly requests: number; readonly halfDone?: true }

type Deps = {
  readonly apps: FunctionApps
  readonly hosts: SlotHosts
  readonly look: LookAtApp
  readonly clock: Clock
  readonly log: Log
  readonly timing: SwapTiming
  /** Run right before every request. */
  readonly fence: Fence
  /** Told once what the fence announced has ended: it was done, or it is known that nothing comes of it. */
  readonly settled?: () => void
}

type SwapWanted = {
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
 * so a request is sent again only after the slots were read and showed that nothing was done and nothing is under way, and
 * only where `causeOf` knows the cause as one that passes. An answer that cannot be read, or that reports success, is never
 * followed by another request. Throws `Refusal` and `AzureFailure` of the fence, and `Cancelled` with what is under way.
 */
export async function executeSwap(deps: Deps, wanted: SwapWanted, signal: AbortSignal): Promise<SwapResult> {
  const run = new SwapRun(deps, wanted)
  try {
    return await run.swap(signal)
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    if (!run.mayBeUnderWay) throw new Cancelled(cancelledBefore)
    const { source, target } = wanted.request
    throw new Cancelled(
      `Cancelled while Azure swaps slot '${source}' with slot '${target}'; Azure goes on with it. Run the task again with the ` +
        'same inputs: it reads the slots and does only what is still missing.',
    )
  }
}

/** What a cancel says before any swap was asked for. */
export const cancelledBefore =
  'Cancelled before the slots were swapped; nothing is under way. Run the task again with the same inputs.'

/** What is to be done after a step: end, or go on once the slots have been read again. */
type Step = SwapResult | 'readAgain'

const unseen: SlotGlance = { kind: 'missed', message: 'nothing was asked before' }

class SwapRun {
  readonly #deps: Deps
  readonly #wanted: SwapWanted
  /** All that were sent, but for those that were refused because Azure was busy. */
  #requests = 0
  #warmUps = 0
  /** The slots as the last whole look showed them. */
  #seen: Reading | undefined
  /** A request was sent whose answer nobody has: what keeps Azure busy may be just that, though no slot shows it. */
  #unanswered: boolean
  mayBeUnderWay: boolean

  constructor(deps: Deps, wanted: SwapWanted) {
    this.#deps = deps
    this.#wanted = wanted
    this.mayBeUnderWay = wanted.mayHaveBeenAsked ?? false
    this.#unanswered = this.mayBeUnderWay
  }

  async swap(signal: AbortSignal): Promise<SwapResult> {
    let mustRead = this.#wanted.readFirst ?? false
    let mustWatch = this.#wanted.mayHaveBeenAsked ?? false
    for (;;) {
      const ended = mustRead || mustWatch ? await this.#readUntilCalm(mustWatch, signal) : undefined
      if (ended) return ended
      this.mayBeUnderWay = false
      mustWatch = false
      mustRead = true
      const step = await this.#ask(signal)
      if (step !== 'readAgain') return step
    }
  }

  /** Undefined once nothing is done and nothing under way; else how it ended without a request of ours. */
  async #readUntilCalm(mustWatch: boolean, signal: AbortSignal): Promise<SwapResult | undefined> {
    const now = mustWatch ? undefined : await this.#read(signal)
    if (now?.progress === 'notDone') return undefined
    if (now?.progress === 'done') {
      this.#settle()
      return this.#done()
    }
    const message = now?.because ?? 'a run before this one may have asked for it'
    const seen = await this.#follow({ kind: 'watched', message }, unseen, signal)
    return seen.kind === 'calm' ? undefined : this.#ended(seen)
  }

  async #ask(signal: AbortSignal): Promise<Step> {
    const { apps, clock, log, timing } = this.#deps
    const { app, request, aim } = this.#wanted
    if (!(await this.#passFence(signal))) {
      this.#settle()
      return await this.#pause(timing.pollMs, 'what was read before the lock was renewed is too old', signal)
    }
    const fencedAt = clock.now().getTime()
    // Nothing lies between this glance and the request: a swap that ends in between would be undone.
    const before = await apps.glance(app, aim.target, signal)
    const isOld = clock.now().getTime() - fencedAt > timing.longestFenceMs
    if (isOld || !this.#isAsSeen(before)) {
      this.#settle()
      return await this.#pause(timing.pollMs, 'the target has changed since it was read, or cannot be read', signal)
    }
    this.#requests++
    this.mayBeUnderWay = true
    log.info(`Asking Azure to swap slot '${request.source}' with slot '${request.target}'.`)
    const reply = await this.#send(signal)
    if (reply.kind === 'lost') this.#unanswered = true
    const seen = await this.#follow(reply, before, signal)
    return seen.kind === 'calm' ? await this.#afterNothing(seen.account, signal) : this.#ended(seen)
  }

  /** A request that was never sent, because the sign-in for it failed, leaves nothing under way. */
  async #send(signal: AbortSignal): Promise<SwapReply> {
    const { app, request } = this.#wanted
    try {
      return await this.#deps.apps.requestSwap(app, request, signal)
    } catch (error) {
      if (error instanceof AzureFailure && !error.mayHaveHappened) this.#settle()
      throw error
    }
  }

  #isAsSeen(before: SlotGlance): boolean {
    if (before.kind === 'missed') return false
    if ((before.operationInProgress ?? before.targetSwapSlot) !== undefined) return false
    const mark = this.#seen && markIn(this.#seen, this.#wanted.aim)
    return mark === undefined || mark === markOf(before)
  }

  /**
   * Right before the request. A fence that took long leaves what was read before it too old, so that the slots are read
   * again; false where they have moved, or where reading took so long that the fence itself is old.
   */
  async #passFence(signal: AbortSignal): Promise<boolean> {
    const { fence, clock, timing } = this.#deps
    const { source, target } = this.#wanted.request
    const since = clock.now().getTime()
    await fence(`swap slot '${source}' with slot '${target}'`, signal)
    const fenced = clock.now().getTime()
    if (fenced - since <= timing.longestFenceMs) return true
    const { progress } = await this.#read(signal)
    return progress === 'notDone' && clock.now().getTime() - fenced <= timing.longestFenceMs
  }

  /** The slots show that a request came to nothing: its cause decides whether there is another. */
  async #afterNothing(account: SwapAccount, signal: AbortSignal): Promise<Step> {
    const { timing, log } = this.#deps
    const { because, advice } = account
    const pauseMs = capped(account.retryAfterMs ?? timing.busyPauseMs, timing)
    switch (account.cause) {
      case 'busy':
      case 'throttled':
        this.#requests--
        return await this.#pause(pauseMs, because, signal)
      case 'final':
        return this.#failed(advice === undefined ? because : `${because}. ${advice}`)
      case 'askHost': {
        if (this.#warmUps++ >= timing.mostWarmUps) return this.#failed(`${because}, ${this.#warmUps} times`)
        const sick = await this.#sickness(signal)
        if (sick !== undefined) return this.#failed(`${because}; of slot '${this.#wanted.request.source}' ${sick}`)
        break
      }
      case 'passing':
      case 'prepared':
      case 'lost':
        break
    }
    if (this.#requests >= timing.mostRequests) {
      return this.#failed(`the swap did not happen after ${this.#requests} requests: ${because}`)
    }
    log.warn(`The slots are unchanged, so the swap is asked for again: ${because}.`)
    return await this.#pause(account.cause === 'lost' ? timing.pollMs : pauseMs, because, signal)
  }

  /** Why the source would not answer a warm-up, or undefined where its host runs without errors. */
  async #sickness(signal: AbortSignal): Promise<string | undefined> {
    const { app, request, deadline } = this.#wanted
    const left = deadline.getTime() - this.#deps.clock.now().getTime()
    const timeoutMs = Math.max(0, Math.min(left, this.#deps.timing.hostMs))
    const address = { app, slot: request.source, hostName: '' }
    const health = await waitUntilHealthy(this.#deps, address, { timeoutMs }, signal)
    return health.healthy ? undefined : health.because
  }

  async #read(signal: AbortSignal): Promise<Reading> {
    this.#seen = await readSlots(this.#deps.look, this.#wanted.aim, signal)
    return this.#seen
  }

  async #follow(start: SwapStart, before: SlotGlance, signal: AbortSignal): Promise<Followed> {
    const { app, aim, startedAt, deadline } = this.#wanted
    const seen = await followSwap(
      this.#deps,
      { app, aim, startedAt, deadline, start, before, unanswered: this.#unanswered },
      signal,
    )
    if (!('mayBeUnderWay' in seen && seen.mayBeUnderWay)) this.#settle()
    return seen
  }

  #settle(): void {
    this.mayBeUnderWay = false
    this.#deps.settled?.()
  }

  #ended(seen: Exclude<Followed, { kind: 'calm' }>): SwapResult {
    if (seen.kind === 'done') return this.#done()
    return seen.kind === 'halfDone' ? { ...this.#failed(seen.problem), halfDone: true } : this.#failed(seen.problem)
  }

  #done(): SwapResult {
    return { kind: 'done', requests: this.#requests }
  }

  #failed(problem: string): Extract<SwapResult, { kind: 'failed' }> {
    return { kind: 'failed', problem, requests: this.#requests }
  }

  /** Waits, but never past the deadline. */
  async #pause(ms: number, because: string, signal: AbortSignal): Promise<Step> {
    const left = this.#wanted.deadline.getTime() - this.#deps.clock.now().getTime()
    if (left <= 0) return this.#failed(`the time is up: ${because}`)
    await this.#deps.clock.sleep(Math.min(ms, left), signal)
    return 'readAgain'
  }
}
