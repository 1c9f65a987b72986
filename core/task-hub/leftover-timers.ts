import { leftoverTimers } from './history.ts'
import type { HubReader } from './hub-reader.ts'
import type { QueueLook } from './idle.ts'
import { unescapeKey } from './key-escape.ts'
import { controlQueueNumber } from './layout.ts'
import type { HubName } from './name.ts'
import { partitionOf } from './partition.ts'
import { isOfHub } from './survey.ts'

/**
 * Counts, for each queue that holds messages nobody can see, the timers that ended instances of that very queue left
 * behind; stops where there are enough. Without a known partition count nothing is explained. Timers are due by the
 * storage server's time, for that is the time by which their messages stay invisible.
 */
export async function explainHidden(
  reader: HubReader,
  hub: HubName,
  queues: readonly QueueLook[],
  signal: AbortSignal,
): Promise<readonly QueueLook[]> {
  const wanted = new Map<number, number>()
  for (const { name, messages, visible } of queues) {
    const number = controlQueueNumber(hub, name)
    if (number !== undefined && messages > 0 && visible === 0) wanted.set(number, messages)
  }
  const partitionCount = await reader.partitionCount(signal)
  if (wanted.size === 0 || partitionCount === undefined) return queues
  const found = new Map<number, number>()
  const enough = () => [...wanted].every(([number, messages]) => (found.get(number) ?? 0) >= messages)
  const now = reader.now()
  const seen = new Set<string>()
  for await (const keys of reader.history.withTimersAfter(now, signal)) {
    for (const key of keys) {
      const number = partitionOf(unescapeKey(key), partitionCount)
      if (seen.has(key) || !wanted.has(number)) continue
      seen.add(key)
      const row = await reader.instances.row(key, signal)
      if (!row || (reader.instances.shared && !isOfHub(row, hub))) continue
      const timers = leftoverTimers(row, await reader.history.endAndTimers(key, signal), now)
      found.set(number, (found.get(number) ?? 0) + timers)
    }
    if (enough()) break
  }
  return queues.map((queue) => {
    const number = controlQueueNumber(hub, queue.name)
    return { ...queue, leftoverTimers: number === undefined ? 0 : (found.get(number) ?? 0) }
  })
}
