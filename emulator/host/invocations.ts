/** Counts the functions that run in a host, so that a host that stops knows when the last one has returned. */
export class Invocations {
  readonly #running = new Set<Promise<unknown>>()

  /** Runs a function; what it throws, at once or later, is the answer's. */
  track<T>(run: () => T | Promise<T>): Promise<T> {
    const running = Promise.resolve().then(run)
    this.#running.add(running)
    const forget = () => this.#running.delete(running)
    running.then(forget, forget)
    return running
  }

  /** Resolves when none runs, also none that began meanwhile. */
  async quiet(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }
}
