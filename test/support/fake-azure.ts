import assert from 'node:assert/strict'
import type { AskThroughApp, Azure, StatusEndpoint } from '../../core/azure-port.ts'
import type { AppAddress, SlotName } from '../../core/function-app/picture.ts'
import type { HostState, ProbeAnswer, SlotHosts } from '../../core/function-app/ports.ts'
import type { ReadableStorage } from '../../core/function-app/storage-reference.ts'
import { parseRecord } from '../../core/record/parse-record.ts'
import { type DeploymentRecord } from '../../core/record/record.ts'
import { serialiseRecord } from '../../core/record/serialise-record.ts'
import type { News, StateServiceAddress, StateServiceClient, StatusQuestion } from '../../core/service/ports.ts'
import type { EvidenceSource, LookAtHub } from '../../core/task-hub/idle-proof/evidence.ts'
import type { StorageAccount, Hub } from '../../core/task-hub/hub.ts'
import { parseHubName } from '../../core/task-hub/name.ts'
import type { AppBuilder } from './app.ts'
import { FakeCalls } from './fake-calls.ts'
import { FakeFunctionApps } from './fake-function-apps.ts'
import { FakeRecordStore } from './fake-record-store.ts'
import { FakeSlotFunctions } from './fake-slot-functions.ts'
import { FakeTaskHubs, type FakeHubTwist } from './fake-task-hubs.ts'

/** Hosts that run and answer 200, but for those that were made otherwise. */
export class FakeSlotHosts implements SlotHosts {
  readonly #calls: FakeCalls
  readonly #states = new Map<string, HostState>()
  readonly #answers = new Map<string, number>()

  constructor(calls: FakeCalls) {
    this.#calls = calls
  }

  /** The host of a slot reports an error. */
  sick(slot: string, error: string): void {
    this.#states.set(slot, { kind: 'known', state: 'Error', errors: [error] })
  }

  /** The process of a slot's host has run for so long. */
  upFor(slot: string, uptimeMs: number): void {
    this.#states.set(slot, { kind: 'known', state: 'Running', errors: [], uptimeMs })
  }

  answers(path: string, status: number): void {
    this.#answers.set(path, status)
  }

  async state(_app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<HostState> {
    const running: HostState = { kind: 'known', state: 'Running', errors: [] }
    return await this.#calls.read('host state', signal, () => this.#states.get(slot) ?? running)
  }

  async probe(_hostName: string, path: string, signal: AbortSignal): Promise<ProbeAnswer> {
    return await this.#calls.read('probe', signal, () => ({ kind: 'status', status: this.#answers.get(path) ?? 200 }))
  }
}

/** Azure in memory: whole-set settings, swaps that take their time, records with etags, hubs of several accounts. */
export class FakeAzure implements Azure {
  readonly storageSuffix = 'core.windows.net'
  readonly calls = new FakeCalls()
  readonly apps: FakeFunctionApps
  readonly hosts: FakeSlotHosts
  readonly functions: FakeSlotFunctions
  readonly #hubs = new Map<string, FakeTaskHubs>()
  readonly #records = new Map<string, FakeRecordStore>()

  constructor(...apps: readonly AppBuilder[]) {
    this.apps = new FakeFunctionApps(
      this.calls,
      apps.map((app) => app.picture()),
    )
    this.hosts = new FakeSlotHosts(this.calls)
    this.functions = new FakeSlotFunctions(this.calls, this.apps)
  }

  get mutations(): readonly string[] {
    return this.calls.mutations
  }

  /** A hub that exists, in the account that `app()` uses unless another is named. */
  hub(name: string, twist: FakeHubTwist = {}, account = 'shopdata'): this {
    this.#hubsOf(accountNamed(account)).put(hubNamed(name), twist)
    return this
  }

  hasHub(name: string): boolean {
    return this.#hubsOf(accountNamed('shopdata')).has(hubNamed(name))
  }

  /** No worker holds that hub any more. */
  letGo(name: string): void {
    this.#hubsOf(accountNamed('shopdata')).letGo(hubNamed(name))
  }

  record(app = 'shop', account = 'shopdata'): DeploymentRecord | undefined {
    const text = this.#recordsOf(accountNamed(account)).text(app)
    return text === undefined ? undefined : parseRecord(text, app)
  }

  keep(record: DeploymentRecord): this {
    return this.keepText(serialiseRecord(record), record.app)
  }

  keepText(text: string, app = 'shop'): this {
    this.#recordsOf(accountNamed('shopdata')).put(app, text)
    return this
  }

  taskHubs({ account }: ReadableStorage): FakeTaskHubs {
    return this.#hubsOf(account)
  }

  records({ account }: ReadableStorage): FakeRecordStore {
    return this.#recordsOf(account)
  }

  managementApi({ hub }: AskThroughApp): LookAtHub {
    return this.#through('managementApi', hub)
  }

  statusEndpoint({ hub }: StatusEndpoint): LookAtHub {
    return this.#through('statusEndpoint', hub)
  }

  /** What a state service was told, in order. */
  readonly told: {
    readonly address: StateServiceAddress
    readonly app: string
    readonly news: News
    readonly by: string
  }[] = []
  readonly statusQuestions: StatusQuestion[] = []

  stateService(address: StateServiceAddress): StateServiceClient {
    return {
      look: (question) => {
        this.statusQuestions.push(question)
        return this.#through('stateService', question.hub)
      },
      tell: async ({ app, news, by }, signal) =>
        await this.calls.read('tell state service', signal, () => {
          this.told.push({ address, app: app.name, news, by: by.run })
          return 'Noted.'
        }),
    }
  }

  /** A host knows where its hub is, whatever the settings show. */
  #through(source: EvidenceSource, hub: AskThroughApp['hub']): LookAtHub {
    const hubs = this.#hubsOf(hub.account ?? accountNamed('shopdata'))
    return async (signal) =>
      await this.calls.read(`ask ${source}`, signal, () => ({ ...hubs.evidence(hub.name, source), hub }))
  }

  #hubsOf(account: StorageAccount): FakeTaskHubs {
    const hubs = this.#hubs.get(account.id) ?? new FakeTaskHubs(this.calls, account)
    this.#hubs.set(account.id, hubs)
    return hubs
  }

  #recordsOf({ id }: StorageAccount): FakeRecordStore {
    const records = this.#records.get(id) ?? new FakeRecordStore(this.calls)
    this.#records.set(id, records)
    return records
  }
}

/** The account as a connection string of the public cloud names it. */
export function accountNamed(name: string): StorageAccount {
  return { name, id: `${name}.core.windows.net` }
}

export function hubNamed(text: string) {
  const name = parseHubName(text)
  assert.ok(name)
  return name
}

export function hubOfShop(name: string): Hub {
  return { account: accountNamed('shopdata'), name: hubNamed(name) }
}
