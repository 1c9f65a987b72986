import type { HistoryEvent } from './events.ts'
import { parse } from './payload.ts'
import { Task } from './tasks.ts'

/** Something the code of an orchestration asked for; its number is its place among all it asked for. */
export type Decision = {
  readonly id: number
  readonly what:
    | { readonly kind: 'activity'; readonly name: string; readonly input: unknown }
    | { readonly kind: 'timer'; readonly fireAt: Date }
    | { readonly kind: 'subOrchestration'; readonly name: string; readonly input: unknown; readonly instanceId: string }
    | { readonly kind: 'signal'; readonly entityId: string; readonly operation: string; readonly input: unknown }
}

/** Thrown where replayed code does not ask for what History says it asked for, as code of another version does. */
export class NonDeterministicOrchestration extends Error {
  override readonly name = 'NonDeterministicOrchestrationException'
}

/** Matches what the code asks for with what History holds. */
export class Decisions {
  next = 0
  readonly #open = new Map<number, Decision>()
  readonly #tasks = new Map<number, Task>()

  add(what: Decision['what']): Task {
    const task = new Task()
    const id = this.next++
    this.#open.set(id, { id, what })
    this.#tasks.set(id, task)
    return task
  }

  open(): Decision[] {
    return [...this.#open.values()]
  }

  /** Takes an event of History. Throws `NonDeterministicOrchestration` where the code asked for something else. */
  take(event: HistoryEvent): void {
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the others answer no decision
    switch (event.EventType) {
      case 'TaskScheduled':
        this.#match(event, 'activity', event.Name)
        return
      case 'TimerCreated':
        this.#match(event, 'timer', undefined)
        return
      case 'SubOrchestrationInstanceCreated':
        this.#match(event, 'subOrchestration', event.Name)
        return
      case 'EventSent':
        this.#match(event, 'signal', event.InstanceId)
        return
      case 'TaskCompleted':
      case 'SubOrchestrationInstanceCompleted':
        this.#tasks.get(event.TaskScheduledId ?? -1)?.complete(parse(event.Result))
        return
      case 'TaskFailed':
      case 'SubOrchestrationInstanceFailed':
        this.#tasks.get(event.TaskScheduledId ?? -1)?.fail(new Error(event.Reason))
        return
      case 'TimerFired':
        this.#tasks.get(event.TimerId ?? -1)?.complete(undefined)
        return
      default:
    }
  }

  #match(event: HistoryEvent, kind: Decision['what']['kind'], name: string | undefined): void {
    const decision = this.#open.get(event.EventId)
    if (decision?.what.kind === kind && nameOf(decision.what) === name) {
      this.#open.delete(event.EventId)
      return
    }
    const had = name === undefined ? kind : `${kind} '${name}'`
    const asks = decision ? `${decision.what.kind} '${nameOf(decision.what) ?? ''}'` : 'nothing'
    throw new NonDeterministicOrchestration(
      `NonDeterministicOrchestrationException: Non-deterministic workflow detected: History holds ${had} as action ` +
        `${event.EventId}, but the code now asks for ${asks}. Was the orchestrator's code changed while it was running?`,
    )
  }
}

function nameOf(what: Decision['what']): string | undefined {
  switch (what.kind) {
    case 'activity':
    case 'subOrchestration':
      return what.name
    case 'signal':
      return what.entityId
    case 'timer':
      return undefined
  }
}
