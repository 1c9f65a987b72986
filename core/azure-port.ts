import type { AppAddress, SlotName } from './function-app/picture.ts'
import type { FunctionApps, SlotFunctions, SlotHosts } from './function-app/ports.ts'
import type { TrackingTables } from './function-app/slot-hub.ts'
import type { ReadableStorage } from './function-app/storage-reference.ts'
import type { StateServiceAddress, StateServiceClient } from './service/ports.ts'
import type { LookAtHub } from './task-hub/idle-proof/evidence.ts'
import type { IdlePolicy } from './task-hub/idle-proof/policy.ts'
import type { AskedHub } from './task-hub/hub.ts'
import type { RecordStore, TaskHubs } from './task-hub/ports.ts'

/** How a hub is asked about through its app instead of its storage. */
export type AskThroughApp = {
  readonly app: AppAddress
  readonly slot: SlotName
  readonly hostName: string
  readonly hub: AskedHub
  /** True: the slot's own hub, no `taskHub` is sent (a wrong one would be created by the host). */
  readonly ownHub: boolean
  readonly policy: IdlePolicy
}

export type StatusEndpoint = {
  readonly url: string
  readonly key?: string
  readonly hub: AskedHub
}

/** Azure as the tasks see it; the real one is built by `connect` in tasks/agent, fakes by tests. */
export interface Azure {
  /** Of storage accounts in this cloud, such as `core.windows.net`. */
  readonly storageSuffix: string
  readonly apps: FunctionApps
  readonly hosts: SlotHosts
  readonly functions: SlotFunctions
  /** `tracking` where the account's hubs keep their instances elsewhere. */
  taskHubs(storage: ReadableStorage, tracking?: TrackingTables): TaskHubs
  records(storage: ReadableStorage): RecordStore
  managementApi(ask: AskThroughApp): LookAtHub
  statusEndpoint(ask: StatusEndpoint): LookAtHub
  stateService(address: StateServiceAddress): StateServiceClient
}
