// One execution of a task: a process on some agent, whose calls go over a network that delays and loses, whose clock is
// wrong, and which may be suspended, cancelled or killed at any call.
import { AzureFailure, Cancelled } from '../../../core/failures.ts'
import type { Clock } from '../../../core/ports.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What becomes of one call. `lostBefore`: it never arrives; `lostAfter`: it has its effect, and the reply never comes. */
export type Fortune = {
  readonly fate: 'answered' | 'lostBefore' | 'lostAfter' | 'refused'
  /** The process is suspended right before it sends. */
  readonly suspendedMs: number
  readonly toEffectMs: number
  readonly toReplyMs: number
  /** The process is suspended when the reply comes, and reads it afterwards. */
  readonly asleepMs: number
  readonly then?: 'kill' | 'cancel'
}

export type Call = {
  readonly name: string
  /** What it is about, such as a hub. */
  readonly about: string
  readonly mutates: boolean
}

/** All that is told of an execution's calls while they happen. */
export type Witness = {
  sent?(execution: Execution, call: Call): void
  before?(execution: Execution, call: Call): void
  after?(execution: Execution, call: Call): void
}

type Chance = (call: Call, execution: Execution) => Fortune

export const requestTimeoutMs = 100_000

export class Execution {
  readonly name: string
  readonly clock: Clock
  readonly signal: AbortSignal
  state: 'running' | 'ended' | 'killed' = 'running'
  calls = 0
  lastSuspendedAt = 0
  readonly #abort = new AbortController()
  readonly #time: VirtualTime
  readonly #chance: Chance
  readonly #witness: Witness
  #asleepUntil = 0

  constructor(
    name: string,
    world: { readonly time: VirtualTime; readonly witness: Witness },
    given: { readonly clockErrorMs: number; readonly chance: Chance },
  ) {
    this.name = name
    this.signal = this.#abort.signal
    this.#time = world.time
    this.#witness = world.witness
    this.#chance = given.chance
    this.clock = {
      now: () => new Date(world.time.now + given.clockErrorMs),
      sleep: (ms, signal) => this.#sleep(ms, signal),
    }
  }

  /** Told when it is killed. */
  onKill: () => void = () => undefined

  kill(): void {
    if (this.state !== 'running') return
    this.state = 'killed'
    this.onKill()
  }

  cancel(): void {
    this.#abort.abort()
  }

  suspend(ms: number): void {
    this.lastSuspendedAt = this.#time.now
    this.#asleepUntil = Math.max(this.#asleepUntil, this.#time.now + ms)
  }

  /** One request to the world; `act` is what it does there, at one moment. */
  call<T>(call: Call, signal: AbortSignal, act: () => T): Promise<T> {
    if (signal.aborted) return Promise.reject(new Cancelled())
    this.calls++
    const fortune = this.#chance(call, this)
    return new Promise<T>((resolve, reject) => {
      const onAbort = () => reject(new Cancelled())
      signal.addEventListener('abort', onAbort, { once: true })
      const settle = (how: () => void) =>
        this.#awake(() => {
          signal.removeEventListener('abort', onAbort)
          how()
        })
      const reply = (how: () => void, ms: number) =>
        this.#time.at(this.#time.now + ms, () => {
          if (fortune.asleepMs > 0) this.suspend(fortune.asleepMs)
          settle(how)
          if (fortune.then === 'kill') this.kill()
          if (fortune.then === 'cancel') this.cancel()
        })
      const arrive = () => {
        // A reading whose reply is lost was not read.
        const isUnread = fortune.fate === 'lostAfter' && !call.mutates
        if (fortune.fate === 'lostBefore' || isUnread) {
          reply(() => reject(lost(call)), fortune.toReplyMs)
          return
        }
        if (fortune.fate === 'refused') {
          reply(() => reject(refused(call)), fortune.toReplyMs)
          return
        }
        this.#witness.before?.(this, call)
        const how = outcomeOf(act, resolve, reject)
        this.#witness.after?.(this, call)
        if (fortune.fate === 'answered') {
          reply(how, fortune.toReplyMs)
          return
        }
        reply(() => reject(lost(call)), fortune.toReplyMs)
      }
      if (fortune.suspendedMs > 0) this.suspend(fortune.suspendedMs)
      const send = () => {
        // What was not sent when the cancel came is never sent.
        if (signal.aborted) return
        this.#witness.sent?.(this, call)
        this.#time.at(this.#time.now + fortune.toEffectMs, arrive)
      }
      // Nothing but a suspension comes between a call and its request, so that an execution that is awake sends at once.
      if (this.#asleepUntil <= this.#time.now) send()
      else this.#awake(send)
    })
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(new Cancelled())
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(new Cancelled())
      signal.addEventListener('abort', onAbort, { once: true })
      this.#time.at(this.#time.now + ms, () =>
        this.#awake(() => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        }),
      )
    })
  }

  /** Now, or once it is no longer suspended; never in a process that was killed. */
  #awake(act: () => void): void {
    if (this.state === 'killed') return
    if (this.#asleepUntil > this.#time.now) this.#time.at(this.#asleepUntil, () => this.#awake(act))
    else act()
  }
}

function outcomeOf<T>(act: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): () => void {
  try {
    const value = act()
    return () => resolve(value)
  } catch (error) {
    return () => reject(error)
  }
}

function lost({ name, mutates }: Call): AzureFailure {
  return new AzureFailure(`Could not ${name}: the connection was reset.`, {
    operation: name,
    kind: 'network',
    mayHaveHappened: mutates,
  })
}

function refused({ name }: Call): AzureFailure {
  return new AzureFailure(`Could not ${name}: the service is busy.`, {
    operation: name,
    kind: 'throttled',
    status: 503,
  })
}
