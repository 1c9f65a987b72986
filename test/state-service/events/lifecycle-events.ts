import assert from 'node:assert/strict'
import type { LifecycleEvent, LifecycleStatus } from '../../../core/lifecycle/event.ts'
import { parseHubName } from '../../../core/task-hub/name.ts'

let made = 0

/** A lifecycle event of its own, of an instance of its own. */
export function lifecycleEvent(hubName = 'orders1', status: LifecycleStatus = 'Running'): LifecycleEvent {
  const hub = parseHubName(hubName)
  assert.ok(hub)
  made += 1
  return { id: `event-${made}`, hub, instanceId: `instance-${made}`, functionName: 'Ship', status }
}

export function lifecycleEvents(count: number, hubName = 'orders1'): LifecycleEvent[] {
  return Array.from({ length: count }, () => lifecycleEvent(hubName))
}

/** Numbers from 0 to less than 1 that are the same each time. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
