import type { OrchestrationContext, Orchestrator } from './app.ts'
import { Decisions } from './decisions.ts'
import type { Decision } from './decisions.ts'
import type { EventType, HistoryEvent } from './events.ts'
import { parse, textOf } from './payload.ts'
import { allOf, anyOf, Task } from './tasks.ts'

/** What the code of an orchestration came to, given its History. */
export type Outcome = {
  /** Asked for now and not yet in History. */
  readonly decisions: readonly Decision[]
  readonly customStatus: string | undefined
  readonly end?:
    | { readonly kind: 'completed'; readonly output: unknown }
    | { readonly kind: 'failed'; readonly message: string }
    | { readonly kind: 'terminated'; readonly reason: string | undefined }
    | { readonly kind: 'continuedAsNew'; readonly input: unknown; readonly unread: readonly HistoryEvent[] }
}

export type ReplayInput = {
  readonly instanceId: string
  readonly executionId: string
  readonly orchestrator: Orchestrator | undefined
  readonly events: readonly HistoryEvent[]
  /** How many of the events were there before: while they are replayed, `isReplaying` holds. */
  readonly committed: number
}

/** While an instance is suspended, these wait (DT Core/TaskOrchestrationExecutor.cs). */
const heldBack = new Set<EventType>([
  'TaskCompleted',
  'TaskFailed',
  'TimerFired',
  'EventRaised',
  'SubOrchestrationInstanceCompleted',
  'SubOrchestrationInstanceFailed',
])

/** Runs orchestrator code from its beginning over its History. Never throws: what the code throws is its outcome. */
export function replay(input: ReplayInput): Outcome {
  return new Replay(input).run()
}

class Replay {
  readonly #input: ReplayInput
  readonly #decisions = new Decisions()
  readonly #waiting = new Map<string, Task[]>()
  #unread: HistoryEvent[] = []
  #held: HistoryEvent[] = []
  #suspended = false
  #isReplaying = true
  #now = new Date(0)
  #customStatus: string | undefined
  #restart: { input: unknown } | undefined
  #code: Iterator<unknown, unknown, unknown> | undefined
  #awaited: Task | undefined
  #end: Outcome['end']

  constructor(input: ReplayInput) {
    this.#input = input
  }

  run(): Outcome {
    try {
      for (const [index, event] of this.#input.events.entries()) {
        this.#isReplaying = index < this.#input.committed
        this.#take(event)
      }
    } catch (error) {
      this.#end = { kind: 'failed', message: textOf(error) }
    }
    const decisions = this.#end?.kind === 'failed' ? [] : this.#decisions.open()
    return { decisions, customStatus: this.#customStatus, ...(this.#end ? { end: this.#end } : {}) }
  }

  #take(event: HistoryEvent): void {
    if (this.#suspended && heldBack.has(event.EventType)) {
      this.#held.push(event)
      return
    }
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the others do not concern the code
    switch (event.EventType) {
      case 'OrchestratorStarted':
        this.#now = event.Timestamp
        return
      case 'ExecutionStarted':
        this.#start(event)
        return
      case 'ExecutionTerminated':
        this.#end ??= { kind: 'terminated', reason: event.Input }
        return
      case 'ExecutionSuspended':
        this.#suspended = true
        return
      case 'ExecutionResumed':
        this.#resume()
        return
      case 'EventRaised':
        this.#raise(event)
        break
      default:
        this.#decisions.take(event)
    }
    this.#advance()
  }

  #resume(): void {
    this.#suspended = false
    const held = this.#held
    this.#held = []
    for (const event of held) this.#take(event)
  }

  #start(event: HistoryEvent): void {
    const { orchestrator } = this.#input
    if (!orchestrator) {
      const name = event.Name ?? ''
      throw new Error(`The function '${name}' doesn't exist, is disabled, or is not an orchestrator function.`)
    }
    this.#run(() => {
      const started = orchestrator(this.#context(event))
      if (isIterator(started)) this.#code = started
      else this.#finish(started)
    })
    if (this.#code) this.#step(() => this.#code?.next())
    this.#advance()
  }

  /** Goes on for as long as what the code waits for is done. */
  #advance(): void {
    while (!this.#end && this.#awaited?.isCompleted) {
      const task = this.#awaited
      this.#awaited = undefined
      if (task.state === 'completed') this.#step(() => this.#code?.next(task.result))
      else this.#step(() => this.#code?.throw?.(task.error ?? new Error('The task was cancelled.')))
    }
  }

  #step(resume: () => IteratorResult<unknown, unknown> | undefined): void {
    this.#run(() => {
      const step = resume()
      if (!step) return
      if (step.done) this.#finish(step.value)
      else if (step.value instanceof Task) this.#awaited = step.value
      else throw new Error('An orchestrator may only yield tasks of its context.')
    })
  }

  /** What the code throws ends the orchestration; what the replay itself throws ends the replay. */
  #run(code: () => void): void {
    try {
      code()
    } catch (error) {
      this.#end = { kind: 'failed', message: textOf(error) }
    }
  }

  #finish(output: unknown): void {
    this.#end = this.#restart
      ? { kind: 'continuedAsNew', input: this.#restart.input, unread: this.#unread }
      : { kind: 'completed', output }
  }

  #raise(event: HistoryEvent): void {
    const name = (event.Name ?? '').toLowerCase()
    const task = this.#waiting.get(name)?.shift()
    if (task) task.complete(parse(event.Input))
    else this.#unread.push(event)
  }

  #wait(name: string): Task {
    const task = new Task()
    const key = name.toLowerCase()
    const early = this.#unread.find((event) => event.Name?.toLowerCase() === key)
    if (early) {
      this.#unread = this.#unread.filter((event) => event !== early)
      task.complete(parse(early.Input))
    } else this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), task])
    return task
  }

  #context(started: HistoryEvent): OrchestrationContext {
    const decide = (decision: Decision['what']) => this.#decisions.add(decision)
    const isReplaying = () => this.#isReplaying
    const now = () => this.#now
    const { instanceId, executionId } = this.#input
    return {
      instanceId,
      input: parse(started.Input),
      version: started.Version ?? '',
      get isReplaying() {
        return isReplaying()
      },
      get currentUtcDateTime() {
        return now()
      },
      callActivity: (name, input) => decide({ kind: 'activity', name, input }),
      createTimer: (fireAt) => decide({ kind: 'timer', fireAt }),
      callSubOrchestrator: (name, input, id) => {
        // The default id is the library's: execution id and action number (DT Core/TaskOrchestrationContext.cs).
        const own = `${executionId}:${this.#decisions.next.toString(16).padStart(4, '0')}`
        return decide({ kind: 'subOrchestration', name, input, instanceId: id ?? own })
      },
      waitForExternalEvent: (name) => this.#wait(name),
      all: allOf,
      any: anyOf,
      continueAsNew: (input) => (this.#restart = { input }),
      signalEntity: (entityId, operation, input) => {
        decide({ kind: 'signal', entityId, operation, input })
      },
      setCustomStatus: (value) => (this.#customStatus = JSON.stringify(value ?? null)),
    }
  }
}

function isIterator(value: unknown): value is Iterator<unknown, unknown, unknown> {
  return typeof value === 'object' && value !== null && 'next' in value && typeof value.next === 'function'
}
