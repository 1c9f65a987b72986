import { setTimeout as delay } from 'node:timers/promises'
import type { Activity, App, Entity, Orchestrator } from '../../../emulator/durable/app.ts'
import type { DurableClient } from '../../../emulator/durable/client.ts'
import type { Status } from '../../../emulator/durable/client.ts'
import { startWorker } from '../../../emulator/durable/worker.ts'
import type { Worker, WorkerOptions } from '../../../emulator/durable/worker.ts'

type Parts = {
  appVersion?: string
  orchestrators?: Record<string, Orchestrator>
  activities?: Record<string, Activity>
  entities?: Record<string, Entity>
}

export function appOf({ appVersion = '1.0.0', orchestrators = {}, activities = {}, entities = {} }: Parts): App {
  return { appVersion, defaultVersion: '', orchestrators, activities, entities }
}

/** Workers of one test file, all stopped at its end. */
export function workers() {
  const started: Worker[] = []
  return {
    async start(connection: string, hub: string, parts: Parts, options: Partial<WorkerOptions> = {}): Promise<Worker> {
      const worker = startWorker({ connection, hub, app: appOf(parts), partitionCount: 2, ...options })
      started.push(worker)
      await worker.ready
      return worker
    },
    stop: () => Promise.all(started.map((worker) => worker.kill())),
  }
}

export async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (Date.now() > deadline) throw new Error(`It did not come about within 20 s that ${what}.`)
    await delay(25)
  }
}

const terminal = ['Completed', 'Failed', 'Terminated', 'Canceled']

export function ended(client: DurableClient, instanceId: string): Promise<Status> {
  return until(`'${instanceId}' ended`, async () => {
    const status = await client.getStatus(instanceId)
    return status && terminal.includes(status.runtimeStatus) ? status : undefined
  })
}

export function reaches(client: DurableClient, instanceId: string, wanted: Status['runtimeStatus']): Promise<Status> {
  return until(`'${instanceId}' is ${wanted}`, async () => {
    const status = await client.getStatus(instanceId)
    return status?.runtimeStatus === wanted ? status : undefined
  })
}
