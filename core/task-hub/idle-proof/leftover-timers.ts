import { leftoverTimers, timersAfter } from '../rows/history.ts'
import type { HubReader, QueueLook } from './hub-reader.ts'
import { isIgnored } from './ignore.ts'
import { unescapeKey } from '../rows/key-escape.ts'
import { controlQueueNumber } from '../layout.ts'
import type { LookQuestion } from './evidence.ts'
import { partitionOf } from '../rows/partition.ts'
import { isOfHub } from '../rows/instance.ts'

/**
 * How much later than now a timer must be due to be counted. A worker hides a timer's message for a time that it counts by
 * its own clock (DT TaskHubQueue.cs:179-213): where that is ahead of the server's, the message is out, and gone, before the
 * timer is due by the server's, and would explain another one in its place.
 */
const clocksDifferMs = 120_000

/**
 * Counts, for each queue that holds messages nobody can see, the timers that ended instances of that very queue left behind,
 * and those that ignored ones wait for: an eternal orchestration spends its life in a timer. Stops where there are enough.
 * Without a known partition count nothing is explained. Timers are due by the storage server's time, for that is the time by
 * which their messages stay invisible.
 */
export async function explainHidden(
  reader: HubReader,
  { hub: { name: hub }, policy }: LookQuestion,
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
  const later = new Date(reader.now().getTime() + clocksDifferMs)
  const seen = new Set<string>()
  for await (const keys of reader.history.withTimersAfter(later, signal)) {
    for (const key of keys) {
      const number = partitionOf(unescapeKey(key), partitionCount)
      if (seen.has(key) || !wanted.has(number)) continue
      seen.add(key)
      const row = await reader.instances.row(key, signal)
      if (!row || (reader.instances.shared && !isOfHub(row, hub))) continue
      const history = await reader.history.endAndTimers(key, signal)
      const timers = isIgnored(row, policy.ignoreInstances) ? timersAfter : leftoverTimers
      found.set(number, (found.get(number) ?? 0) + timers(row, history, later))
    }
    if (enough()) break
  }
  return queues.map((queue) => {
    const number = controlQueueNumber(hub, queue.name)
    return { ...queue, leftoverTimers: number === undefined ? 0 : (found.get(number) ?? 0) }
  })
}
