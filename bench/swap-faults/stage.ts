// Azure on loopback with an app for each run, and what one service principal needs to change it.
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { startHost } from '../../emulator/host/host.ts'
import type { StartHost } from '../../emulator/host/types.ts'
import type { Reply } from '../../emulator/http/call.ts'
import type { Fault } from '../../emulator/http/faults.ts'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import type { ServiceConnection } from '../../pipeline-runner/agent/service-connection.ts'
import { startUpDelay } from './slow-start.ts'

export const resourceGroup = 'shop-rg'

export type Stage = {
  readonly azure: Azure
  readonly connection: ServiceConnection
  /** An app with the old version in production and the new one in staging. Its hosts take `startMs` to start from now on. */
  app(name: string, startMs?: number): Promise<FunctionApp>
  /** Arms a fault in what ARM answers about an app; `path` follows the app's name. */
  fault(app: FunctionApp, path: string, fault: Omit<Fault, 'service' | 'path'>): void
  stop(): Promise<void>
}

/** `stepMs`: what each step of a swap takes beyond its work. Throws where Azurite does not start. */
export async function openStage({ stepMs }: { readonly stepMs: number }): Promise<Stage> {
  const slow = startUpDelay()
  const slowHost: StartHost = (options) => slow.wrap(options.siteName, startHost(options))
  const azure = await startAzure({ startHost: slowHost, timing: { stepMs, warmUpTimeoutMs: 60_000 } })
  let silence = withoutRetryAfter(azure)
  return {
    azure,
    connection: await connectionTo(azure),
    app: async (name, startMs) => {
      const app = await addApp(azure, name)
      if (startMs !== undefined) slow.set(name, startMs)
      return app
    },
    fault: (app, path, fault) => {
      azure.faults.add({ ...fault, service: 'arm', path: new RegExp(`/sites/${app.name}${path}`, 'i') })
      // A request meets the first fault that fits it, and this one fits all.
      silence.remove()
      silence = withoutRetryAfter(azure)
    },
    stop: () => azure.stop(),
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
 * One service principal for both tasks. The stock code takes a token that its connection already holds (`apitoken`), because
 * it asks for its own at a v1 endpoint, which the emulated Entra has not: it is spared the sign-in.
 */
async function connectionTo(azure: Azure): Promise<ServiceConnection> {
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
