// What this process has in progress.

/** One unit of work: an invocation of a function, or a part of one. */
export type Item = {
  readonly name: string
  /** Aborted when the app prepares to stop: begin no further step, put the rest aside or throw, and return. */
  readonly signal: AbortSignal
  /**
   * Registers a callback that puts the rest of the work aside for the next version. It is called once, when the app prepares
   * to stop, right after `signal` was aborted; at once where that has happened. The item is in progress until it has ended.
   */
  onStash(callback: () => void | Promise<void>): void
}

/** The app prepares to stop, or cannot tell whether it does: the item was not begun, and belongs to the trigger's own retry. */
export class AppIsStopping extends Error {
  override readonly name = 'AppIsStopping'
}

/** The function of an item has returned, but a callback that should have put the rest of its work aside has failed. */
export class StashFailed extends Error {
  override readonly name = 'StashFailed'
}

type Running = { stop(): void; end(): Promise<void> }

/** Begin and prepare are both decided without a pause in between, so that no item slips in. */
export class Items {
  readonly #running = new Set<Running>()
  readonly #changed: () => void
  #epoch: number | undefined
  #shut = false
  #stashed = 0
  #failedStashes = 0

  /** `changed` is called when an item has ended. */
  constructor(changed: () => void = () => undefined) {
    this.#changed = changed
  }

  get inProgress(): number {
    return this.#running.size
  }

  get stashed(): number {
    return this.#stashed
  }

  get failedStashes(): number {
    return this.#failedStashes
  }

  /** The preparation that was taken over. Not set: items are begun. */
  get epoch(): number | undefined {
    return this.#epoch
  }

  /** From now on no item is begun; those in progress are told. */
  prepare(epoch: number): void {
    if (this.#epoch === epoch) return
    this.#epoch = epoch
    this.#stashed = 0
    this.#failedStashes = 0
    for (const each of this.#running) each.stop()
  }

  resume(): void {
    this.#epoch = undefined
    this.#stashed = 0
    this.#failedStashes = 0
  }

  /** For good: the process ends. */
  shut(): void {
    this.#shut = true
  }

  /** Runs the work, counted. Throws `AppIsStopping` without a call of `work`, and whatever `work` throws. */
  async run<T>(name: string, work: (item: Item) => T | Promise<T>): Promise<T> {
    if (this.#shut) throw new AppIsStopping(`This process ends; '${name}' was not begun.`)
    if (this.#epoch !== undefined) throw new AppIsStopping(`The app prepares to stop; '${name}' was not begun.`)
    const { item, running } = this.#begin(name)
    this.#running.add(running)
    try {
      const result = await work(item)
      await running.end()
      return result
    } catch (error) {
      await running.end().catch(() => undefined)
      throw error
    } finally {
      this.#running.delete(running)
      this.#changed()
    }
  }

  #begin(name: string): { readonly item: Item; readonly running: Running } {
    const abort = new AbortController()
    const callbacks: (() => void | Promise<void>)[] = []
    const stashes: Promise<void>[] = []
    const failures: unknown[] = []
    const stash = async (callback: () => void | Promise<void>): Promise<void> => {
      try {
        await callback()
        this.#stashed++
      } catch (error) {
        failures.push(error)
        this.#failedStashes++
      }
    }
    const item: Item = {
      name,
      signal: abort.signal,
      onStash: (callback) => {
        if (abort.signal.aborted) stashes.push(stash(callback))
        else callbacks.push(callback)
      },
    }
    const running: Running = {
      stop: () => {
        if (abort.signal.aborted) return
        abort.abort(new AppIsStopping(`The app prepares to stop while '${name}' is in progress.`))
        stashes.push(...callbacks.splice(0).map(stash))
      },
      end: async () => {
        // One that is being put aside may register another.
        for (let at = 0; at < stashes.length; at++) await stashes[at]
        if (failures.length === 0) return
        throw new StashFailed(`The rest of '${name}' could not be put aside.`, { cause: failures[0] })
      },
    }
    return { item, running }
  }
}
