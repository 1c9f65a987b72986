import type { HubReader } from '../../task-hub/idle-proof/hub-reader.ts'
import type { HubName } from '../../task-hub/name.ts'
import { historyReader } from './history.ts'
import { instanceReader } from './instances.ts'
import { partitionCountOf } from './leases.ts'
import { ownParts } from './parts.ts'
import { listQueues, lookAtQueues } from './queues.ts'
import { serverTime, type Store } from './store.ts'
import type { Tracking } from './tracking.ts'

/** What a look reads of a hub, from its queues and containers in `store` and its tables in `tracking`. */
export function hubReader(store: Store, tracking: Tracking, hub: HubName): HubReader {
  const callers = new Set([store.caller, tracking.store.caller])
  return {
    instances: instanceReader(tracking),
    history: historyReader(tracking),
    queues: {
      names: (signal) => listQueues(store, hub, signal),
      look: (names, signal) => lookAtQueues(store, hub, names, signal),
    },
    now: () => serverTime(store),
    partitionCount: (signal) => partitionCountOf(store, hub, signal),
    isThere: async (signal) => (await ownParts(store, hub, signal)).length > 0,
    requests: () => [...callers].reduce((sum, { requests }) => sum + requests, 0),
  }
}
