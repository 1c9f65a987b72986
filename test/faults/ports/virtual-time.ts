// Time that passes only when everything that could go on has gone on: one event after the other, each followed by all that
// it sets off, so that a seed alone decides the order of everything.

type Happening = { readonly at: number; readonly order: number; readonly act: () => void }

/** `stuck`: something still waits, and there is nothing left that could end it. */
export type Course = 'ended' | 'tooLong' | 'stuck'

const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class VirtualTime {
  /** Milliseconds since 1970, the true ones; every clock of the world differs from it. */
  now: number
  #order = 0
  readonly #coming: Happening[] = []

  constructor(start: number) {
    this.now = start
  }

  at(ms: number, act: () => void): void {
    const happening = { at: Math.max(ms, this.now), order: this.#order++, act }
    let index = this.#coming.length
    for (; index > 0; index--) {
      const before = this.#coming[index - 1]
      if (!before || before.at > happening.at || (before.at === happening.at && before.order > happening.order)) break
    }
    // Latest first, so that the next is taken from the end.
    this.#coming.splice(index, 0, happening)
  }

  /** Lets time pass until `isOver`; gives up after `mostEvents`, or past the moment `until`. */
  async pass(isOver: () => boolean, { until, mostEvents }: { until: number; mostEvents: number }): Promise<Course> {
    await drained()
    for (let events = 0; !isOver(); events++) {
      const next = this.#coming.pop()
      if (!next) return 'stuck'
      if (events >= mostEvents || next.at > until) return 'tooLong'
      this.now = next.at
      next.act()
      await drained()
    }
    return 'ended'
  }
}
