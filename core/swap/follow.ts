import type { AppAddress } from '../function-app/picture.ts'
import type { FunctionApps, OperationState, SlotGlance } from '../function-app/ports.ts'
import { preparedInWords, preparedSlot } from '../function-app/prepared-slot.ts'
import type { Clock, Log } from '../ports.ts'
import type { SwapAccount, SwapStart } from './account.ts'
import { accountOfOperation, accountOfStart } from './account.ts'
import type { SwapAim } from './plan.ts'
import { hasSwappedSince } from './progress.ts'
import type { LookAtApp, Reading } from './read-slots.ts'
import { markIn, markOf, readSlots } from './read-slots.ts'
import { capped, type SwapTiming } from './timing.ts'

type Deps = {
  readonly apps: Pick<FunctionApps, 'readOperation' | 'glance'>
  readonly look: LookAtApp
  readonly clock: Clock
  readonly log: Log
  readonly timing: SwapTiming
}

type Following = {
  readonly app: AppAddress
  readonly aim: SwapAim
  readonly startedAt: Date
  readonly deadline: Date
  readonly start: SwapStart
  /** The target as it was right before the request. */
  readonly before: SlotGlance
  /** An earlier request has no answer: what keeps Azure busy with this one may be that one, though no slot shows it. */
  readonly unanswered?: boolean
}

/** How one request ended, as the slots show it. */
export type Followed =
  | { readonly kind: 'done' }
  /** Nothing was done and nothing is under way. */
  | { readonly kind: 'calm'; readonly account: SwapAccount }
  /** `mayBeUnderWay`: neither Azure nor slots that were calm for long enough say that nothing comes of it any more. */
  | { readonly kind: 'halfDone'; readonly problem: string; readonly mayBeUnderWay: boolean }
  | { readonly kind: 'timeUp'; readonly problem: string; readonly mayBeUnderWay: boolean }

/**
 * Follows one request until the slots show how it ended, or the deadline. Three things are read, each at its own pace: the
 * operation as often as Azure asks for; the target, with one request, often; both slots with their settings when one of
 * these shows a change, and every now and then. Only the slots decide. Throws `Cancelled`.
 */
export async function followSwap(deps: Deps, wanted: Following, signal: AbortSignal): Promise<Followed> {
  return await new SwapWatch(deps, wanted).follow(signal)
}

/** So many looks follow a change at the pace of glances: what a look shows may lag behind what a glance shows. */
const looksAfterChange = 6

class SwapWatch {
  readonly #deps: Deps
  readonly #wanted: Following
  #account: SwapAccount
  #operation: OperationState | undefined
  #reading: Reading | undefined
  #mark: string | undefined
  #soon = 0
  #missed = 0
  readonly #calm: Streak
  readonly #prepared: Streak
  #due = { operation: 0, look: 0, glance: 0 }

