import { parseHubName } from '../../../core/task-hub/name.ts'
import type { LifecycleEvent } from '../../../core/lifecycle/event.ts'
import type { HealthReply, NotedReply, StatusReply } from '../../../state-service/contract.ts'
import { statusContract } from '../../../state-service/contract.ts'
import type { HistoryEntry } from '../../../state-service/documents/documents.ts'
import type { Conflict, NotWatched, StateService } from '../../../state-service/service.ts'

type Method = keyof StateService
export type Asked = { readonly method: Method; readonly what: unknown }

/** Watches the app `shop`, keeps what it was asked, and answers what it is told to. */
export class FakeStateService implements StateService {
  readonly asked: Asked[] = []
  events: LifecycleEvent[] = []
  entries: HistoryEntry[] = []
  statusReply: Partial<StatusReply> = {}
  healthReply: HealthReply = {
    status: 'ok',
    checks: [{ name: 'storage', ok: true, says: 'It answers.' }],
    version: '1.0.0',
  }
  cleanUpReply: NotedReply | Conflict = { noted: true, isLive: false, says: 'It is gone.' }
  /** Runs before every answer. */
  before: (method: Method, signal: AbortSignal) => Promise<void> | void = () => undefined

  async status(
    question: Parameters<StateService['status']>[0],
    signal: AbortSignal,
  ): Promise<StatusReply | NotWatched> {
    await this.#note('status', question, signal)
    return this.#watched(question.app) ?? { ...idleStatus(question.app, question.slot), ...this.statusReply }
  }

  async announceStaging(...[place, told, signal]: Parameters<StateService['announceStaging']>) {
    await this.#note('announceStaging', { ...place, told }, signal)
    return this.#watched(place.app) ?? noted
  }

  async announceSwap(...[app, told, signal]: Parameters<StateService['announceSwap']>) {
    await this.#note('announceSwap', { app, told }, signal)
    return this.#watched(app) ?? noted
  }

  async cleanUp(...[app, told, signal]: Parameters<StateService['cleanUp']>) {
    await this.#note('cleanUp', { app, told }, signal)
    return this.#watched(app) ?? this.cleanUpReply
  }

  async history(...[app, page, signal]: Parameters<StateService['history']>) {
    await this.#note('history', { app, page }, signal)
    const from = Number(page.after ?? '0')
    const entries = this.entries.slice(from, from + page.top)
    const next = from + page.top
    return this.#watched(app) ?? { entries, ...(next < this.entries.length && { cursor: String(next) }) }
  }

  async health(signal: AbortSignal): Promise<HealthReply> {
    await this.#note('health', undefined, signal)
    return this.healthReply
  }

  async takeEvents(events: readonly LifecycleEvent[], signal: AbortSignal): Promise<void> {
    await this.#note('takeEvents', events.length, signal)
    this.events = [...this.events, ...events]
  }

  async reconcile(signal: AbortSignal): Promise<void> {
    await this.#note('reconcile', undefined, signal)
  }

  async #note(method: Method, what: unknown, signal: AbortSignal): Promise<void> {
    this.asked.push({ method, what })
    await this.before(method, signal)
  }

  #watched(app: string): NotWatched | undefined {
    return app === 'shop' ? undefined : { kind: 'notWatched' }
  }
}

const noted: NotedReply = { noted: true, isLive: true, says: 'It is entered.' }

export function idleStatus(app: string, slot: string): StatusReply {
  return {
    contract: statusContract,
    app,
    slot,
    taskHub: { account: 'stshop', name: 'shop41' },
    verdict: 'idle',
    because: "Task hub 'shop41' is idle: nothing is in flight.",
    grounds: 'keptProof',
    keptBecause: 'noWorkerSince',
    askedAt: '2026-11-21T10:00:00.000Z',
    lastProof: { beganAt: '2026-11-21T09:00:00.000Z', provenAt: '2026-11-21T09:00:06.000Z', ageInSeconds: 3600 },
    counts: {
      ...{ running: 0, pending: 0, suspended: 0, unclear: 0, busyEntities: 0, idleEntities: 2, queuedMessages: 0 },
      ...{ leftoverTimers: 0, finishedButNotMarked: 0, ignored: 0 },
    },
    atLeast: false,
    inFlightByName: {},
    inFlightByVersion: {},
    oldest: null,
    evidence: { source: 'storage', notChecked: [], warnings: [], storageRequests: 7 },
    announced: {
      taskHub: { name: parseHubName('shop41') ?? '' },
      build: '41',
      at: '2026-11-21T08:00:00.000Z',
      by: { run: '41', project: 'Shop', link: 'https://dev.azure.com/shop/Shop/_build/results?buildId=41' },
      isLive: true,
    },
  }
}
