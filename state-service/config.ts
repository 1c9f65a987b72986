// Settings of the service -> what it is built from. Nothing is called, and nothing is told of a value that may be secret.
import { Refusal } from '../core/failures.ts'
import type { ReadableStorage } from '../core/function-app/storage-reference.ts'
import { isReadable, storageReferenceOf } from '../core/function-app/storage-reference.ts'
import type { AccessConfig } from './http/access-settings.ts'
import { readAccess } from './http/access-settings.ts'
import { Fields, Problems } from './http/fields.ts'
import { appName, domainName, guid, resourceGroup, settingName, tableName } from './http/names.ts'
import type { ServiceSettings } from './http/setting-reader.ts'
import { SettingReader } from './http/setting-reader.ts'
import type { WatchedApp } from './watched.ts'

export type Config = {
  readonly apps: readonly WatchedApp[]
  readonly state: {
    /** Of an identity only the table address is looked at. */
    readonly storage: ReadableStorage
    readonly table: string
  }
  readonly access: AccessConfig
  readonly azure: {
    readonly armUrl: string
    readonly armScope: string
    readonly authorityUrl: string
    readonly storageSuffix: string
    /** Whom the service is to Azure. `clientId` not set: the identity that the system assigned. */
    readonly identity:
      | { readonly kind: 'managedIdentity'; readonly clientId?: string }
      | { readonly kind: 'secret'; readonly tenantId: string; readonly clientId: string; readonly clientSecret: string }
  }
}

const mostApps = 200

/** Reads the settings that docs/state-service.md lists. Throws one `Refusal` that tells all that is wrong. */
export function readConfig(settings: ServiceSettings): Config {
  const problems = new Problems()
  const read = new SettingReader(settings, problems)
  const armUrl = read.url('ArmUrl', 'https://management.azure.com')
  const authorityUrl = read.url('EntraAuthorityUrl', 'https://login.microsoftonline.com')
  const storageSuffix = read.fitting('StorageSuffix', domainName) ?? 'core.windows.net'
  const apps = watchedApps(read, problems)
  const storage = stateStorage(settings, storageSuffix, problems)
  const table = read.fitting('StateTable', tableName)
  const access = readAccess(read, problems, authorityUrl)
  const identity = identityOf(read, problems)
  const armScope = read.text('ArmScope') ?? `${armUrl}/.default`
  if (problems.told.length > 0 || !storage) {
    throw new Refusal(
      `The settings of the state service are not right:\n${problems.told.map((each) => `- ${each}`).join('\n')}`,
    )
  }
  return {
    apps,
    state: { storage, table: table ?? 'SafeDeploymentState' },
    access,
    azure: { armUrl, armScope, authorityUrl, storageSuffix, identity },
  }
}

function watchedApps(read: SettingReader, problems: Problems): readonly WatchedApp[] {
  const fallback = read.fitting('AzureSubscriptionId', guid)
  const value = read.json('WatchedApps')
  if (read.text('WatchedApps') === undefined) {
    problems.add(
      'Setting \'WatchedApps\' is missing. Give a JSON array such as [{"name":"shop","resourceGroup":"shop-rg"}].',
    )
    return []
  }
  if (value === undefined) return []
  if (!Array.isArray(value) || value.length === 0 || value.length > mostApps) {
    problems.add(`Setting 'WatchedApps' is not a JSON array of 1 to ${mostApps} apps.`)
    return []
  }
  const apps = value.map((each: unknown, at) =>
    watchedApp(new Fields(each, `WatchedApps[${at}]`, problems), fallback, problems),
  )
  const names = apps.map(({ name }) => name.toLowerCase())
  const twice = names.find((name, at) => name !== '' && names.indexOf(name) !== at)
  if (twice !== undefined) problems.add(`Setting 'WatchedApps' has the app '${twice}' twice.`)
  return apps
}

function watchedApp(fields: Fields, fallback: string | undefined, problems: Problems): WatchedApp {
  const name = fields.text('name', appName)
  const app = {
    name,
    resourceGroup: fields.text('resourceGroup', resourceGroup),
    subscriptionId: fields.textIfAny('subscriptionId', guid) ?? fallback ?? '',
    taskHubSetting: fields.textIfAny('taskHubSetting', settingName) ?? 'TaskHubName',
    storageSetting: fields.textIfAny('storageSetting', settingName) ?? 'AzureWebJobsStorage',
  }
  if (!fields.has('subscriptionId') && fallback === undefined) {
    problems.add(
      `The subscription of app '${name}' is missing. Set AzureSubscriptionId, or give subscriptionId to the app.`,
    )
  }
  fields.end()
  return app
}

function stateStorage(settings: ServiceSettings, suffix: string, problems: Problems): ReadableStorage | undefined {
  const given = Object.entries(settings).flatMap(([name, text]) => (text?.trim() ? [[name, text] as const] : []))
  const tableUrl = given.find(([name]) => name.toLowerCase() === 'statestorage__tableserviceuri')?.[1]
  const only =
    tableUrl === undefined ? {} : { StateStorage__queueServiceUri: tableUrl, StateStorage__blobServiceUri: tableUrl }
  // The service has a table and neither queues nor blobs, so that nobody need name those.
  const reference = storageReferenceOf({ ...only, ...Object.fromEntries(given) }, 'StateStorage', suffix)
  if (isReadable(reference)) return reference
  problems.add(
    reference.kind === 'missing'
      ? "Setting 'StateStorage' is missing. Give StateStorage__accountName, StateStorage__tableServiceUri, or a connection string in StateStorage."
      : `Setting '${reference.setting}' does not tell the service's own storage: ${reference.because}.`,
  )
  return undefined
}

function identityOf(read: SettingReader, problems: Problems): Config['azure']['identity'] {
  const tenantId = read.text('AZURE_TENANT_ID')
  const clientId = read.text('AZURE_CLIENT_ID')
  const clientSecret = read.text('AZURE_CLIENT_SECRET')
  if (clientSecret !== undefined) {
    if (tenantId !== undefined && clientId !== undefined) return { kind: 'secret', tenantId, clientId, clientSecret }
    problems.add('AZURE_CLIENT_SECRET is set. Set AZURE_TENANT_ID and AZURE_CLIENT_ID as well.')
  }
  const managed = read.fitting('ManagedIdentityClientId', guid)
  return { kind: 'managedIdentity', ...(managed !== undefined && { clientId: managed }) }
}