  constructor(deps: Deps, wanted: Following) {
    this.#deps = deps
    this.#wanted = wanted
    this.#account = accountOfStart(wanted.start, deps.timing)
    this.#calm = new Streak(deps.timing.pollMs)
    this.#prepared = new Streak(deps.timing.pollMs)
    const { kind } = wanted.start
    if (kind !== 'accepted' && kind !== 'done') deps.log.warn(sentence(this.#account.because))
  }

  async follow(signal: AbortSignal): Promise<Followed> {
    for (;;) {
      if (this.#isFollowed() && this.#now() >= this.#due.operation) await this.#readOperation(signal)
      if (this.#now() >= this.#due.look) {
        const ending = await this.#look(signal)
        if (ending) return ending
      } else if (this.#now() >= this.#due.glance) {
        await this.#glance(signal)
        // A change is looked at at once.
        if (this.#now() >= this.#due.look) continue
      }
      const left = this.#wanted.deadline.getTime() - this.#now()
      if (left <= 0) return this.#timeUp()
      const { operation, look, glance } = this.#due
      const next = Math.min(look, glance, this.#isFollowed() ? operation : Infinity)
      await this.#deps.clock.sleep(Math.min(Math.max(0, next - this.#now()), left), signal)
    }
  }

  async #readOperation(signal: AbortSignal): Promise<void> {
    const { apps, timing, log } = this.#deps
    const { start } = this.#wanted
    if (start.kind !== 'accepted') return
    const before = this.#operation
    const operation = await apps.readOperation(start.operationUrl, signal)
    this.#operation = operation
    const asked = 'retryAfterMs' in operation ? operation.retryAfterMs : undefined
    this.#due.operation = this.#now() + capped(asked ?? timing.pollMs, timing)
    this.#account = accountOfOperation(operation, timing) ?? this.#account
    if (operation.kind === 'unknown' && before?.kind !== 'unknown') log.warn(sentence(this.#account.because))
    if (hasEnded(operation)) this.#lookSoon()
  }

  async #glance(signal: AbortSignal): Promise<void> {
    const { apps, timing } = this.#deps
    const seen = await apps.glance(this.#wanted.app, this.#wanted.aim.target, signal)
    if (seen.kind === 'missed') {
      const asked = seen.retryAfterMs
      const pauseMs = capped(asked ?? timing.glanceMs * 2 ** Math.min(++this.#missed, 8), timing)
      this.#due.glance = this.#now() + Math.max(pauseMs, timing.glanceMs)
      if (asked !== undefined) this.#due.look = Math.max(this.#due.look, this.#now() + pauseMs)
      return
    }
    this.#missed = 0
    this.#due.glance = this.#now() + timing.glanceMs
    const mark = markOf(seen)
    if (this.#mark !== undefined && mark !== this.#mark) this.#lookSoon()
    this.#mark = mark
  }

  #lookSoon(): void {
    this.#soon = looksAfterChange
    this.#due.look = 0
  }

  async #look(signal: AbortSignal): Promise<Followed | undefined> {
    const { look, log, timing } = this.#deps
    const reading = await readSlots(look, this.#wanted.aim, signal)
    this.#reading = reading
    this.#mark = markIn(reading, this.#wanted.aim) ?? this.#mark
    const ending = this.#judge(reading)
    if (ending) return ending
    log.progress(this.#percent(), this.#runs() ? 'Azure is swapping the slots' : reading.because)
    const moves = this.#runs() || reading.progress === 'underWay' || reading.progress === 'prepared'
    const pauseMs = this.#soon > 0 ? timing.glanceMs : moves ? timing.lookMs : timing.pollMs
    if (this.#soon > 0) this.#soon--
    this.#due.look = this.#now() + (reading.progress === 'prepared' ? Math.min(pauseMs, timing.pollMs) : pauseMs)
    // Nothing to glance at while nothing runs: the looks are as frequent as they need to be.
    this.#due.glance = moves ? this.#now() + timing.glanceMs : Infinity
    return undefined
  }

  #judge(reading: Reading): Followed | undefined {
    const { progress, picture } = reading
    const runs = this.#runs()
    const now = this.#now()
    // Azure's account of the operation may lag behind the slots, or never end; what a slot tells of its last swap does not.
    const shown = picture !== undefined && hasSwappedSince(picture, this.#wanted)
    if (progress === 'done' && (!runs || shown)) return { kind: 'done' }
    this.#calm.count(progress === 'notDone' && !runs, now)
    this.#prepared.count(progress === 'prepared' && !runs, now)
    const calm = this.#calmWanted()
    if (calm !== undefined && this.#calm.readings >= calm) return { kind: 'calm', account: this.#account }
    return this.#isHalfDone() ? this.#halfDone(reading, { mayBeUnderWay: false }) : undefined
  }

  #calmWanted(): number | undefined {
    const { calm, cause } = this.#account
    if (calm === undefined || cause !== 'busy' || this.#wanted.unanswered !== true) return calm
    return this.#deps.timing.calmReadingsWhileBusy
  }

  /** Only where Azure itself said that the swap is over, or that it is prepared: else it may be in the middle of it. */
  #isHalfDone(): boolean {
    if (this.#prepared.readings < this.#deps.timing.calmReadings) return false
    return this.#account.cause === 'prepared' || hasEnded(this.#operation)
  }

  #halfDone({ picture }: Reading, told: { readonly mayBeUnderWay: boolean }): Followed | undefined {
    const { aim, app } = this.#wanted
    const slot = picture && preparedSlot(picture, [aim.source, aim.target])
    if (!slot) return undefined
    const why = this.#wanted.start.kind === 'watched' ? '' : `${this.#account.because}; `
    return { kind: 'halfDone', problem: `${why}${preparedInWords(app, slot)}`, ...told }
  }

  #timeUp(): Followed {
    // Only Azure's account of the operation still says that it runs; the slots tell.
    if (this.#reading?.progress === 'done') return { kind: 'done' }
    const halfDone = this.#reading?.progress === 'prepared' && this.#halfDone(this.#reading, { mayBeUnderWay: true })
    if (halfDone) return halfDone
    const slots = this.#reading?.because ?? 'the slots were not read'
    const problem = `the time is up: ${this.#account.because}; ${slots}`
    const mayBeUnderWay = this.#calm.readings < this.#deps.timing.calmReadingsAfterSuccess
    return { kind: 'timeUp', problem, mayBeUnderWay }
  }

  #isFollowed(): boolean {
    return this.#wanted.start.kind === 'accepted' && !hasEnded(this.#operation)
  }

  #runs(): boolean {
    return this.#operation?.kind === 'running'
  }

  #now(): number {
    return this.#deps.clock.now().getTime()
  }

  #percent(): number {
    const { startedAt, deadline } = this.#wanted
    const whole = deadline.getTime() - startedAt.getTime()
    return Math.round(Math.min(99, Math.max(0, (100 * (this.#now() - startedAt.getTime())) / Math.max(1, whole))))
  }
}

/** How often in a row something was seen; looks that follow each other quickly count once. */
class Streak {
  readonly #apartMs: number
  #from = 0
  #counted = 0
  readings = 0
  lastedMs = 0

  constructor(apartMs: number) {
    this.#apartMs = apartMs
  }

  count(seen: boolean, now: number): void {
    if (!seen) {
      this.readings = 0
      this.lastedMs = 0
      return
    }
    if (this.readings === 0) this.#from = now
    this.lastedMs = now - this.#from
    if (this.readings > 0 && now - this.#counted < this.#apartMs) return
    this.readings++
    this.#counted = now
  }
}

function hasEnded(operation: OperationState | undefined): boolean {
  return operation?.kind === 'succeeded' || operation?.kind === 'failed'
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`
}
