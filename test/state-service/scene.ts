// The service over documents in memory, and an app whose slots and hubs are as a test says.
import assert from 'node:assert/strict'
import { AzureFailure } from '../../core/failures.ts'
import type { HubMark } from '../../core/lifecycle/hub-mark.ts'
import type { LifecycleEvent } from '../../core/lifecycle/event.ts'
import { strictPolicy } from '../../core/task-hub/idle-proof/policy.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import type { StatusReply } from '../../state-service/contract.ts'
import { createService } from '../../state-service/create-service.ts'
import type { Documents } from '../../state-service/documents/documents.ts'
import type { StatusQuestion } from '../../state-service/service.ts'
import { memoryDocuments } from '../../state-service/documents/store-memory.ts'
import type { ServiceDeps } from '../../state-service/watched.ts'
import { app, type AppBuilder } from '../support/app.ts'
import { FakeCalls } from '../support/fake-calls.ts'
import { FakeClock, FakeLog } from '../support/fake-clock.ts'
import { FakeTaskHubs } from '../support/fake-task-hubs.ts'

export const signal = new AbortController().signal
export const run = { run: '20261121.1', project: 'shop', link: 'https://dev.example.net/shop/_build/results?buildId=7' }

const account = { name: 'shopdata', id: 'shopdata.core.windows.net' }

export class Scene {
  readonly clock = new FakeClock()
  readonly log = new FakeLog()
  readonly documents: Documents
  readonly hubs: FakeTaskHubs
  app: AppBuilder = app()
  /** Why Azure Resource Manager does not answer. */
  armFails: AzureFailure | undefined
  /** What is cheap to read of every hub. */
  mark: Pick<HubMark, 'queues' | 'partitions'> = {
    queues: [{ name: 'hub-control-00', messages: 0, visible: 0 }],
    partitions: [{ on: 'row hub-control-00', tag: 'a', live: false }],
  }
  /** Looks that were taken at a hub. */
  looks = 0
  /** Names of the apps that are watched. */
  watched: readonly string[] = ['shop']
  /** Called before each look. */
  onLook: () => void = () => undefined
  /** Whether what may take so many milliseconds takes longer. */
  lateWithin: (ms: number) => boolean = () => false
  #ids = 0
  #events = 0

  constructor(documents: Documents = memoryDocuments()) {
    this.documents = documents
    this.hubs = new FakeTaskHubs(new FakeCalls(), account)
    for (const name of ['shop99', 'shop100']) this.hubs.put(name as HubName, {})
  }

  readonly service = () => createService(this.#deps())

  async status(question: Partial<StatusQuestion> = {}, service = this.service()): Promise<StatusReply> {
    const asked = { app: 'shop', slot: 'staging', policy: strictPolicy, maxProofAgeMs: 0, waitMs: 20_000, ...question }
    const reply = await service.status(asked, signal)
    assert.ok('contract' in reply)
    return reply
  }

  event(instanceId: string, status: LifecycleEvent['status'], hub = 'shop99'): LifecycleEvent {
    const id = `event-${(this.#events += 1)}`
    return { id, hub: hub as HubName, instanceId, functionName: 'Order', status }
  }

  workerAlive(): void {
    this.mark = { ...this.mark, partitions: [{ on: 'row hub-control-00', tag: 'b', live: true }] }
  }

  #deps(): ServiceDeps {
    const marks = {
      mark: async () => await Promise.resolve({ at: this.clock.now(), ...this.mark }),
      requests: () => this.looks,
    }
    return {
      documents: this.documents,
      watched: {
        apps: this.watched.map((name) => ({
          name,
          resourceGroup: 'shop-rg',
          subscriptionId: '11111111-1111-1111-1111-111111111111',
          taskHubSetting: 'TaskHubName',
          storageSetting: 'AzureWebJobsStorage',
        })),
        look: async () => {
          if (this.armFails) throw this.armFails
          return await Promise.resolve(this.app.view())
        },
        hubs: () => ({
          ...marks,
          account: this.hubs.account,
          look: async (hub, policy, now) => {
            this.onLook()
            this.looks += 1
            return await this.hubs.look(hub, policy, now)
          },
          parts: async (hub, now) => await this.hubs.parts(hub, now),
          liveLeases: async (hub, now) => await this.hubs.liveLeases(hub, now),
          lastActivity: async (hub, now) => await this.hubs.lastActivity(hub, now),
          instances: async (hub, wanted, now) => await this.hubs.instances(hub, wanted, now),
          roots: async (hub, wanted, now) => await this.hubs.roots(hub, wanted, now),
          deletePart: async (hub, part, now) => await this.hubs.deletePart(hub, part, now),
        }),
      },
      clock: this.clock,
      log: this.log,
      newId: () => `id-${(this.#ids += 1)}`,
      random: () => 0.5,
      version: '1.0.0',
      quietPeriodMs: 5_000,
      inTime: async (ms, work) => (this.lateWithin(ms) ? 'late' : await work),
      lifetime: signal,
    }
  }
}
