// The truth about a model hub at one moment, told from what it holds: never from what a look reads of it.
import { isIgnored, type Execution, type Message, type Origin } from './state.ts'
import type { World } from './world.ts'

export type WorkKind =
  | 'running orchestration'
  | 'suspended orchestration'
  | 'start without a row'
  | 'start'
  | 'activity'
  | 'entity operation'
  | 'busy entity'

export type Work = { readonly kind: WorkKind; readonly key: string; readonly origin: Origin }

/**
 * Work that is there, or that can still come out of what is there:
 * 1. orchestrations that History has begun and not ended, suspended ones too;
 * 2. messages that will make something happen: activities, operations of entities, starts of instances that History does
 *    not know yet, unless their client died before the row without which they are dropped;
 * 3. entities that are locked or have operations waiting.
 * None are: instances that are ignored (`ignores`), with their messages; messages for instances that have ended or were purged; rows.
 */
export function workIn(world: World, ignores: (key: string) => boolean = isIgnored): Work[] {
  const work: Work[] = []
  for (const [key, state] of world.histories) {
    if (ignores(key)) continue
    if (state.kind === 'entity') {
      if (state.lockedBy && isUnfinished(world, state.lockedBy.id)) {
        work.push({ kind: 'busy entity', key, origin: state.lockedBy.origin })
      }
      for (const { origin } of state.waiting) work.push({ kind: 'busy entity', key, origin })
    } else if (state.ended === '') {
      const kind = state.suspended ? 'suspended orchestration' : 'running orchestration'
      work.push({ kind, key, origin: state.origin })
    }
  }
  for (const message of world.messages) {
    const kind = workOf(world, message)
    if (kind && !ignores(message.to)) work.push({ kind, key: message.to, origin: message.origin })
  }
  return work
}

/** The work that lies in one queue as a message. */
export function queuedWork(world: World, queue: number): Work[] {
  const work: Work[] = []
  for (const message of world.messages) {
    const kind = message.queue === queue ? workOf(world, message) : undefined
    if (kind) work.push({ kind, key: message.to, origin: message.origin })
  }
  return work
}

function workOf(world: World, { to, content }: Message): WorkKind | undefined {
  if (content.kind === 'activity') return 'activity'
  if (content.kind === 'signal' || (content.kind === 'lock' && isUnfinished(world, content.by))) {
    return 'entity operation'
  }
  if (content.kind !== 'start') return undefined
  const history = world.histories.get(to)
  if (history?.kind === 'orchestration' && (history.ended === '' || history.startedAs === content.executionId)) {
    return undefined
  }
  const row = world.rows.get(to)
  if (!content.byClient || row?.executionId === content.executionId) return row ? 'start' : 'start without a row'
  return world.setting.startsNeedRow ? undefined : 'start without a row'
}

function isUnfinished(world: World, key: string): boolean {
  const state = world.histories.get(key)
  return state?.kind === 'orchestration' && state.ended === ''
}

/** What keeps a hub at rest busy on purpose, as nothing in storage proves it over; empty where nothing does. */
export function heldOnPurpose(world: World): string[] {
  const held: string[] = []
  for (const { key, status, executionId } of world.rows.values()) {
    const history = world.histories.get(key)
    if (isIgnored(key) || status === 'Completed' || status === 'Terminated') continue
    if (history?.kind === 'entity') {
      if (history.lockedBy || history.waiting.length > 0)
        held.push(`entity ${key} locked by an instance that has ended`)
    } else if (history?.ended === undefined || history.executionId !== executionId) {
      held.push(`row of ${key}, '${status}', without History`)
    }
  }
  return held
}

/** Timers of an instance that ended, as History names them: what may stay in a queue. */
export function isLeftover(world: World, { number, to, content }: Message): boolean {
  const state = world.histories.get(to)
  if (content.kind !== 'timer' || state?.kind !== 'orchestration' || state.ended === '') return false
  // Of a message that was sent twice, only one is explained.
  for (const other of world.messages) {
    if (
      other.number < number &&
      other.to === to &&
      other.content.kind === 'timer' &&
      other.content.task === content.task
    )
      return false
  }
  return leftoversOf(state, world.now).includes(content.task)
}

function leftoversOf({ timers }: Execution, now: number): number[] {
  return timers.filter(({ fireAt, fired }) => !fired && fireAt > now).map(({ task }) => task)
}
