import { AzureFailure, Cancelled, Refusal } from '../failures.ts'
import type { Clock, Log } from '../ports.ts'
import type { RecordPlace } from './change-record.ts'
import type { Claimed } from './claim-lock.ts'
import { claimLock } from './claim-lock.ts'
import type { Fence, RecordGuard } from './fence.ts'
import { giveBackLock, prolongLock, renewedTooSlowly, renewLock } from './hold-lock.ts'
import type { Claiming, OwnLock } from './lock.ts'
import { ownLock } from './lock.ts'
import { lostInWords, notLockedInWords } from './lock-words.ts'

/**
 * After this time a request that was let through has had its effect, or never will: the longest timeout of core/azure/arm is
 * 100 s, and it is sent within seconds of its fence.
 */
export const requestMs = 110_000

// What a request may be sent on: a fence that took longer may be as old as all that time, and the lock be another's since.
const longestFenceMs = 5_000
const mostFences = 6

type Held = {
  readonly place: RecordPlace
  own: OwnLock
  claimed?: Claimed
  /** As the claim that was sent last found it; there is no more where its reply was never confirmed. */
  continued: boolean
  lost: boolean
}

/** The deployment lock as one task holds it, in one account or in several at once. */
export class HeldLock {
  readonly #clock: Clock
  readonly #claiming: Claiming
  readonly #held: Held[] = []
  #until: string | undefined
  #changing: string | undefined
  #everChanged = false
  /** Since when it holds on, by this machine's clock, which only measures how long that is. */
  #renewedAt = 0
  #lastTurn: Promise<unknown> = Promise.resolve()

  /** For all that the task waits for: the lock is renewed meanwhile, every third of its time. */
  readonly clock: Clock = {
    now: () => this.#clock.now(),
    sleep: async (ms, signal) => await this.#sleep(ms, signal),
  }

  constructor(clock: Clock, claiming: Claiming) {
    this.#clock = clock
    this.#claiming = claiming
  }

