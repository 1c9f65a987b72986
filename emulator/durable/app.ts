import type { DurableClient } from './client.ts'
import type { Task } from './tasks.ts'

/** What orchestrator code sees. It is replayed: everything but these calls must give the same result every time. */
export type OrchestrationContext = {
  readonly instanceId: string
  readonly input: unknown
  readonly version: string
  readonly isReplaying: boolean
  readonly currentUtcDateTime: Date
  callActivity(name: string, input?: unknown): Task
  createTimer(fireAt: Date): Task
  callSubOrchestrator(name: string, input?: unknown, instanceId?: string): Task
  waitForExternalEvent(name: string): Task
  /** Done when all are; its result is the list of theirs. */
  all(tasks: readonly Task[]): Task
  /** Done when the first is; its result is that task. Cancel a timer that lost with `timer.cancel()`. */
  any(tasks: readonly Task[]): Task
  continueAsNew(input: unknown): void
  signalEntity(entityId: string, operation: string, input?: unknown): void
  setCustomStatus(value: unknown): void
}

export type ActivityContext = {
  readonly instanceId: string
  readonly name: string
  /** `version` of the deployed package.json. */
  readonly appVersion: string
  /** Aborted when the host stops; what the activity gives after that is lost. */
  readonly signal: AbortSignal
  /** For starting or signalling from within an activity. */
  readonly client: DurableClient
}

export type EntityContext = {
  readonly entityId: string
  readonly operation: string
  readonly input: unknown
  readonly appVersion: string
  getState<T>(initial: T): T
  setState(value: unknown): void
  /** The entity has no state afterwards; its row stays. */
  destroy(): void
}

export type Orchestrator = (context: OrchestrationContext) => unknown
export type Activity = (input: unknown, context: ActivityContext) => unknown
export type Entity = (context: EntityContext) => unknown

/** The durable functions of one version of an app. What is disabled is left out. */
export type App = {
  readonly appVersion: string
  /** host.json's defaultVersion, '' when unset: the Version column of what the app starts. */
  readonly defaultVersion: string
  readonly orchestrators: Readonly<Record<string, Orchestrator>>
  readonly activities: Readonly<Record<string, Activity>>
  readonly entities: Readonly<Record<string, Entity>>
}
