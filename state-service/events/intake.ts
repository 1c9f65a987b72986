// Lifecycle events into the documents of their hubs, many in one write: as many as come while the write before is under way.
import { AzureFailure, Cancelled } from '../../core/failures.ts'
import type { LifecycleEvent } from '../../core/lifecycle/event.ts'
import type { Clock } from '../../core/ports.ts'
import { Busy } from './busy.ts'
import { named } from '../documents/document-rows.ts'
import type { Documents } from '../documents/documents.ts'
import { storeBatch } from '../documents/hints-document.ts'

export type IntakeDeps = {
  readonly documents: Documents
  readonly clock: Clock
  /** A text that nobody else makes, such as a UUID. */
  readonly newId: () => string
  /** From 0 to less than 1: writers that met must not meet again. */
  readonly random: () => number
}

export type IntakeLimits = {
  /** Events in memory at a time, those being written included. A delivery has at most 5,000. */
  readonly mostHeld: number
  /** Hubs that are written at a time. */
  readonly hubsAtOnce: number
  /** A batch is given up after this. Event Grid waits for 30 seconds (learn: event-grid/delivery-and-retry). */
  readonly storeWithinMs: number
}

export type Intake = {
  /**
   * Resolves once what the events say is stored. Throws `Busy` at once where too many wait already; `AzureFailure` where some
   * of them are not known to be stored; `Cancelled` where the signal aborts, after which they may be stored all the same.
   * Whoever sent them keeps them until then and sends them again: events may come twice.
   */
  takeEvents(events: readonly LifecycleEvent[], signal: AbortSignal): Promise<void>
}

const defaults: IntakeLimits = { mostHeld: 20_000, hubsAtOnce: 8, storeWithinMs: 20_000 }
const retryAfterSeconds = 2
const mostRounds = 3
const longestPauseMs = 500

/** The events of one call that are of one hub. */
type Part = {
  readonly events: readonly LifecycleEvent[]
  readonly settle: (failure?: Error) => void
}

type Waiting = { readonly stored: Promise<void>; readonly cancel: () => void }

/** Several may run on one store, also in other processes. */
export function openIntake(deps: IntakeDeps, limits: Partial<IntakeLimits> = {}): Intake {
  const { mostHeld, hubsAtOnce, storeWithinMs } = { ...defaults, ...limits }
  /** By hub in lower case. A hub is here while parts of it wait or are being written. */
  const waiting = new Map<string, Part[]>()
  /** Hubs whose parts wait and that nobody writes, in the order in which they came: each hub has one write at a time. */
  const ready: string[] = []
  let writers = 0
  let held = 0

  const add = (hub: string, events: readonly LifecycleEvent[]): Waiting => {
    held += events.length
    const { promise: stored, resolve, reject } = promised()
    const part: Part = {
      events,
      settle: (failure) => {
        held -= events.length
        if (failure) reject(failure)
        else resolve()
      },
    }
    const parts = waiting.get(hub)
    if (parts) parts.push(part)
    else {
      waiting.set(hub, [part])
      ready.push(hub)
    }
    const cancel = () => {
      const others = waiting.get(hub) ?? []
      const at = others.indexOf(part)
      if (at >= 0) others.splice(at, 1)[0]?.settle(new Cancelled())
      // It is being written, and counts as held until that has ended.
      else reject(new Cancelled())
    }
    return { stored, cancel }
  }

  const write = async () => {
    writers += 1
    for (let hub = ready.shift(); hub !== undefined; hub = ready.shift()) {
      const parts = waiting.get(hub)?.splice(0) ?? []
      const failure = await store(deps, { hub, parts, storeWithinMs })
      for (const { settle } of parts) settle(failure)
      if (waiting.get(hub)?.length === 0) waiting.delete(hub)
      else ready.push(hub)
    }
    writers -= 1
  }

  return {
    async takeEvents(events, signal) {
      if (signal.aborted) throw new Cancelled()
      if (held + events.length > mostHeld) {
        throw new Busy(
          `${held} lifecycle events wait to be stored, and no more than ${mostHeld} may.`,
          retryAfterSeconds,
        )
      }
      const all = [...byHub(events)].map(([hub, some]) => add(hub, some))
      while (ready.length > 0 && writers < hubsAtOnce) void write()
      const cancel = () => {
        for (const one of all) one.cancel()
      }
      signal.addEventListener('abort', cancel, { once: true })
      const results = await Promise.allSettled(all.map(({ stored }) => stored))
      signal.removeEventListener('abort', cancel)
      for (const result of results) if (result.status === 'rejected') throw result.reason
    },
  }
}

function promised() {
  let resolve: () => void = () => undefined
  let reject: (failure: Error) => void = () => undefined
  const promise = new Promise<void>((whenDone, whenFailed) => {
    resolve = whenDone
    reject = whenFailed
  })
  return { promise, resolve, reject }
}

function byHub(events: readonly LifecycleEvent[]): ReadonlyMap<string, readonly LifecycleEvent[]> {
  const groups = new Map<string, LifecycleEvent[]>()
  for (const event of events) {
    const hub = event.hub.toLowerCase()
    const group = groups.get(hub)
    if (group) group.push(event)
    else groups.set(hub, [event])
  }
  return groups
}

/** Stores parts as one batch; answers why they are not known to be stored. */
async function store(
  { documents, clock, newId, random }: IntakeDeps,
  {
    hub,
    parts,
    storeWithinMs,
  }: { readonly hub: string; readonly parts: readonly Part[]; readonly storeWithinMs: number },
): Promise<Error | undefined> {
  const events = parts.flatMap((part) => part.events)
  if (events.length === 0) return undefined
  const signal = AbortSignal.timeout(storeWithinMs)
  try {
    const batch = { id: newId(), events, at: clock.now() }
    for (let round = 1; ; round++) {
      try {
        await storeBatch(documents, hub, batch, signal)
        return undefined
      } catch (error) {
        const again = error instanceof AzureFailure && (error.mayHaveHappened || error.kind === 'conflict')
        if (!again || round === mostRounds) throw error
        await clock.sleep(longestPauseMs * random(), signal)
      }
    }
  } catch (error) {
    if (signal.aborted && error instanceof Cancelled) return tooSlow(hub, storeWithinMs)
    return error instanceof Error ? error : new Error('The events could not be stored.', { cause: error })
  }
}

function tooSlow(hub: string, ms: number): AzureFailure {
  const operation = named('store lifecycle events of task hub', hub)
  return new AzureFailure(`Could not ${operation} within ${ms / 1000} seconds.`, {
    operation,
    kind: 'timeout',
    mayHaveHappened: true,
  })
}
