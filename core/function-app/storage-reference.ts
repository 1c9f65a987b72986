import type { StorageAccount } from '../task-hub/hub.ts'
import type { Settings } from './picture.ts'
import { accountOf } from './storage-account.ts'
import { parseConnectionString } from './storage-connection-string.ts'

/** Where a slot's settings say that its task hub is stored. */
export type StorageReference =
  | { readonly kind: 'connectionString'; readonly account: StorageAccount; readonly connectionString: string }
  | {
      readonly kind: 'identity'
      readonly account: StorageAccount
      readonly tableUrl: string
      readonly queueUrl: string
      readonly blobUrl: string
    }
  /** The settings do not show the account, as with a Key Vault reference. */
  | { readonly kind: 'hidden'; readonly setting: string; readonly because: string }
  | { readonly kind: 'missing'; readonly setting: string }
  | { readonly kind: 'invalid'; readonly setting: string; readonly because: string }

/** `connectionString` and `identity`: the ones that can be opened. */
export type ReadableStorage = Extract<StorageReference, { kind: 'connectionString' | 'identity' }>

export function isReadable(reference: StorageReference): reference is ReadableStorage {
  return reference.kind === 'connectionString' || reference.kind === 'identity'
}

const services = ['table', 'queue', 'blob'] as const

/**
 * Where a slot's settings put the hub, the way the Durable extension resolves a connection name (EXT
 * StandardConnectionInfoProvider.cs, AzureStorageAccountOptions.cs): the section `AzureWebJobs<name>` before `<name>`; in a
 * section its own value (a connection string) before `accountName` and `tableServiceUri`, `queueServiceUri`, `blobServiceUri`.
 * `storageSuffix` is the cloud's, such as `core.windows.net`. Messages in the result hold no value.
 */
export function storageReferenceOf(
  settings: Settings,
  storageSetting: string,
  storageSuffix: string,
): StorageReference {
  const section = sectionOf(settings, storageSetting)
  if (!section) return { kind: 'missing', setting: storageSetting }
  const { value, children } = section
  if (value) return fromValue(value, storageSetting)
  const hidden = [...children.values()].find((child) => hiding(child.text) !== undefined)
  if (hidden) return { kind: 'hidden', setting: hidden.key, because: hiding(hidden.text) ?? '' }
  return fromChildren(children, section.name, storageSuffix)
}

/** The keys, as spelt in the settings, that decide which account the hub is in; whichever of them is sticky keeps it in its slot. */
export function storageSettingKeys(settings: Settings, storageSetting: string): string[] {
  const section = sectionOf(settings, storageSetting)
  if (!section) return []
  return section.value ? [section.value.key] : [...section.children.values()].map(({ key }) => key)
}

/** A connection string that was given by hand (input storageConnectionString). */
export function referenceFromConnectionString(text: string): StorageReference {
  return fromValue({ key: 'storageConnectionString', text }, 'storageConnectionString')
}

/** An account that was named by hand (input storageAccountName), reached with the connection's own identity. */
export function referenceFromAccountName(name: string, storageSuffix: string): StorageReference {
  const setting = 'storageAccountName'
  const account = name.trim().toLowerCase()
  if (!/^[a-z0-9]{3,24}$/.test(account)) return { kind: 'invalid', setting, because: accountNameRule }
  return identity(
    services.map((service) => `https://${account}.${service}.${storageSuffix}`),
    setting,
  )
}

const accountNameRule = 'the name of a storage account has 3 to 24 lower-case letters and digits'

type Entry = { readonly key: string; readonly text: string }
type Section = { readonly name: string; readonly value?: Entry; readonly children: ReadonlyMap<string, Entry> }

function sectionOf(settings: Settings, storageSetting: string): Section | undefined {
  for (const name of [`AzureWebJobs${storageSetting}`, storageSetting]) {
    const find = (wanted: string): Entry | undefined => {
      const [key, text] =
        Object.entries(settings).find(
          ([other, value]) => other.replaceAll('__', ':').toLowerCase() === wanted.toLowerCase() && value.trim() !== '',
        ) ?? []
      return key === undefined || text === undefined ? undefined : { key, text: text.trim() }
    }
    const value = find(name)
    const children = new Map<string, Entry>()
    for (const child of ['accountName', ...services.map((service) => `${service}ServiceUri`)]) {
      const entry = find(`${name}:${child}`)
      if (entry) children.set(child, entry)
    }
    if (value) return { name, value, children }
    if (children.size > 0) return { name, children }
  }
  return undefined
}

