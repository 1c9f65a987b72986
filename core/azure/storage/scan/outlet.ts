import { Cancelled } from '../../../failures.ts'

/** A short queue between those who read and the one who is given what they read: who puts waits while it is full. */
export class Outlet<T> {
  readonly #most: number
  readonly #items: T[] = []
  #end: { readonly error?: unknown } | undefined
  #taker: (() => void) | undefined
  readonly #putters: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Resolves when there is room for more. Throws `Cancelled` once the outlet is closed. */
  async put(item: T): Promise<void> {
    this.#throwIfClosed()
    this.#items.push(item)
    this.#taker?.()
    while (this.#items.length >= this.#most) {
      await new Promise<void>((resolve) => this.#putters.push(resolve))
      this.#throwIfClosed()
    }
  }

  /** Nothing more will come. What was put before is still given out; with an error it is dropped and the error thrown. */
  close(end: { readonly error?: unknown } = {}): void {
    this.#end ??= end
    this.#taker?.()
    for (const wake of this.#putters.splice(0)) wake()
  }

  async *all(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      if (this.#end && 'error' in this.#end) throw this.#end.error
      const item = this.#items.shift()
      if (item !== undefined) {
        if (this.#items.length < this.#most) this.#putters.shift()?.()
        yield item
      } else if (this.#end) {
        return
      } else {
        await new Promise<void>((resolve) => (this.#taker = resolve))
        this.#taker = undefined
      }
    }
  }

  #throwIfClosed(): void {
    if (this.#end) throw new Cancelled()
  }
}
