import type { SlotHub } from '../core/function-app/slot-hub.ts'
import type { AppView } from '../core/function-app/view.ts'
import type { HubMarks } from '../core/lifecycle/hub-mark.ts'
import type { Clock, Log } from '../core/ports.ts'
import type { TaskHubs } from '../core/task-hub/ports.ts'
import type { Documents } from './documents/documents.ts'

/** One function app that the service is asked about. */
export type WatchedApp = {
  readonly name: string
  readonly resourceGroup: string
  readonly subscriptionId: string
  readonly taskHubSetting: string
  readonly storageSetting: string
}

/** What the service reads of Azure. It changes nothing there. */
export interface Watched {
  readonly apps: readonly WatchedApp[]
  /** The app with its slots as they are now. Throws `AzureFailure` and `Refusal`. */
  look(app: WatchedApp, signal: AbortSignal): Promise<AppView>
  /** The hubs of a slot's account. Throws `Refusal` where the settings do not tell the account. */
  hubs(slot: SlotHub): TaskHubs & HubMarks
}

export type ServiceDeps = {
  readonly documents: Documents
  readonly watched: Watched
  readonly clock: Clock
  readonly log: Log
  /** A text that nobody else makes, such as a UUID. */
  readonly newId: () => string
  /** From 0 to less than 1. */
  readonly random: () => number
  readonly version: string
  /** How far apart the two looks of a proof are. */
  readonly quietPeriodMs: number
  /** What `work` comes to, or `late` where that takes longer; the work goes on. Throws `Cancelled`. */
  readonly inTime: <T>(ms: number, work: Promise<T>, signal: AbortSignal) => Promise<T | 'late'>
  /** Aborts when the service ends. */
  readonly lifetime: AbortSignal
}

/** App and slot names compare without case in Azure Resource Manager. */
export function findWatched({ apps }: Watched, name: string): WatchedApp | undefined {
  return apps.find((app) => app.name.toLowerCase() === name.toLowerCase())
}
