import { leftoverTimers } from '../../task-hub/history.ts'
import type { QueueLook } from '../../task-hub/idle.ts'
import { controlQueueNumber } from '../../task-hub/layout.ts'
import type { HubName } from '../../task-hub/name.ts'
import { unescapeKey } from '../../task-hub/key-escape.ts'
import { partitionOf } from '../../task-hub/partition.ts'
import { readHistory, readInstance, type Tracking } from './instances.ts'
import { partitionCountOf } from './leases.ts'
import { rowPages } from './rows.ts'
import { ifPresent, serverTime, type Store } from './store.ts'

/**
 * Counts, for each queue that holds messages nobody can see, the timers that ended instances of that very queue left
 * behind; stops where there are enough. Without a known partition count nothing is explained. Timers are due by the
 * storage server's time, for that is the time by which their messages stay invisible.
 */
export async function explainHidden(
  store: Store,
  tracking: Tracking,
  {
    hub,
    queues,
    signal,
  }: { readonly hub: HubName; readonly queues: readonly QueueLook[]; readonly signal: AbortSignal },
): Promise<readonly QueueLook[]> {
  const wanted = new Map<number, number>()
  for (const { name, messages, visible } of queues) {
    const number = controlQueueNumber(hub, name)
    if (number !== undefined && messages > 0 && visible === 0) wanted.set(number, messages)
  }
  const partitionCount = await partitionCountOf(store, hub, signal)
  if (wanted.size === 0 || partitionCount === undefined) return queues
  const found = new Map<number, number>()
  const enough = () => [...wanted].every(([number, messages]) => (found.get(number) ?? 0) >= messages)
  const now = serverTime(store)
  const filter = `EventType eq 'TimerCreated' and FireAt gt datetime'${now.toISOString()}'`
  const seen = new Set<string>()
  await ifPresent(async () => {
    for await (const page of rowPages(
      tracking.store,
      { table: tracking.history, filter, select: ['PartitionKey'] },
      signal,
    )) {
      for (const { PartitionKey: key } of page) {
        if (typeof key !== 'string' || seen.has(key)) continue
        seen.add(key)
        const number = partitionOf(unescapeKey(key), partitionCount)
        if (!wanted.has(number)) continue
        const row = await readInstance(tracking, hub, key, signal)
        const timers = row ? leftoverTimers(row, await readHistory(tracking, key, signal), now) : 0
        found.set(number, (found.get(number) ?? 0) + timers)
        if (enough()) return
      }
    }
  })
  return queues.map((queue) => {
    const number = controlQueueNumber(hub, queue.name)
    return { ...queue, leftoverTimers: number === undefined ? 0 : (found.get(number) ?? 0) }
  })
}
