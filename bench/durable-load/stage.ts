// Azure on loopback with one app, whose two versions have a hub each, in storage processes of their own.
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAzure } from '../../emulator/azure.ts'
import type { Azure } from '../../emulator/azure.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { separateHosts } from '../../emulator/host/separate/separate-host.ts'
import type { Azurite } from '../../emulator/storage/azurite.ts'
import { startAzurite } from '../../emulator/storage/azurite.ts'
import { appFiles } from './app.ts'
import type { HubTables } from './count.ts'

/**
 * What a process had in hand when it was killed comes back after this: five minutes in Azure. It is longer than a worker takes
 * for all that it holds, also on a machine that does other things: what comes back while it waits its turn is done twice.
 */
export const visibilitySeconds = 59
const graceMs = 1_000

export type Stage = {
  readonly azure: Azure
  readonly app: FunctionApp
  readonly hubs: readonly HubTables[]
  stop(): Promise<void>
}

/** Throws where an Azurite does not start. */
export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'durable-load-'))
  const storages: Azurite[] = []
  let azure: Azure | undefined
  const stop = async () => {
    await azure?.stop()
    await Promise.all(storages.map((storage) => storage.stop()))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    azure = await startAzure({ startHost: separateHosts({ graceMs }), leaseSeconds: 15, timing: { stepMs: 500 } })
    const hubs: HubTables[] = []
    const content: Record<string, string> = {}
    for (const [version, slot] of [
      ['A', 'production'],
      ['B', 'staging'],
    ] as const) {
      hubs.push({ version, hub: `load${version}`, connectionString: await storageOf(folder, version, storages) })
      content[slot] = await write(join(folder, `app${version}`), appFiles(version, visibilitySeconds))
    }
    const settingsOf = (at: number) => ({
      AzureWebJobsStorage: hubs[at]?.connectionString ?? '',
      TaskHubName: hubs[at]?.hub ?? '',
    })
    const app = await azure.addFunctionApp({
      name: 'load',
      resourceGroup: 'load-rg',
      slots: ['staging'],
      settings: { production: settingsOf(0), staging: settingsOf(1) },
      content,
    })
    await Promise.all(app.slots.map((slot) => slot.ready()))
    return { azure, app, hubs, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One account of two processes, tables in one and queues and blobs in the other: an Azurite is a single thread. */
async function storageOf(folder: string, version: string, storages: Azurite[]): Promise<string> {
  const account = `load${version.toLowerCase()}`
  const key = randomBytes(64).toString('base64')
  const start = async (part: string) => {
    const place = join(folder, `${account}-${part}`)
    await mkdir(place)
    const azurite = await startAzurite({ folder: place, accounts: { [account]: key }, quick: true })
    storages.push(azurite)
    return azurite.ports
  }
  const [tables, others] = [await start('tables'), await start('queues')]
  const endpoints = { Blob: others.blob, Queue: others.queue, Table: tables.table }
  const parts = Object.entries(endpoints).map(([name, port]) => `${name}Endpoint=http://127.0.0.1:${port}/${account};`)
  return `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};${parts.join('')}`
}

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(folder)
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}
