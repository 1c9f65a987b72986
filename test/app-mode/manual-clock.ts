import type { AppModeClock } from '../../app-mode/src/clock.ts'

/** Time that passes only when a test says so. */
export class ManualClock implements AppModeClock {
  #ms = 0
  #due: { at: number; call: () => void }[] = []

  now(): number {
    return Date.parse('2026-11-21T10:00:00Z') + this.#ms
  }

  ticks(): number {
    return this.#ms
  }

  after(ms: number, call: () => void): () => void {
    const each = { at: this.#ms + ms, call }
    this.#due.push(each)
    return () => (this.#due = this.#due.filter((other) => other !== each))
  }

  pass(ms: number): void {
    this.#ms += ms
    const due = this.#due.filter(({ at }) => at <= this.#ms)
    this.#due = this.#due.filter(({ at }) => at > this.#ms)
    for (const { call } of due) call()
  }
}
