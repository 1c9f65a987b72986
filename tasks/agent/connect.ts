import { randomUUID } from 'node:crypto'

import type { AppModeAzure } from '../../core/app-mode/ports.ts'
import { armFunctionApps } from '../../core/azure/arm/function-apps.ts'
import { systemClock } from '../../core/azure/clock.ts'
import { appModeEndpoint } from '../../core/azure/host/app-mode.ts'
import { lookThroughManagementApi } from '../../core/azure/host/durable-api.ts'
import { armSlotHosts } from '../../core/azure/host/slot-hosts.ts'
import { httpClient } from '../../core/azure/http/client.ts'
import { within } from '../../core/azure/http/within.ts'
import { stateServiceClient } from '../../core/azure/host/state-service.ts'
import { lookAtStatusEndpoint } from '../../core/azure/host/status-endpoint.ts'
import { openRecordStore } from '../../core/azure/storage/record-store.ts'
import { openTaskHubs } from '../../core/azure/storage/task-hubs.ts'
import type { Azure } from '../../core/azure-port.ts'
import { Cancelled } from '../../core/failures.ts'
import type { Deps } from '../deps.ts'
import { runIdentityOf } from './run-identity.ts'
import type { Agent } from './agent.ts'
import { credentialFor } from './credential.ts'

/** Builds what every story is told, from the service connection that input azureSubscription names. Nothing is called yet. */
export function connect(agent: Agent): Deps {
  return depsOf(agent, connectAzure(agent).azure)
}

/** The same, and the App Mode of the app's slots. */
export function connectAppMode(agent: Agent): Deps & { readonly appMode: AppModeAzure } {
  const { azure, apps, http } = connectAzure(agent)
  const appMode: AppModeAzure = {
    open: (address) => appModeEndpoint(http, address),
    instances: (app, slot, signal) => apps.functions.instances(app, slot, signal),
    defaultHostKey: async (app, slot, signal) => (await apps.hostKeys(app, slot, signal)).functionKeys['default'],
  }
  return { ...depsOf(agent, azure), appMode }
}

function depsOf(agent: Agent, azure: Azure): Deps {
  return {
    azure,
    clock: systemClock,
    log: agent.log,
    run: runIdentityOf((name) => agent.variable(name)),
    newId: randomUUID,
    atLast: async (timeoutMs, work) =>
      await within({ timeoutMs, signal: new AbortController().signal, timedOut: () => new Cancelled() }, work),
  }
}

function connectAzure(agent: Agent) {
  const connection = agent.connection('azureSubscription')
  const transport = agent.transport()
  const onSecret = (secret: string): void => agent.secret(secret)
  const credential = credentialFor(connection, { transport, secret: onSecret })
  const { armUrl, subscriptionId, armScope: scope, storageSuffix } = connection
  const apps = armFunctionApps({ armUrl, subscriptionId, credential, scope, transport, onSecret })
  const http = httpClient(transport)
  const token = async (wanted: string, abortSignal: AbortSignal): Promise<string> => {
    const given = await credential.getToken(wanted, { abortSignal })
    // Never null: `credentialFor` throws instead.
    return given?.token ?? ''
  }
  const access = { credential, transport, clock: systemClock, onSecret }
  const azure: Azure = {
    storageSuffix,
    apps,
    hosts: armSlotHosts(apps, http),
    functions: apps.functions,
    taskHubs: (storage, tracking) => openTaskHubs(storage, access, tracking),
    records: (storage) => openRecordStore(storage, access),
    managementApi: (ask) => lookThroughManagementApi({ ...ask, arm: apps, http }),
    statusEndpoint: (ask) => lookAtStatusEndpoint({ ...ask, http }),
    stateService: (address) => stateServiceClient({ http, token }, address),
  }
  return { azure, apps, http }
}
