import type { Azure } from '../emulator/azure.ts'
import { startAzure } from '../emulator/azure.ts'
import type { FunctionApp } from '../emulator/function-app/function-app.ts'
import { startHost } from '../emulator/host/host.ts'
import { azureRmConnection } from '../pipeline-runner/agent/azure-rm-connection.ts'
import type { ServiceConnection } from '../pipeline-runner/agent/service-connection.ts'

/** Who takes part: Azure on loopback, the app with its two slots, and the service connection of the pipeline. */
export type Cast = { readonly azure: Azure; readonly app: FunctionApp; readonly connection: ServiceConnection }

export const appName = 'orders'
export const resourceGroup = 'orders-rg'

/** What begins new work by itself must not do so in staging: a slot setting turns it off there. */
export const timerSwitch = 'AzureWebJobs.TakeOrders.Disabled'

/** 30 in Azure: a task hub is not deleted while a worker that was stopped could still hold a partition. */
const leaseSeconds = 3

/** Starts Azure with the first version in production, on its own task hub; staging is still empty. */
export async function raiseCurtain(firstPackage: string): Promise<Cast> {
  const azure = await startAzure({ startHost, leaseSeconds })
  try {
    const { connectionString } = azure.storage.account()
    const common = { AzureWebJobsStorage: connectionString, FUNCTIONS_EXTENSION_VERSION: '~4' }
    const app = await azure.addFunctionApp({
      ...{ name: appName, resourceGroup, slots: ['staging'], stickySettings: [timerSwitch] },
      settings: {
        production: { ...common, TaskHubName: 'orders1', [timerSwitch]: 'false' },
        staging: { ...common, TaskHubName: 'orders0', [timerSwitch]: 'true' },
      },
      content: { production: firstPackage },
    })
    await app.slot().host?.ready
    return { azure, app, connection: await connect(azure) }
  } catch (cause) {
    await azure.stop()
    throw cause
  }
}

async function connect(azure: Azure): Promise<ServiceConnection> {
  const { clientId, secret = '' } = await azure.addServicePrincipal()
  return azureRmConnection({
    ...{ name: 'orders-azure', armUrl: azure.armUrl, authorityUrl: azure.authorityUrl, clientId, secret },
    ...{ tenantId: azure.tenantId, subscriptionId: azure.subscriptionId },
  })
}
