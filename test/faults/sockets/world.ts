/**
 * One emulated Azure for all cases of a process: function app `shop` with a slot, a second app beside it, real Azurite, and the
 * real clients over sockets. A case puts the slots and the hubs where it wants them, and looks at the emulator itself
 * afterwards: what a task says is judged by that.
 */
import type { Azure } from '../../../emulator/azure.ts'
import { startAzure } from '../../../emulator/azure.ts'
import { openStorage } from '../../../emulator/durable/storage.ts'
import type { Storage } from '../../../emulator/durable/storage.ts'
import type { FunctionApp } from '../../../emulator/function-app/function-app.ts'
import type { Call } from '../../../emulator/http/call.ts'
import type { StorageAccount } from '../../../emulator/storage/storage.ts'
import type { Transport } from '../../../core/azure/http/transport.ts'
import type { ServiceConnection } from '../../../tasks/agent/connection.ts'
import { LeapingTime } from './leaping-time.ts'
import type { Listed } from './quiet-host.ts'
import { quietHosts } from './quiet-host.ts'
import { Switchboard } from './switchboard.ts'
import { trust } from './trust.ts'

export const appName = 'shop'
const recordContainer = 'durable-safe-deployment'

export type Standing = { readonly hub: string; readonly version: string }
export type Stand = { readonly production: Standing; readonly staging: Standing }

export class World {
  readonly azure: Azure
  readonly time: LeapingTime
  readonly board: Switchboard
  readonly app: FunctionApp
  /** Not through the front: what a case prepares and looks at is not among its requests. */
  readonly storage: Storage
  readonly account: StorageAccount
  readonly connection: ServiceConnection
  readonly transport: Transport
  readonly listed: Listed
  readonly #distrust: () => void

  private constructor(parts: {
    azure: Azure
    time: LeapingTime
    app: FunctionApp
    account: StorageAccount
    connection: ServiceConnection
    listed: Listed
  }) {
    const { azure, time, account } = parts
    this.azure = azure
    this.time = time
    this.app = parts.app
    this.account = account
    this.storage = openStorage(azure.storage.account().connectionString)
    this.connection = parts.connection
    this.listed = parts.listed
    this.transport = { userAgent: 'faults', proxyFor: () => undefined }
    this.#distrust = trust(azure.caPem)
    this.board = new Switchboard(azure, time.requests, namesOfRequests(account))
  }

  static async open(): Promise<World> {
    const listed: Listed = new Map()
    const azure = await startAzure({
      startHost: quietHosts(listed),
      accounts: ['stshop'],
      timing: { stepMs: 4_000, retryAfterSeconds: 10 },
    })
    try {
      const account = (await azure.storage.front()).account()
      const settings = { AzureWebJobsStorage: account.connectionString, FUNCTIONS_WORKER_RUNTIME: 'node' }
      const put = async (name: string) =>
        await azure.addFunctionApp({
          name,
          resourceGroup: 'shop-rg',
          slots: ['staging'],
          settings: {
            production: { ...settings, TaskHubName: `${name}1`, Where: 'production' },
            staging: { ...settings, TaskHubName: `${name}2`, Where: 'staging' },
          },
          stickySettings: ['Where'],
        })
      const app = await put(appName)
      await put('billing')
      const principal = await azure.addServicePrincipal()
      return new World({
        azure,
        time: new LeapingTime(),
        app,
        account,
        listed,
        connection: connectionOf(azure, principal.clientId, principal.secret ?? ''),
      })
    } catch (error) {
      await azure.stop()
      throw error
    }
  }

  /** Puts hubs and versions into the slots, as they stand after a deployment long ago. */
  async place(stand: Stand): Promise<void> {
    await this.settled()
    for (const name of ['production', 'staging'] as const) {
      const slot = this.app.slot(name)
      const { hub, version } = stand[name]
      slot.targetSwapSlot = undefined
      slot.slotSwapStatus = undefined
      slot.replaceSettings({
        AzureWebJobsStorage: this.account.connectionString,
        FUNCTIONS_WORKER_RUNTIME: 'node',
        TaskHubName: hub,
        Where: name,
      })
      slot.worker.contentDir = version
      await slot.restart()
    }
    this.azure.requests.clear()
  }

  /** What really stands in the slots, once no operation runs. */
  async stands(): Promise<Stand> {
    await this.settled()
    const standing = (name: string): Standing => ({
      hub: this.app.slot(name).settings['TaskHubName'] ?? '',
      version: this.app.slot(name).worker.contentDir ?? '',
    })
    return { production: standing('production'), staging: standing('staging') }
  }

  async settled(): Promise<void> {
    while (this.app.running) await this.app.running.over
  }

  /** How often the slots really changed places so far. */
  swaps(): number {
    return this.app.events.filter(({ step }) => step === 'routing').length
  }

  async record(): Promise<string | undefined> {
    const blob = this.storage.blobs.getContainerClient(recordContainer).getBlockBlobClient(`${appName}.json`)
    return (await blob.exists()) ? (await blob.downloadToBuffer()).toString('utf8') : undefined
  }

  /** Puts a deployment record there, or takes away what is there, its container included. */
  async putRecord(text: string | undefined): Promise<void> {
    const container = this.storage.blobs.getContainerClient(recordContainer)
    if (text === undefined) {
      await container.deleteIfExists()
      return
    }
    await container.createIfNotExists()
    await container.getBlockBlobClient(`${appName}.json`).upload(text, Buffer.byteLength(text))
  }

  async close(): Promise<void> {
    this.time.restore()
    this.#distrust()
    await this.azure.stop()
  }
}

function connectionOf(azure: Azure, clientId: string, clientSecret: string): ServiceConnection {
  const bare = (url: string) => url.replace(/\/+$/, '')
  return {
    id: 'azure',
    name: 'azure',
    subscriptionId: azure.subscriptionId,
    armUrl: bare(azure.armUrl),
    authorityUrl: bare(azure.authorityUrl),
    armScope: 'https://management.core.windows.net//.default',
    environment: 'AzureCloud',
    storageSuffix: 'core.windows.net',
    scheme: { kind: 'clientSecret', tenantId: azure.tenantId, clientId, clientSecret },
  }
}

/** Storage's three services have ports of their own. */
function namesOfRequests({ blobUrl, queueUrl, tableUrl }: StorageAccount): (call: Call) => string {
  const services = new Map(
    Object.entries({ blob: blobUrl, queue: queueUrl, table: tableUrl }).map(([name, url]) => [new URL(url).host, name]),
  )
  return (call) => {
    const service = call.service === 'storage' ? (services.get(call.hostName) ?? 'storage') : call.service
    const path = decodeURIComponent(call.path)
      .replace(/^\/+subscriptions\/[^/]+/, '')
      .replace(/^\/resourceGroups\/[^/]+\/providers\/Microsoft\.Web/i, '')
      .replace(/\/[0-9a-f]{8}-[0-9a-f-]{27}/g, '/{id}')
      .replace(/\(PartitionKey='.*'\)$/, '(key)')
    const query = ['comp', 'restype'].flatMap((name) => {
      const value = call.query.get(name)
      return value === null ? [] : [`${name}=${value}`]
    })
    return `${service} ${call.method} ${path}${query.length > 0 ? `?${query.join('&')}` : ''}`
  }
}
