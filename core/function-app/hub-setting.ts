import type { Settings } from './picture.ts'

/**
 * The app setting that names the slot's task hub, in the slot's own spelling; names of settings compare without case. A
 * value that is not set is undefined. Two spellings that disagree come back as one text that is no hub name, because which
 * of them the host takes depends on its operating system.
 */
export function hubSettingOf(
  settings: Settings,
  taskHubSetting: string,
): { readonly key: string; readonly value: string | undefined } {
  const found = Object.entries(settings).filter(([key]) => sameKey(key, taskHubSetting))
  const [first] = found
  if (!first) return { key: taskHubSetting, value: undefined }
  return { key: first[0], value: [...new Set(found.map(([, value]) => value))].join(' or ') }
}

/**
 * The setting that overrides host.json's hub name at run time, in its own spelling (HOST ConfigurationSectionNames.cs:9). The
 * scale controller reads only host.json, so an app that uses it does not scale on its hub (durable-extension #2803).
 */
export function overrideFormOf(settings: Settings): string | undefined {
  return Object.keys(settings).find((key) => sameKey(jobHostPath(key), 'extensions:durableTask:hubName'))
}

/** Whether a setting stays with its slot in a swap. */
export function isSticky(stickySettings: readonly string[], key: string): boolean {
  return stickySettings.some((name) => sameKey(name, key))
}

export type TrackingStore = {
  /** Own spelling of the setting that says so. */
  readonly setting: string
  /** Name of the connection of the account that holds Instances and History. */
  readonly connectionName: string
  /** Of the tables `<prefix>Instances` and `<prefix>History` (EXT AzureStorageOptions.cs:102-152). */
  readonly prefix: string
}

/** A tracking store apart from the hub's own account, set through settings; undefined = settings name none. */
export function trackingStoreOf(settings: Settings): TrackingStore | undefined {
  const connection = providerSetting(settings, ['trackingStoreConnectionName', 'trackingStoreConnectionStringName'])
  if (!connection) return undefined
  const prefix = providerSetting(settings, ['trackingStoreNamePrefix'])?.value ?? 'DurableTask'
  return { setting: connection.key, connectionName: connection.value, prefix }
}

function providerSetting(
  settings: Settings,
  names: readonly string[],
): { readonly key: string; readonly value: string } | undefined {
  const paths = names.flatMap((name) => [
    `extensions:durableTask:storageProvider:${name}`,
    `extensions:durableTask:${name}`,
  ])
  for (const [key, value] of Object.entries(settings)) {
    const path = jobHostPath(key)
    if (value.trim() !== '' && paths.some((each) => sameKey(each, path))) return { key, value: value.trim() }
  }
  return undefined
}

/** Where in host.json a setting `AzureFunctionsJobHost__a__b` reaches: `a:b`; empty where it does not. */
function jobHostPath(key: string): string {
  const [root = '', ...rest] = key.split(/__|:/)
  return sameKey(root, 'AzureFunctionsJobHost') ? rest.join(':') : ''
}

function sameKey(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
