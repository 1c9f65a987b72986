import type { DurableClient } from '../durable/client.ts'
import { createClient } from '../durable/client.ts'
import { namesOf } from '../durable/names.ts'
import { openStorage } from '../durable/storage.ts'
import type { Connection } from '../durable/storage.ts'
import { startWorker } from '../durable/worker.ts'
import type { Worker } from '../durable/worker.ts'
import { ensureDurableKey } from './authorize.ts'
import type { Content } from './content.ts'
import { appOf } from './content.ts'
import type { DurableApi } from './durable-api.ts'
import { durableOptionsOf } from './host-json.ts'
import type { Invocations } from './invocations.ts'
import { resolveConnection } from './storage-setting.ts'
import { resolveHubName } from './task-hub-setting.ts'
import type { HostOptions } from './types.ts'

/** The durable extension within a host. */
export type DurableHost = { readonly api: DurableApi; readonly client: DurableClient; readonly worker: Worker }

/**
 * Starts the durable extension of deployed content, or answers undefined where the content has no durable function. Throws
 * what makes a host's start fail: no valid hub, no storage connection, storage that does not answer.
 */
export async function startDurable(
  options: HostOptions,
  content: Content,
  invocations: Invocations,
): Promise<DurableHost | undefined> {
  if (!content.functions.some((info) => /^(orchestration|activity|entity)Trigger$/.test(info.triggerType)))
    return undefined
  const { settings, caPem } = options
  const durable = durableOptionsOf(content.hostJson, settings)
  const { siteName, slotName } = options
  const hub = resolveHubName({ hubName: durable.hubName, settings, siteName, slotName })
  const connectionOf = (name: string): Connection =>
    resolveConnection(name, { settings, token: () => options.storageToken(), caPem })
  const app = appOf(content, durable.defaultVersion, invocations)
  const { controlVisibilitySeconds, workItemVisibilitySeconds, mostOrchestrators, mostActivities } = durable
  const worker = startWorker({
    connection: connectionOf(durable.connectionName),
    hub,
    app,
    partitionCount: durable.partitionCount,
    appName: siteName,
    useAppLease: durable.useAppLease,
    // Equal for all slots of an app: app lease and worker id come from the site and the machine (EXT
    // AzureStorageDurabilityProviderFactory.cs:213-235), so a restarted host goes on with its partitions at once.
    workerId: `${siteName}-instance-0`,
    ...(options.leaseSeconds === undefined ? {} : { leaseSeconds: options.leaseSeconds }),
    ...(controlVisibilitySeconds === undefined ? {} : { controlVisibilitySeconds }),
    ...(workItemVisibilitySeconds === undefined ? {} : { workItemVisibilitySeconds }),
    ...(mostOrchestrators === undefined ? {} : { mostOrchestrators }),
    ...(mostActivities === undefined ? {} : { mostActivities }),
    log: (line) => options.log?.(line),
  })
  ensureDurableKey(options.keys)
  try {
    await worker.ready
  } catch (error) {
    await worker.kill()
    throw error
  }
  const clients = new Map<string, DurableClient>()
  const client = (name = hub, connection = durable.connectionName): DurableClient => {
    if (name === hub && connection === durable.connectionName) return worker.client
    const key = `${connection}/${name}`
    const known = clients.get(key)
    if (known) return known
    const storage = openStorage(connectionOf(connection))
    const { partitionCount } = durable
    const other = createClient(
      { storage, names: namesOf(name), partitionCount, encoding: 'base64' },
      app.defaultVersion,
    )
    clients.set(key, other)
    return other
  }
  const api: DurableApi = {
    client,
    hasOrchestrator: (name) => name in app.orchestrators,
    get hostName() {
      return options.hostName
    },
    get systemKey() {
      return ensureDurableKey(options.keys)
    },
    connectionName: durable.connectionName,
  }
  return { api, client: worker.client, worker }
}