  /** Takes it in every place, in the order given; all tasks must give the same order. Throws as `claimLock` does. */
  async claim(
    places: readonly RecordPlace[],
    { log, waitMs }: { readonly log: Log; readonly waitMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    // While it waits for the lock of one account it has to hold on to those of the accounts before.
    const { clock } = this
    for (const place of places) {
      const held: Held = { place, own: { claim: this.#claiming.claim }, continued: false, lost: false }
      const onSend = ({ continued }: Pick<Claimed, 'continued'>) => {
        held.continued = continued
        if (!this.#held.includes(held)) this.#held.push(held)
      }
      held.claimed = await claimLock({ clock, log }, place, { ...this.#claiming, waitMs, onSend }, signal)
      held.own = held.claimed.own
      if (this.#held.length === 1) this.#renewedAt = this.#now()
      this.#until = held.claimed.lock.until
    }
    const recent = this.#claims().find(({ leftOver }) => leftOver && leftOver.ageMs < requestMs)
    this.#changing = recent?.leftOver?.what
  }

  /**
   * Right before a change: proves and renews the lock in every place, and announces the change. A fence that took long, for
   * a slow answer or because the agent was suspended meanwhile, is passed again.
   */
  readonly fence: Fence = async (change, signal) => {
    for (let passed = 1; ; passed++) {
      const from = this.#clock.now().getTime()
      await this.#inTurn(async () => await this.#renew(change, signal))
      const tookMs = this.#clock.now().getTime() - from
      if (tookMs <= longestFenceMs) break
      if (passed === mostFences) throw renewedTooSlowly(change, { tookMs, times: mostFences })
    }
    this.#changing = change
    this.#everChanged = true
  }

  /** Before an entry in the record; costs no request, for the record was read to be written. */
  readonly guard: RecordGuard = ({ account, app }, record) => {
    const held = this.#held.find(({ place }) => place.account === account)
    if (!held) throw new Refusal(notLockedInWords(app, account))
    if (ownLock(record, held.own)) return
    held.lost = true
    throw new Refusal(lostInWords(app, record))
  }

  /** What was announced has ended: it was seen done, or it is known never to happen. */
  settled(): void {
    this.#changing = undefined
  }

  /** A change that was announced and may still be under way. */
  get changing(): string | undefined {
    return this.#changing
  }

  /** Whether a change was announced by this task. */
  get everChanged(): boolean {
    return this.#everChanged
  }

  /** It was seen to be another's, or that could not be understood, in some account at least. */
  get lost(): boolean {
    return this.#held.some(({ lost }) => lost)
  }

  /** The accounts in which it was claimed and not seen lost: what is left to keep or to give back. */
  get accounts(): readonly string[] {
    return this.#kept().map(({ place }) => place.account)
  }

  /** Until when it holds, by the accounts' clock; undefined where it was not taken. */
  get until(): string | undefined {
    return this.#until
  }

  /** A change that an earlier task announced, and whose end nobody entered. */
  get leftOver(): string | undefined {
    return this.#claims().find(({ leftOver }) => leftOver)?.leftOver?.what
  }

  get tookOver(): boolean {
    return this.#claims().some(({ tookOver }) => tookOver)
  }

  /** An earlier task of the same run held it already. */
  get continued(): boolean {
    return this.#held.some(({ continued }) => continued)
  }

  /** Whether any place was sent a claim. */
  get sent(): boolean {
    return this.#held.length > 0
  }

  /** Holds on, with nothing announced. */
  async keep(signal: AbortSignal): Promise<void> {
    await this.#inTurn(async () => await this.#renew(undefined, signal))
  }

  /** `notOwn` where nothing of it was this task's any more. */
  async giveBack(signal: AbortSignal): Promise<'given' | 'notOwn'> {
    return await this.#inTurn(async () => await this.#giveBack(signal))
  }

  async #giveBack(signal: AbortSignal): Promise<'given' | 'notOwn'> {
    let given = false
    let failed: AzureFailure | undefined
    for (const { place, own } of this.#kept()) {
      try {
        given = (await giveBackLock(this.#clock, place, own, signal)) === 'given' || given
      } catch (error) {
        if (!(error instanceof AzureFailure)) throw error
        failed ??= error
      }
    }
    if (failed) throw failed
    return given ? 'given' : 'notOwn'
  }

  async #renew(change: string | undefined, signal: AbortSignal): Promise<void> {
    const { forMs } = this.#claiming
    const from = this.#now()
    for (const held of this.#held) {
      const { place, own } = held
      const renewal = { own, forMs, ...(change === undefined ? {} : { change }) }
      try {
        this.#until = await renewLock(this.#clock, place, renewal, signal)
      } catch (error) {
        held.lost ||= error instanceof Refusal
        throw error
      }
    }
    this.#renewedAt = from
    if (signal.aborted) throw new Cancelled()
  }

  /** As the clock's own, with a renewal wherever a third of the lock's time is over. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    for (let left = ms; ;) {
      const part = Math.min(left, Math.max(0, this.#dueInMs()))
      await this.#clock.sleep(part, signal)
      left -= part
      if (this.#dueInMs() <= 0) await this.#inTurn(async () => await this.#prolong(signal))
      if (left <= 0) return
    }
  }

  #dueInMs(): number {
    const held = this.#held.some(({ claimed }) => claimed)
    return held ? this.#renewedAt + this.#claiming.forMs / 3 - this.#now() : Infinity
  }

  /** One that fails, or finds the lock lost, changes nothing: the next fence tells. */
  async #prolong(signal: AbortSignal): Promise<void> {
    if (this.#dueInMs() > 0) return
    this.#renewedAt = this.#now()
    for (const { place, own, claimed } of this.#kept()) {
      if (!claimed) continue
      try {
        this.#until =
          (await prolongLock(this.#clock, place, { own, forMs: this.#claiming.forMs }, signal)) ?? this.#until
      } catch (error) {
        if (!(error instanceof AzureFailure || error instanceof Refusal)) throw error
      }
    }
  }

  /** One write of ours after the other. */
  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(act)
    this.#lastTurn = turn.catch(() => undefined)
    return await turn
  }

  #now(): number {
    return this.#clock.now().getTime()
  }

  #kept(): readonly Held[] {
    return this.#held.filter(({ lost }) => !lost)
  }

  #claims(): readonly Claimed[] {
    return this.#held.flatMap(({ claimed }) => claimed ?? [])
  }
}
