// One app with its storage account, as the cases of the packaged suites begin and end with it.
import { fillHub } from '../../../emulator/durable/fill.ts'
import { openStorage } from '../../../emulator/durable/storage.ts'
import type { FunctionApp } from '../../../emulator/function-app/function-app.ts'
import { Operation } from '../../../emulator/function-app/operation.ts'
import { swapSlots } from '../../../emulator/function-app/swap.ts'
import type { Slot } from '../../../emulator/function-app/slot.ts'
import type { DeploymentRecord } from '../../../core/record/record.ts'
import { parseRecord } from '../../../core/record/parse-record.ts'
import { serialiseRecord } from '../../../core/record/serialise-record.ts'
import type { Start } from './start.ts'
import { appName, rowsOf } from './start.ts'
import type { World } from './world.ts'

export const recordContainer = 'durable-safe-deployment'

/** `own` goes straight to storage, `seen` past the switchboard. */
export type StageAccount = { readonly name: string; readonly own: string; readonly seen: string }

export class Stage {
  readonly world: World
  readonly app: FunctionApp
  readonly account: StageAccount
  readonly #before: Pick<Start, 'swaps'>

  private constructor(world: World, app: FunctionApp, account: StageAccount, before: Pick<Start, 'swaps'>) {
    this.world = world
    this.app = app
    this.account = account
    this.#before = before
  }

  static async set(world: World, account: StageAccount, start: Start): Promise<Stage> {
    const { production, staging } = start
    const adding = world.azure.addFunctionApp({
      ...{ name: appName, resourceGroup: 'shop-rg', slots: ['staging'], stickySettings: ['Region'] },
      settings: { production: { ...production.settings }, staging: { ...staging.settings } },
      content: { production: world.content[production.version], staging: world.content[staging.version] },
    })
    const [app] = await Promise.all([
      adding,
      writeRecord(account, start.record),
      ...start.hubs.map((hub) => makeHub(account, hub)),
    ])
    await Promise.all(app.slots.map((slot) => slot.ready()))
    app.slot().slotSwapStatus = production.slotSwapStatus
    app.slot('staging').slotSwapStatus = staging.slotSwapStatus
    return new Stage(world, app, account, start)
  }

  /** What stands in for the stock deploy step: new code, whose host makes its hub and begins to work on it. */
  async deploy(): Promise<void> {
    const staging: Slot = this.app.slot('staging')
    await staging.deploy(this.world.content.v2)
    await staging.ready()
    await makeHub(this.account, staging.settings['TaskHubName'] ?? '')
  }

  /** Resolves when nothing goes on in the emulated Azure by itself. */
  async calm(): Promise<void> {
    while (this.app.running) await this.app.running.over
  }

  /** A swap that nobody looked before: what a task does that repeats its request. */
  async swapBlindly(): Promise<void> {
    await this.calm()
    const { app } = this
    const swap = { app, source: app.slot('staging'), target: app.slot() }
    await app.begin(new Operation('SwapSiteSlots', 'staging', () => swapSlots(swap))).over
  }

  /** How often the two versions changed places, since the deployment began. */
  swaps(): number {
    return this.#before.swaps + this.app.events.filter(({ step }) => step === 'routing').length
  }

  /** How often Azure took up a request to swap, since the deployment began. */
  acceptedSwaps(): number {
    const asked = { service: 'arm', method: 'POST', path: /\/slotsswap\?/i, effect: true } as const
    return this.#before.swaps + this.world.azure.requests.count(asked)
  }

  /** As if so much time had gone by in the account that whoever holds the lock has held it too long. */
  async expireLock(): Promise<void> {
    const record = await this.readRecord()
    if (record?.lock === undefined) return
    const until = new Date(Date.now() - 1000).toISOString()
    await putRecord(this.account, serialiseRecord({ ...record, lock: { ...record.lock, until } }))
  }

  async readRecordText(): Promise<string | undefined> {
    const text = await recordBlob(this.account)
      .downloadToBuffer()
      .catch(() => undefined)
    return text?.toString('utf8')
  }

  async readRecord(): Promise<DeploymentRecord | undefined> {
    const text = await this.readRecordText()
    return text === undefined ? undefined : parseRecord(text, appName)
  }

  /** All that hubs have in the account: tables, queues and containers. */
  async parts(): Promise<readonly string[]> {
    const storage = openStorage(this.account.own)
    const names: string[] = []
    for await (const { name } of storage.tables.listTables()) names.push(`table ${name ?? ''}`)
    for await (const { name } of storage.queues.listQueues()) names.push(`queue ${name}`)
    for await (const { name } of storage.blobs.listContainers()) {
      if (name !== recordContainer) names.push(`container ${name}`)
    }
    return names.sort()
  }
}

async function makeHub(account: StageAccount, name: string): Promise<void> {
  const hub = await fillHub(account.own, name, { partitionCount: 2 })
  await rowsOf[name]?.(hub)
}

function recordBlob({ own }: StageAccount) {
  return openStorage(own).blobs.getContainerClient(recordContainer).getBlockBlobClient(`${appName}.json`)
}

async function writeRecord(account: StageAccount, text: string): Promise<void> {
  await openStorage(account.own).blobs.getContainerClient(recordContainer).create()
  await putRecord(account, text)
}

async function putRecord(account: StageAccount, text: string): Promise<void> {
  await recordBlob(account).upload(text, Buffer.byteLength(text))
}
