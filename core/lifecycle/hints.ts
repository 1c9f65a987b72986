// What events make of a task hub: hints at where work may be. That it has none is never read from here.
import { isIgnored } from '../task-hub/idle-proof/ignore.ts'
import type { IdlePolicy } from '../task-hub/idle-proof/policy.ts'
import { isEntity } from '../task-hub/rows/entity.ts'
import type { LifecycleEvent } from './event.ts'

/** An instance that events say runs and do not say has ended. */
export type HintedInstance = { readonly id: string; readonly name: string; readonly heardAt: string }

/** An instance that something was heard of, and the generation that the last of it made. */
export type HeardInstance = { readonly id: string; readonly name: string; readonly generation: number }

export type HubHints = {
  /** Grows with everything that is heard of the hub. */
  readonly generation: number
  /** Deliveries that were taken in, doubles included. */
  readonly events: number
  /** Heard last first; at most `mostHinted`. */
  readonly running: readonly HintedInstance[]
  /** Of whom something was heard, last first; at most `mostHeard`. */
  readonly heard: readonly HeardInstance[]
  /** The last generation of which `heard` does not tell whom it was about. */
  readonly untold: number
  /** When something was heard last, by the service's clock. */
  readonly heardAt?: string
}

export const noHints: HubHints = { generation: 0, events: 0, running: [], heard: [], untold: 0 }

/** Instances that are remembered. What is beyond shows in the hub. */
const mostHinted = 50
const mostHeard = 50
/** Longer ids and names are not remembered: they would crowd out the rest. */
const longest = 250

/**
 * The hints with more events, all of one hub, heard at `at`. Safe to repeat and in any order: one that is wrong makes the hub
 * look busy for a moment, and voids a proof that has to be made again.
 */
export function withEvents(hints: HubHints, events: readonly LifecycleEvent[], at: Date): HubHints {
  if (events.length === 0) return hints
  const heardAt = at.toISOString()
  const generation = hints.generation + 1
  const running = new Map(hints.running.map((one) => [one.id, one]))
  const heard = new Map(hints.heard.map((one) => [keyOf(one), one]))
  let { untold } = hints
  for (const { instanceId: id, functionName: name, status } of events) {
    running.delete(id)
    if (id.length > longest || name.length > longest) {
      untold = generation
      continue
    }
    if (status === 'Running') running.set(id, { id, name, heardAt })
    heard.set(keyOf({ id, name }), { id, name, generation })
  }
  const newestFirst = [...running.values()].toSorted((one, other) => other.heardAt.localeCompare(one.heardAt))
  const lastFirst = [...heard.values()].toSorted((one, other) => other.generation - one.generation)
  return {
    generation,
    events: hints.events + events.length,
    running: newestFirst.slice(0, mostHinted),
    heard: lastFirst.slice(0, mostHeard),
    untold: Math.max(untold, lastFirst[mostHeard]?.generation ?? 0),
    heardAt,
  }
}

/** The hints after something else was told of the hub, such as that a slot got it: what was proven before is void. */
export function withNews(hints: HubHints, at: Date): HubHints {
  const generation = hints.generation + 1
  return { ...hints, generation, untold: generation, heardAt: at.toISOString() }
}

/** Whether anything was heard since a generation but of instances that are left out on purpose. What is not told counts. */
export function heardSince(hints: HubHints, generation: number, policy: IdlePolicy): boolean {
  if (hints.untold > generation) return true
  return hints.heard.some((one) => one.generation > generation && !isLeftOut(one, policy))
}

/** Whether a policy leaves the instance out: it is ignored, or an entity where those are. */
export function isLeftOut({ id, name }: Pick<HeardInstance, 'id' | 'name'>, policy: IdlePolicy): boolean {
  const row = { key: id, id, name, version: '', status: 'Running' }
  return isIgnored(row, policy.ignoreInstances) || (policy.entityPolicy === 'ignore' && isEntity(row))
}

function keyOf({ id, name }: Pick<HeardInstance, 'id' | 'name'>): string {
  return JSON.stringify([id, name])
}

/** The hints without instances that the hub itself shows to have ended. The generation stays: nothing was heard. */
export function withoutInstances(hints: HubHints, ids: ReadonlySet<string>): HubHints {
  return { ...hints, running: hints.running.filter(({ id }) => !ids.has(id)) }
}
