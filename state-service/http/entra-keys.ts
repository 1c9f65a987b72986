import type { Clock } from '../../core/ports.ts'

/** What tokens are checked with could not be read, so that nobody knows whether one is good. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable'
}

/** Entra ID's keys roll over at any time, a new one being published before its use (learn: signing-key-rollover). */
const freshMs = 60 * 60_000
/** Keys that cannot be read again go on so long: an outage there is none here. */
const usableMs = 24 * 60 * 60_000
/** Whoever sends tokens of unknown keys makes no more requests than these. */
const pauseAfterReadMs = 30_000
const pauseAfterFailureMs = 5_000

/** Keys that are read when they are needed, once for all who wait, and kept. Both methods throw `KeysUnavailable`. */
export class KeyCache<Keys> {
  readonly #read: () => Promise<Keys>
  readonly #clock: Pick<Clock, 'now'>
  #kept: { readonly keys: Keys; readonly readAt: number } | undefined
  #failedAt = Number.NEGATIVE_INFINITY
  #reading: Promise<Keys> | undefined

  /** `read` throws `KeysUnavailable`. */
  constructor(read: () => Promise<Keys>, clock: Pick<Clock, 'now'>) {
    this.#read = read
    this.#clock = clock
  }

  async current(): Promise<Keys> {
    const kept = this.#kept
    if (kept && this.#ageMs(kept.readAt) < freshMs) return kept.keys
    try {
      return await this.#renew()
    } catch (error) {
      if (kept && error instanceof KeysUnavailable && this.#ageMs(kept.readAt) < usableMs) return kept.keys
      throw error
    }
  }

  /** For a token of a key that is not among `keys`. Undefined where these were read a moment ago: there are no others. */
  async newerThan(keys: Keys): Promise<Keys | undefined> {
    if (this.#kept && this.#kept.keys !== keys) return this.#kept.keys
    if (this.#kept && this.#ageMs(this.#kept.readAt) < pauseAfterReadMs) return undefined
    return await this.#renew()
  }

  #renew(): Promise<Keys> {
    if (this.#ageMs(this.#failedAt) < pauseAfterFailureMs) {
      return Promise.reject(new KeysUnavailable('The keys could not be read a moment ago.'))
    }
    this.#reading ??= this.#readOnce().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  async #readOnce(): Promise<Keys> {
    try {
      const keys = await this.#read()
      this.#kept = { keys, readAt: this.#clock.now().getTime() }
      return keys
    } catch (error) {
      this.#failedAt = this.#clock.now().getTime()
      throw error
    }
  }

  #ageMs(at: number): number {
    return this.#clock.now().getTime() - at
  }
}
