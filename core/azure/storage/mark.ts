import type { HubMark, PartitionMark } from '../../lifecycle/hub-mark.ts'
import type { HubName } from '../../task-hub/name.ts'
import { leaseMarks } from './leases.ts'
import { listQueues, lookAtQueues } from './queues.ts'
import { serverTime, type Store } from './store.ts'

/**
 * What of a hub is cheap to read: the lengths of its queues, and after them who holds its partitions. In this order, for a
 * worker that came between the two shows in the second. Throws `AzureFailure`.
 */
export async function readMark(store: Store, hub: HubName, signal: AbortSignal): Promise<HubMark> {
  const looks = await lookAtQueues(store, hub, await listQueues(store, hub, signal), signal)
  const queues = looks.map(({ name, messages, visible }) => ({ name, messages, visible }))
  const partitions: readonly PartitionMark[] = queues.length === 0 ? [] : await leaseMarks(store, hub, signal)
  return { at: serverTime(store), queues, partitions }
}
