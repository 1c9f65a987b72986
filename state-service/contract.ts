// What the service answers, field by field. openapi.yaml says the same for everybody else.
import type { Counts, Verdict } from '../core/task-hub/idle-proof/evidence.ts'

/** Stands in every status, so that a gate tells an answer of this service, in this version, from any other JSON. */
export const statusContract = 'durable-functions-safe-deployment/status/1'

export type ToldHub = { readonly account?: string; readonly name: string }

export type ToldRun = { readonly id?: string; readonly run: string; readonly project: string; readonly link: string }

/** What the verdict rests on. */
export type Grounds =
  /** Two full looks, made for this answer or for others that were asked at the same time. */
  | 'proof'
  /** A proof made before, that nothing contradicts. */
  | 'keptProof'
  /** One look that found work. */
  | 'look'
  /** A lifecycle event of the last moments; the hub was not looked at. */
  | 'event'
  /** Nothing that could be understood. */
  | 'none'

export type StatusReply = {
  readonly contract: typeof statusContract
  readonly app: string
  readonly slot: string
  /** Null where the slot's settings do not tell. */
  readonly taskHub: ToldHub | null
  readonly verdict: Verdict
  /** One sentence, for people. */
  readonly because: string
  readonly grounds: Grounds
  /** Of a kept proof: why it still holds. */
  readonly keptBecause?: 'noWorkerSince' | 'young'
  readonly askedAt: string
  /** When the hub was proven idle last, and how long ago that began; null where it was not, as far as is known. */
  readonly lastProof: { readonly beganAt: string; readonly provenAt: string; readonly ageInSeconds: number } | null
  readonly counts: Counts
  /** True: there is at least what is counted. */
  readonly atLeast: boolean
  readonly inFlightByName: Readonly<Record<string, number>>
  readonly inFlightByVersion: Readonly<Record<string, number>>
  readonly oldest: {
    readonly instanceId: string
    readonly name: string
    readonly version: string
    readonly status: string
    readonly createdAt?: string
  } | null
  readonly evidence: {
    readonly source: 'storage'
    readonly notChecked: readonly string[]
    readonly warnings: readonly string[]
    /** Requests that this answer sent to the hub's storage account. */
    readonly storageRequests: number
  }
  /** What a pipeline announced for the slot last; null where nothing was. */
  readonly announced: Announced | null
}

export type Announced = {
  readonly taskHub: ToldHub
  readonly build: string
  readonly at: string
  readonly by: ToldRun
  /** Whether the slot ran that hub when it was looked at for this answer. */
  readonly isLive: boolean
}

/** Body of `PUT …/slots/{slot}/announcement`. */
export type StagingAnnouncement = {
  readonly taskHub: ToldHub
  readonly previous?: ToldHub
  readonly build: string
  readonly by: ToldRun
}

/** Body of `POST …/swaps`. */
export type SwapAnnouncement = {
  /** Told again with the same id it is entered once. */
  readonly id: string
  readonly sourceSlot: string
  readonly targetSlot: string
  /** What the target runs afterwards, and the source. */
  readonly taskHub: ToldHub
  readonly previous?: ToldHub
  readonly rolledBack?: boolean
  readonly by: ToldRun
}

/** Body of `POST …/cleanups`. */
export type CleanupAnnouncement = { readonly taskHub: ToldHub; readonly by: ToldRun }

/** `noted`: entered, or entered before. `isLive`: whether the slots, read now, show what was announced; null where that could not be read. */
export type NotedReply = { readonly noted: true; readonly isLive: boolean | null; readonly says: string }

export type EventsReply = { readonly taken: number; readonly ignored: number }

export type HealthReply = {
  readonly status: 'ok' | 'degraded'
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly says: string }[]
  readonly version: string
}
