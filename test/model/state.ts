// What a model task hub holds: in storage (rows, History, messages), and in the memory of workers and clients.

/** When something came from outside, and the number of the queue that it was put in. */
export type Origin = { readonly queue: number; readonly at: number }

/** What an orchestration does next. Ids of children are part of the plan, as a replay would make the same ones. */
export type Act =
  | { readonly does: 'activity' }
  /** An activity that nobody waits for, which may outlive its orchestration. */
  | { readonly does: 'activityUnawaited' }
  | { readonly does: 'child'; readonly id: string; readonly plan: Plan }
  | { readonly does: 'fire'; readonly id: string; readonly plan: Plan }
  | { readonly does: 'timer'; readonly ms: number }
  /** An activity against a timer that is left behind. */
  | { readonly does: 'race'; readonly ms: number }
  | { readonly does: 'event' }
  | { readonly does: 'signal'; readonly entity: string; readonly ms: number; readonly fires?: Child }
  | { readonly does: 'lock' | 'unlock'; readonly entity: string }
  | { readonly does: 'continueAsNew' }
  /** Continue as new from the start, for ever. */
  | { readonly does: 'again' }

export type Plan = readonly Act[]
export type Child = { readonly id: string; readonly plan: Plan }

export type Content =
  | {
      readonly kind: 'start'
      readonly plan: Plan
      readonly executionId: string
      /** Started by a client, which writes a Pending row after the message. */
      readonly byClient: boolean
      readonly parent?: { readonly id: string; readonly task: number }
    }
  | { readonly kind: 'activity'; readonly task: number; readonly waited: boolean }
  | { readonly kind: 'result' | 'timer'; readonly task: number }
  | { readonly kind: 'event' | 'suspend' | 'resume' | 'terminate' }
  | { readonly kind: 'signal'; readonly fires?: Child }
  | { readonly kind: 'lock'; readonly by: string; readonly task: number }
  | { readonly kind: 'unlock' }

export type Message = {
  readonly number: number
  readonly queue: number
  readonly to: string
  readonly content: Content
  readonly origin: Origin
  visibleAt: number
  dequeues: number
}

export type Timer = { readonly task: number; readonly fireAt: number; fired: boolean }

/** What the History of an orchestration says, as committed. */
export type Execution = {
  readonly kind: 'orchestration'
  executionId: string
  /** The ExecutionId that its start named, whatever it has continued as since. */
  readonly startedAs: string
  plan: Plan
  at: number
  /** The task waited for, -1 for an event, undefined where nothing is. */
  waitsFor: number | undefined
  events: number
  suspended: boolean
  ended: '' | 'Completed' | 'Terminated'
  timers: Timer[]
  /** The number of the last task; a replay gives the same ones. */
  tasks: number
  readonly origin: Origin
  readonly parent?: { readonly id: string; readonly task: number }
}

export type EntityState = {
  readonly kind: 'entity'
  lockedBy: { readonly id: string; readonly origin: Origin } | undefined
  waiting: Waiting[]
}

/** An operation that an entity has put by. */
export type Waiting = Pick<Message, 'number' | 'content' | 'origin'>

export type Row = {
  readonly key: string
  readonly name: string
  readonly status: string
  readonly executionId: string
  readonly customStatus?: string
  readonly scheduledAt?: Date
  readonly writtenAt: string
  readonly writtenMs: number
}

/** One thing after the other that a worker or a client does to storage; a crash is what keeps the rest from being done. */
export type Job = {
  readonly who: 'worker' | 'client'
  /** The instance, so that nobody else works on it meanwhile. */
  readonly key: string
  readonly messages: readonly Message[]
  readonly steps: { readonly says: string; readonly act: () => boolean | undefined }[]
  next: number
}

/** What a host says of an instance before it commits what it did. */
export type Published = {
  readonly key: string
  readonly status: 'Running' | 'Completed' | 'Terminated'
  readonly origin: Origin
  /** When it was said. */
  readonly at: number
}

/** How one schedule's hub is set up. */
export type Setting = {
  readonly partitions: number
  readonly workers: number
  /** New libraries start a client's instance only once its row is there (DT OrchestrationSessionManager.cs:236-356). */
  readonly startsNeedRow: boolean
  /** How far ahead of the storage server's a worker's clock is, in milliseconds. */
  readonly workerAheadMs: number
  readonly crashes: boolean
  /** How old the last write of a row must be for a client to purge it, in milliseconds. */
  readonly purgeAfterMs: number
  /** Nothing but one chain of starts: what is hardest to see. */
  readonly chainOnly: boolean
  /** How many things clients may still do. */
  readonly clientActs: number
  /** How likely it is at every step that all workers die, or come back; not set: some always live. */
  readonly comeAndGo?: number
}

/** The orchestration's name: ids are the name and a number. */
export function nameOf(key: string): string {
  return key.replace(/\d+$/, '')
}

/** Instances that are left out on purpose: eternal ones. */
export function isIgnored(key: string): boolean {
  return key.startsWith('Forever')
}
