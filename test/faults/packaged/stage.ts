// One app before its second deployment: hub shop1 in production, shop0 retiring in staging, and the record of both.
import { fillHub } from '../../../emulator/durable/fill.ts'
import { openStorage } from '../../../emulator/durable/storage.ts'
import type { FunctionApp } from '../../../emulator/function-app/function-app.ts'
import { parseConnectionString } from '../../../core/function-app/storage-connection-string.ts'
import type { DeploymentRecord, RecordedHub } from '../../../core/record/record.ts'
import { parseRecord, serialiseRecord } from '../../../core/record/record.ts'
import type { StorageAccount } from '../../../core/task-hub/hub.ts'
import { parseHubName } from '../../../core/task-hub/name.ts'
import type { World } from './world.ts'

export const appName = 'shop'
export const recordContainer = 'durable-safe-deployment'
const record = `${appName}.json`

/** `own` goes straight to storage, `seen` past the switchboard. */
export type StageAccount = { readonly name: string; readonly own: string; readonly seen: string }

export class Stage {
  readonly world: World
  readonly app: FunctionApp
  readonly account: StageAccount

  private constructor(world: World, app: FunctionApp, account: StageAccount) {
    this.world = world
    this.app = app
    this.account = account
  }

  static async set(world: World, account: StageAccount): Promise<Stage> {
    const common = { AzureWebJobsStorage: account.seen, FUNCTIONS_EXTENSION_VERSION: '~4' }
    const adding = world.azure.addFunctionApp({
      ...{ name: appName, resourceGroup: 'shop-rg', slots: ['staging'], stickySettings: ['Region'] },
      settings: {
        production: { ...common, TaskHubName: 'shop1', Colour: 'colour of 1', Region: 'production' },
        staging: { ...common, TaskHubName: 'shop0', Colour: 'colour of 0', Region: 'staging' },
      },
      content: { production: world.content.v1, staging: world.content.v0 },
    })
    const [app, old, serving] = await Promise.all([
      adding,
      fillHub(account.own, 'shop0', { partitionCount: 2 }),
      fillHub(account.own, 'shop1', { partitionCount: 2 }),
    ])
    const stage = new Stage(world, app, account)
    await Promise.all([
      old.completed(3),
      serving.completed(2).then(() => serving.running({ name: 'ProcessOrder' })),
      stage.#writeRecord(),
      ...app.slots.map((slot) => slot.ready()),
    ])
    return stage
  }

  /** What stands in for the stock deploy step: new code, whose host makes its hub and begins to work on it. */
  async deploy(): Promise<void> {
    const staging = this.app.slot('staging')
    await staging.deploy(this.world.content.v2)
    await staging.ready()
    const hub = await fillHub(this.account.own, staging.settings['TaskHubName'] ?? '', { partitionCount: 2 })
    await hub.completed(1)
  }

  /** Resolves when nothing goes on in the emulated Azure by itself. */
  async calm(): Promise<void> {
    while (this.app.running) await this.app.running.over
  }

  async readRecord(): Promise<DeploymentRecord | undefined> {
    const text = await this.#recordBlob()
      .downloadToBuffer()
      .catch(() => undefined)
    return text && parseRecord(text.toString('utf8'), appName)
  }

  /** All that is in the account: tables, queues and containers. */
  async parts(): Promise<readonly string[]> {
    const storage = openStorage(this.account.own)
    const names: string[] = []
    for await (const { name } of storage.tables.listTables()) names.push(`table ${name ?? ''}`)
    for await (const { name } of storage.queues.listQueues()) names.push(`queue ${name}`)
    for await (const { name } of storage.blobs.listContainers()) names.push(`container ${name}`)
    return names.sort()
  }

  #recordBlob() {
    return openStorage(this.account.own).blobs.getContainerClient(recordContainer).getBlockBlobClient(record)
  }

  /** As the first deployment left it. */
  async #writeRecord(): Promise<void> {
    const endpoints = parseConnectionString(this.account.seen)
    if ('because' in endpoints) throw new Error(endpoints.because)
    const hub = (name: string) => hubIn(endpoints.account, name)
    const bornAt = '2026-05-04T03:02:01.000Z'
    const hubs: readonly RecordedHub[] = [
      { hub: hub('shop0'), build: '0', bornAt, productionSince: bornAt },
      { hub: hub('shop1'), build: '1', bornAt, previous: hub('shopx'), productionSince: bornAt },
    ]
    const text = serialiseRecord({ schema: 1, app: appName, hubs, audit: [] })
    await openStorage(this.account.own).blobs.getContainerClient(recordContainer).create()
    await this.#recordBlob().upload(text, Buffer.byteLength(text))
  }
}

function hubIn(account: StorageAccount, text: string) {
  const name = parseHubName(text)
  if (!name) throw new Error(`'${text}' is no name of a hub`)
  return { account, name }
}
