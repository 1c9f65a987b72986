import { Cancelled } from '../../core/failures.ts'
import type { Clock, Log } from '../../core/ports.ts'

/** Time that passes only when somebody sleeps; `at` runs things when a moment has come. */
export class FakeClock implements Clock {
  #now = Date.parse('2026-11-21T10:00:00Z')
  readonly #due: { ms: number; act: () => void }[] = []
  readonly slept: number[] = []

  now(): Date {
    return new Date(this.#now)
  }

  /** Runs `act` once `ms` have been slept since now. */
  at(ms: number, act: () => void): void {
    this.#due.push({ ms: this.#now + ms, act })
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.slept.push(ms)
    this.#now += ms
    for (const each of this.#due.filter((due) => due.ms <= this.#now)) {
      this.#due.splice(this.#due.indexOf(each), 1)
      each.act()
    }
    await Promise.resolve()
    if (signal.aborted) throw new Cancelled()
  }
}

/** Keeps what was said. */
export class FakeLog implements Log {
  readonly lines: string[] = []
  readonly warnings: string[] = []

  info(text: string): void {
    this.lines.push(text)
  }

  warn(text: string): void {
    this.warnings.push(text)
  }

  progress(percent: number, text: string): void {
    this.lines.push(`${percent} % ${text}`)
  }
}
