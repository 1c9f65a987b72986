import type { Store } from './store.ts'

/** Where a hub's rows are: its own tables, or a tracking store that it shares with other hubs. */
export type Tracking = {
  readonly store: Store
  readonly instances: string
  readonly history: string
  /** True: only rows whose TaskHubName is the hub's are the hub's. */
  readonly shared: boolean
}
