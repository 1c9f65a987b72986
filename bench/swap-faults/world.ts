// Azure on loopback with an app for each run, and the two tasks, both run as the agent runs them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { startHost } from '../../emulator/host/host.ts'
import type { StartHost } from '../../emulator/host/types.ts'
import type { Reply } from '../../emulator/http/call.ts'
import type { Fault } from '../../emulator/http/faults.ts'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import { runTask } from '../../pipeline-runner/agent/run-task.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { unpackVsix } from '../../pipeline-runner/vsix.ts'
import { stockFolder } from '../stock/stock.ts'
import { startUpDelay } from './slow-start.ts'

export const clients = ['stock', 'ours'] as const
export type Client = (typeof clients)[number]

const resourceGroup = 'shop-rg'

export type World = {
  readonly azure: Azure
  /** An app with the old version in production and the new one in staging. Its hosts take `startMs` to start from now on. */
  app(name: string, startMs?: number): Promise<FunctionApp>
  /** Arms a fault in what ARM answers about an app; `path` follows the app's name. */
  fault(app: FunctionApp, path: string, fault: Omit<Fault, 'service' | 'path'>): void
  /** Runs a client's task, which is asked to swap staging into production. `onLine` is told each line as it comes. */
  swap(client: Client, app: FunctionApp, onLine?: (line: string) => void): Promise<TaskRun>
  stop(): Promise<void>
}

/** Throws where the package cannot be read or Azurite does not start. */
export async function startWorld(vsix: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'swap-faults-'))
  const slow = startUpDelay()
  let azure: Azure | undefined
  const stop = async () => {
    await azure?.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const ours = unpackVsix(vsix, folder).find('SlotSwap@1')?.folder
    if (ours === undefined) throw new Error('The package has no SlotSwap@1.')
    const slowHost: StartHost = (options) => slow.wrap(options.siteName, startHost(options))
    azure = await startAzure({ startHost: slowHost, timing: { stepMs: 400, warmUpTimeoutMs: 60_000 } })
    let silence = withoutRetryAfter(azure)
    const connection = await connectionTo(azure)
    const live = azure
    const { caFile } = azure
    return {
      azure,
      app: async (name, startMs) => {
        const app = await addApp(live, name)
        if (startMs !== undefined) slow.set(name, startMs)
        return app
      },
      fault: (app, path, fault) => {
        live.faults.add({ ...fault, service: 'arm', path: new RegExp(`/sites/${app.name}${path}`, 'i') })
        // A request meets the first fault that fits it, and this one fits all.
        silence.remove()
        silence = withoutRetryAfter(live)
      },
      swap: (client, app, onLine) =>
        runTask({
          ...{ connections: [connection], caFile, onLine },
          ...(client === 'ours'
            ? { task: ours, inputs: ourInputs(app, connection.name) }
            : { task: stockFolder, inputs: stockInputs(app, connection.name) }),
        }),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Azure sends no Retry-After with a swap's 202, neither on the request nor on a poll: the recording of `az webapp deployment
 * slot swap` in azure-cli (appservice/tests/latest/recordings/test_webapp_slot_swap.yaml@04686e867, 2025-07-15).
 */
function withoutRetryAfter(azure: Azure): { remove(): void } {
  const change = (reply: Reply): Reply => {
    if (reply.status !== 202) return reply
    const headers = Object.entries(reply.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'retry-after')
    return { ...reply, headers: Object.fromEntries(headers) }
  }
  return azure.faults.add({
    ...{ service: 'arm', path: /\/(slotsswap|operationresults)\b/i },
    action: { kind: 'rewrite', change },
  })
}

/**
 * One service principal for both. The stock code takes a token that its connection already holds (`apitoken`), because it asks
 * for its own at a v1 endpoint, which the emulated Entra has not: it is spared the sign-in.
 */
async function connectionTo(azure: Azure) {
  const { clientId, secret = '', objectId } = await azure.addServicePrincipal()
  const { armUrl, authorityUrl, tenantId, subscriptionId } = azure
  const connection = azureRmConnection({ armUrl, authorityUrl, tenantId, subscriptionId, clientId, secret })
  const principal = { kind: 'servicePrincipal', clientId, objectId } as const
  const nothing = { secrets: [], certificates: [], federated: [], roles: [], storage: true }
  const { token } = azure.tokens.issue({ ...principal, ...nothing }, 'https://management.core.windows.net')
  return { ...connection, parameters: { ...connection.parameters, apitoken: token } }
}

async function addApp(azure: Azure, name: string): Promise<FunctionApp> {
  const storage = { AzureWebJobsStorage: azure.storage.account().connectionString }
  const app = await azure.addFunctionApp({
    ...{ name, resourceGroup, slots: ['staging'] },
    settings: {
      production: { ...storage, TaskHubName: `${name}old` },
      staging: { ...storage, TaskHubName: `${name}new` },
    },
  })
  await Promise.all(app.slots.map((slot) => slot.ready()))
  return app
}

/** Defaults but for what is waited after the swap, which the stock task does not do at all. */
function ourInputs({ name }: FunctionApp, azureSubscription: string): Readonly<Record<string, string>> {
  const afterwards = { settleInSeconds: '0', healthCheckTimeoutInSeconds: '30' }
  const place = { azureSubscription, appName: name, resourceGroupName: resourceGroup }
  return { ...place, taskHubName: `${name}new`, timeoutInMinutes: '2', ...afterwards }
}

function stockInputs({ name }: FunctionApp, ConnectedServiceName: string): Readonly<Record<string, string>> {
  return { ConnectedServiceName, WebAppName: name, ResourceGroupName: resourceGroup, SourceSlot: 'staging' }
}
