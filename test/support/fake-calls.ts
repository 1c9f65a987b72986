import { Cancelled } from '../../core/failures.ts'

/** Every call to the fakes of one test: what was asked, which of it changed something, and what is to go wrong. */
export class FakeCalls {
  readonly made: string[] = []
  /** What was asked for that changes something, in order, whatever became of it. */
  readonly mutations: string[] = []
  readonly #twists: { call: string; late: boolean; act: () => void }[] = []
  #each: (count: number) => void = () => undefined
  #last = Number.POSITIVE_INFINITY

  /** The next call of that name throws in place of doing anything. */
  fails(call: string, error: Error): void {
    this.#twists.push({ call, late: false, act: () => raise(error) })
  }

  /** The next call of that name does what it is asked, and its reply is lost. */
  loses(call: string, error: Error): void {
    this.#twists.push({ call, late: true, act: () => raise(error) })
  }

  /** Something else happens right after the next call of that name. */
  after(call: string, act: () => void): void {
    this.#twists.push({ call, late: true, act })
  }

  /** Runs during every call, with its number from 1. */
  onEach(act: (count: number) => void): void {
    this.#each = act
  }

  /** The caller is killed: the call of that number is the last with an effect, and its reply is lost; 0: none has one. */
  diesAfter(count: number): void {
    this.#last = count
  }

  async read<T>(call: string, signal: AbortSignal, act: () => T): Promise<T> {
    requireGoing(signal)
    if (this.made.length >= this.#last) throw new Killed()
    this.made.push(call)
    const at = this.#twists.findIndex((twist) => twist.call === call)
    const [twist] = at < 0 ? [] : this.#twists.splice(at, 1)
    if (twist?.late === false) twist.act()
    const answer = act()
    this.#each(this.made.length)
    await Promise.resolve()
    if (this.made.length >= this.#last) throw new Killed()
    if (twist?.late === true) twist.act()
    // As over a socket: what was sent has its effect, and the caller hears of the cancel alone.
    requireGoing(signal)
    return answer
  }

  async change<T>(call: string, what: string, signal: AbortSignal, act: () => T): Promise<T> {
    requireGoing(signal)
    if (this.made.length >= this.#last) throw new Killed()
    this.mutations.push(what)
    return await this.read(call, signal, act)
  }
}

/** What the process of a caller that was killed never gets to see. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

function raise(error: Error): never {
  throw error
}

function requireGoing(signal: AbortSignal): void {
  if (signal.aborted) throw new Cancelled()
}