function fromValue({ key, text }: Entry, setting: string): StorageReference {
  const because = hiding(text)
  if (because !== undefined) return { kind: 'hidden', setting: key, because }
  const read = parseConnectionString(text)
  if ('because' in read) return { kind: 'invalid', setting, because: read.because }
  return { kind: 'connectionString', account: read.account, connectionString: text }
}

function fromChildren(children: Section['children'], name: string, storageSuffix: string): StorageReference {
  const accountName = children.get('accountName')?.text.toLowerCase()
  if (accountName !== undefined && !/^[a-z0-9]{3,24}$/.test(accountName)) {
    return { kind: 'invalid', setting: `${name}__accountName`, because: accountNameRule }
  }
  const urls = services.map(
    (service) =>
      children.get(`${service}ServiceUri`)?.text ??
      (accountName === undefined ? undefined : `https://${accountName}.${service}.${storageSuffix}`),
  )
  const missing = services
    .filter((_, index) => urls[index] === undefined)
    .map((service) => `${name}__${service}ServiceUri`)
  if (missing.length > 0) {
    return {
      kind: 'invalid',
      setting: name,
      because: `${missing.join(' and ')} are not set, nor is ${name}__accountName`,
    }
  }
  return identity(
    urls.filter((url) => url !== undefined),
    name,
    accountName,
  )
}

function identity(urls: readonly string[], setting: string, accountName?: string): StorageReference {
  const [tableUrl, queueUrl, blobUrl] = urls.map((url) => url.replace(/\/+$/, ''))
  if (!isServiceUrl(tableUrl) || !isServiceUrl(queueUrl) || !isServiceUrl(blobUrl)) {
    return { kind: 'invalid', setting, because: 'a service address is not an https address without query' }
  }
  const account = accountOf(tableUrl, accountName)
  if (!account) return { kind: 'invalid', setting, because: 'no account name can be read from the table address' }
  return { kind: 'identity', account, tableUrl, queueUrl, blobUrl }
}

/** Tokens go over TLS only. */
function isServiceUrl(url: string | undefined): url is string {
  if (url === undefined || !URL.canParse(url)) return false
  const { protocol, search, hash, username, password } = new URL(url)
  return protocol === 'https:' && search + hash + username + password === ''
}

/** Why a setting's text does not show the value: App Service resolves it at run time and ARM does not. */
function hiding(text: string): string | undefined {
  const [, where] = /^@Microsoft\.(KeyVault|AppConfiguration)\s*\(/i.exec(text) ?? []
  if (where === undefined) return undefined
  return where.toLowerCase() === 'keyvault' ? 'it is a Key Vault reference' : 'it is an App Configuration reference'
}

/**
 * Every storage account that any setting names, whatever the setting is called. `someHidden` where a setting does not show
 * its value.
 */
export function accountsIn(
  settings: Settings,
  storageSuffix: string,
): { readonly known: readonly StorageAccount[]; readonly someHidden: boolean } {
  const known: StorageAccount[] = []
  let someHidden = false
  for (const [key, text] of Object.entries(settings)) {
    const value = text.trim()
    const [, child] = /(?:__|:)(accountName|tableServiceUri)$/i.exec(key) ?? []
    if (hiding(value) !== undefined) {
      someHidden = true
    } else if (child?.toLowerCase() === 'tableserviceuri') {
      const account = isServiceUrl(value) ? accountOf(value) : undefined
      if (account) known.push(account)
    } else if (child !== undefined) {
      const named = referenceFromAccountName(value, storageSuffix)
      if (named.kind === 'identity') known.push(named.account)
    } else if (/(?:AccountName|SharedAccessSignature|UseDevelopmentStorage)\s*=/i.test(value)) {
      const read = parseConnectionString(value)
      if ('account' in read) known.push(read.account)
    }
  }
  return { known, someHidden }
}
