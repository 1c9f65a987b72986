// What one episode of a durable entity makes of its messages. Its row stays Running for ever (DT TaskEntityDispatcher.cs).
import { startOf, type Outgoing } from './orchestrator.ts'
import type { EntityState, Message, Waiting } from './state.ts'

export function runEntity(
  before: EntityState | undefined,
  messages: readonly Message[],
): { readonly state: EntityState; readonly outgoing: readonly Outgoing[] } {
  const state: EntityState = { kind: 'entity', lockedBy: before?.lockedBy, waiting: [...(before?.waiting ?? [])] }
  const outgoing: Outgoing[] = []
  const handle = ({ number, content, origin }: Waiting) => {
    if (content.kind === 'unlock') {
      state.lockedBy = undefined
      const waiting = state.waiting
      state.waiting = []
      for (const each of waiting) handle(each)
    } else if (content.kind === 'signal' || content.kind === 'lock') {
      if (state.lockedBy) {
        state.waiting.push({ number, content, origin })
      } else if (content.kind === 'lock') {
        state.lockedBy = { id: content.by, origin }
        outgoing.push({ to: content.by, content: { kind: 'result', task: content.task }, origin })
      } else if (content.fires) {
        outgoing.push({ to: content.fires.id, content: startOf(content.fires, number), origin })
      }
    }
  }
  for (const message of messages) handle(message)
  return { state, outgoing }
}

/** Default values are left out (DT StateFormat/EntityStatus.cs:28-56). */
export function customStatus({ lockedBy, waiting }: EntityState): string {
  return JSON.stringify({
    entityExists: true,
    ...(waiting.length > 0 ? { queueSize: waiting.length } : {}),
    ...(lockedBy ? { lockedBy: lockedBy.id } : {}),
  })
}
