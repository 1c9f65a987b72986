import type { HubName } from '../task-hub/name.ts'

/** What a host says of an instance; it says nothing of Pending, Suspended and Canceled (EXT LifeCycleNotification). */
export type LifecycleStatus = 'Running' | 'Completed' | 'Failed' | 'Terminated'

/** One lifecycle event of a Durable Functions app. It may be late, doubled, out of order, or forged, and others are lost. */
export type LifecycleEvent = {
  /** Of the event; a delivery that is repeated has the same one. */
  readonly id: string
  readonly hub: HubName
  readonly instanceId: string
  readonly functionName: string
  readonly status: LifecycleStatus
}
