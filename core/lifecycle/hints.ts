// What events make of a task hub: hints at where work may be. That it has none is never read from here.
import type { LifecycleEvent } from './event.ts'

/** An instance that events say runs and do not say has ended. */
export type HintedInstance = { readonly id: string; readonly name: string; readonly heardAt: string }

export type HubHints = {
  /** Grows with everything that is heard of the hub. A proof that began at another one may have been contradicted. */
  readonly generation: number
  /** Deliveries that were taken in, doubles included. */
  readonly events: number
  /** Heard last first; at most `mostHinted`. */
  readonly running: readonly HintedInstance[]
  /** When something was heard last, by the service's clock. */
  readonly heardAt?: string
}

export const noHints: HubHints = { generation: 0, events: 0, running: [] }

/** Instances that are remembered. What is beyond shows in the hub. */
const mostHinted = 50
/** Longer ids and names are not remembered: they would crowd out the rest. */
const longest = 300

/**
 * The hints with more events, all of one hub, heard at `at`. Safe to repeat and in any order: what is wrong in `running`
 * costs a read of a row, since each instance is looked up before it counts; and every event makes a proof begun before it void.
 */
export function withEvents(hints: HubHints, events: readonly LifecycleEvent[], at: Date): HubHints {
  if (events.length === 0) return hints
  const heardAt = at.toISOString()
  const running = new Map(hints.running.map((one) => [one.id, one]))
  for (const { instanceId: id, functionName, status } of events) {
    running.delete(id)
    const fits = id.length <= longest && functionName.length <= longest
    if (status === 'Running' && fits) running.set(id, { id, name: functionName, heardAt })
  }
  const newestFirst = [...running.values()].toSorted((one, other) => other.heardAt.localeCompare(one.heardAt))
  return {
    generation: hints.generation + 1,
    events: hints.events + events.length,
    running: newestFirst.slice(0, mostHinted),
    heardAt,
  }
}

/** The hints after something else was told of the hub, such as that a slot got it: what was proven before is void. */
export function withNews(hints: HubHints, at: Date): HubHints {
  return { ...hints, generation: hints.generation + 1, heardAt: at.toISOString() }
}

/** The hints without instances that the hub itself shows to have ended. The generation stays: nothing was heard. */
export function withoutInstances(hints: HubHints, ids: ReadonlySet<string>): HubHints {
  return { ...hints, running: hints.running.filter(({ id }) => !ids.has(id)) }
}
