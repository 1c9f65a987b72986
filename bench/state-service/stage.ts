// The service as a process of its own, with its documents in Azurite; the slot that it is asked about runs a large hub.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAzure, type Azure } from '../../emulator/azure.ts'
import type { Host } from '../../emulator/host/types.ts'
import { bundle } from '../idle-proof/bundle.ts'
import { startServerProcess, type ServerProcess } from '../idle-proof/server-process.ts'
import { startServiceProcess, type ServiceProcess } from './service-process.ts'

export const hub = 'BenchHub'
/** The earliest an answer of the hub's storage leaves. */
export const delayMs = 30

export type Stage = {
  readonly azure: Azure
  /** The hub's storage. */
  readonly server: ServerProcess
  readonly service: ServiceProcess
  readonly key: string
  /** Where the service keeps its documents. */
  readonly stateStorage: string
  stop(): Promise<void>
}

export async function openStage(rows: number): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'state-service-'))
  const started: { stop(): Promise<void> }[] = []
  const stop = async () => {
    for (const each of started.toReversed()) await each.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const { server: script } = await bundle(folder)
    const server = await startServerProcess(script, {
      ...{ hub, shape: 'uniform', rows, seed: 1, delayMs, emptyOneIn: 30, partitions: true },
    })
    started.push(server)
    const azure = await startAzure({ startHost: () => noHost })
    started.push(azure)
    const own = (await azure.storage.front()).account().connectionString
    await azure.addFunctionApp({
      name: 'bench',
      resourceGroup: 'bench-rg',
      slots: ['staging'],
      settings: {
        production: { AzureWebJobsStorage: azure.storage.account().connectionString, TaskHubName: 'OtherHub' },
        staging: { AzureWebJobsStorage: server.connectionString, TaskHubName: hub },
      },
    })
    const key = randomBytes(30).toString('base64url')
    const principal = await azure.addServicePrincipal()
    const service = await startServiceProcess({
      WatchedApps: JSON.stringify([{ name: 'bench', resourceGroup: 'bench-rg' }]),
      AzureSubscriptionId: azure.subscriptionId,
      StateStorage: own,
      ServiceKeys: JSON.stringify({ bench: { key, scopes: ['read', 'events'] } }),
      ArmUrl: azure.armUrl,
      ArmScope: 'https://management.azure.com/.default',
      EntraAuthorityUrl: azure.authorityUrl,
      AZURE_TENANT_ID: azure.tenantId,
      AZURE_CLIENT_ID: principal.clientId,
      AZURE_CLIENT_SECRET: principal.secret ?? '',
      NODE_EXTRA_CA_CERTS: azure.caFile,
    })
    started.push(service)
    return { azure, server, service, key, stateStorage: own, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Nothing runs in the slots: the hub is what it is. */
const noHost: Host = {
  ready: Promise.resolve(),
  functions: () => [],
  handle: () => Promise.resolve({ status: 503 }),
  stop: () => Promise.resolve(),
}
