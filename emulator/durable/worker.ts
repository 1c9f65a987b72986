import { setTimeout as delay } from 'node:timers/promises'
import type { App } from './app.ts'
import { appLeaseId } from './app-lease.ts'
import { createClient } from './client.ts'
import type { DurableClient } from './client.ts'
import { workControlQueue } from './control-queue.ts'
import { limitTo } from './limit.ts'
import { namesOf } from './names.ts'
import { releaseLeases, tendLeases } from './partitions.ts'
import { textOf } from './payload.ts'
import { provision } from './provision.ts'
import type { Encoding, Hub } from './queues.ts'
import { openStorage, statusOf } from './storage.ts'
import type { Connection } from './storage.ts'
import { workItems } from './work-items.ts'

export type WorkerOptions = {
  readonly connection: Connection
  readonly hub: string
  readonly app: App
  readonly partitionCount?: number
  /** Equal for all slots of an app: the app lease is the site's (durable extension, EndToEndTraceHelper). */
  readonly appName?: string
  /** False: no lease on the hub for the app as a whole (DurableTaskOptions.UseAppLease). */
  readonly useAppLease?: boolean
  /** A worker that comes back under its id goes on with its partitions at once. */
  readonly workerId?: string
  /** 30 in Azure. */
  readonly leaseSeconds?: number
  /** How long a message that is worked on stays invisible; 300 in Azure, and at least 60 there. */
  readonly controlVisibilitySeconds?: number
  readonly workItemVisibilitySeconds?: number
  /** Episodes and activities at a time (host.json, maxConcurrentOrchestratorFunctions and …ActivityFunctions). */
  readonly mostOrchestrators?: number
  readonly mostActivities?: number
  readonly encoding?: Encoding
  log?(line: string): void
}

export type Worker = {
  readonly client: DurableClient
  /** Settles when the hub is there and the first partitions were asked for; rejects where storage cannot be reached. */
  readonly ready: Promise<void>
  /** Control queues this worker works off now. */
  partitions(): string[]
  /** Finishes the episodes and activities at hand and releases the partitions. */
  stop(): Promise<void>
  /** As a crash: from this moment nothing reaches storage; messages and leases run out by themselves. */
  kill(): Promise<void>
}

/** Starts a worker on a task hub, which it creates where it is missing. */
export function startWorker(options: WorkerOptions): Worker {
  const cut = new AbortController()
  const ending = new AbortController()
  const hub: Hub = {
    storage: openStorage(options.connection, cut.signal),
    names: namesOf(options.hub),
    partitionCount: options.partitionCount ?? 4,
    encoding: options.encoding ?? 'base64',
  }
  const log = (line: string) => options.log?.(line)
  const client = createClient(hub, options.app.defaultVersion)
  const leaseSeconds = options.leaseSeconds ?? 30
  const lease = { hub, workerId: options.workerId ?? `worker-${crypto.randomUUID()}`, leaseSeconds }
  const limit = limitTo(options.mostOrchestrators ?? Number.POSITIVE_INFINITY)
  const partitions = new Map<string, { stop: AbortController; done: Promise<void> }>()

  async function tend(): Promise<void> {
    const owned = new Set(await tendLeases(lease))
    for (const [queueName, { stop }] of partitions) {
      if (!owned.has(queueName)) {
        stop.abort()
        partitions.delete(queueName)
      }
    }
    for (const queueName of owned) if (!partitions.has(queueName)) partitions.set(queueName, begin(queueName))
  }

  function begin(queueName: string) {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, ending.signal])
    const visibilitySeconds = options.controlVisibilitySeconds ?? 300
    const done = workControlQueue({ hub, app: options.app, queueName, visibilitySeconds, limit, signal, log })
    return { stop, done }
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      await tend().catch((error: unknown) => {
        if (!ending.signal.aborted) log(`Partitions of '${options.hub}' could not be tended: ${textOf(error)}`)
      })
      await delay(Math.min(10_000, leaseSeconds * 300), undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }

  /** Holds the app lease: one app a hub, all its slots being the same app (DT Partitioning/AppLeaseManager.cs). */
  async function holdAppLease(): Promise<void> {
    const seconds = Math.max(15, Math.min(60, leaseSeconds * 2))
    const container = hub.storage.blobs.getContainerClient(hub.names.appLease)
    const appLease = container.getBlobLeaseClient(appLeaseId(options.appName ?? 'app'))
    while (!ending.signal.aborted) {
      try {
        await appLease.acquireLease(seconds)
        renew()
        return
      } catch (error) {
        if (statusOf(error) !== 409) throw error
      }
      await delay(1000, undefined, { signal: ending.signal }).catch(() => undefined)
    }
    function renew(): void {
      const timer = setInterval(() => void appLease.acquireLease(seconds).catch(() => undefined), seconds * 400)
      ending.signal.addEventListener('abort', () => clearInterval(timer))
    }
  }

  const parts: Promise<void>[] = []
  const ready = provision(hub).then(async () => {
    if (options.useAppLease !== false) await holdAppLease()
    if (ending.signal.aborted) return
    await tend()
    parts.push(run())
    const visibilitySeconds = options.workItemVisibilitySeconds ?? 300
    parts.push(
      workItems({
        ...{ hub, app: options.app, client, visibilitySeconds, signal: ending.signal, cut: cut.signal, log },
        ...(options.mostActivities === undefined ? {} : { mostActivities: options.mostActivities }),
      }),
    )
  })
  ready.catch(() => undefined)

  async function settle(): Promise<void> {
    await ready.catch(() => undefined)
    await Promise.allSettled([...parts, ...[...partitions.values()].map(({ done }) => done)])
  }

  return {
    client,
    ready,
    partitions: () => [...partitions.keys()],
    async stop() {
      ending.abort()
      await settle()
      if (!cut.signal.aborted) await releaseLeases(lease)
      cut.abort()
    },
    async kill() {
      cut.abort()
      ending.abort()
      await settle()
    },
  }
}
