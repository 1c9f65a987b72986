// The forms of an Azure Storage connection string, read the way the storage SDKs read them.
import type { StorageAccount } from '../task-hub/hub.ts'
import { accountOf } from './storage-account.ts'

export type StorageEndpoints = {
  readonly account: StorageAccount
  readonly tableUrl: string
  readonly queueUrl: string
  readonly blobUrl: string
  readonly secret: { readonly kind: 'key'; readonly key: string } | { readonly kind: 'sas'; readonly sas: string }
}

/** Public and documented: the account and key of the storage emulator. */
const emulator = {
  name: 'devstoreaccount1',
  key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
}

const services = ['Table', 'Queue', 'Blob'] as const

/** Reads a connection string, or says in a clause without any of its values what is wrong with it. */
export function parseConnectionString(text: string): StorageEndpoints | { readonly because: string } {
  const fields = new Map<string, string>()
  for (const part of text.split(';').map((piece) => piece.trim())) {
    if (part === '') continue
    const [, key, value] = /^([A-Za-z]+)\s*=\s*([^]*)$/.exec(part) ?? []
    if (key === undefined || value === undefined) return { because: 'a part of it is not of the form Name=value' }
    if (value !== '') fields.set(key.toLowerCase(), value)
  }
  if (fields.get('usedevelopmentstorage')?.toLowerCase() === 'true') {
    return emulatorEndpoints(fields.get('developmentstorageproxyuri'))
  }
  return fromFields(fields)
}

function fromFields(fields: ReadonlyMap<string, string>): StorageEndpoints | { readonly because: string } {
  const name = fields.get('accountname')
  const protocol = (fields.get('defaultendpointsprotocol') ?? 'https').toLowerCase()
  const suffix = fields.get('endpointsuffix') ?? 'core.windows.net'
  if (protocol !== 'https' && protocol !== 'http')
    return { because: 'DefaultEndpointsProtocol is neither https nor http' }
  const urls = services.map(
    (service) =>
      fields.get(`${service.toLowerCase()}endpoint`) ??
      (name === undefined ? undefined : `${protocol}://${name}.${service.toLowerCase()}.${suffix}`),
  )
  const missing = services.filter((_, index) => urls[index] === undefined)
  if (missing.length > 0) {
    return { because: `it has neither AccountName nor ${missing.map((service) => `${service}Endpoint`).join(' and ')}` }
  }
  const secret = secretOf(fields)
  return 'because' in secret ? secret : complete(urls, name, secret)
}

function secretOf(fields: ReadonlyMap<string, string>): StorageEndpoints['secret'] | { readonly because: string } {
  const key = fields.get('accountkey')
  const sas = fields.get('sharedaccesssignature')
  if (key !== undefined) {
    if (!fields.has('accountname')) return { because: 'it has an AccountKey but no AccountName' }
    const base64 = /^[A-Za-z0-9+/]+={0,2}$/.test(key) && key.length % 4 === 0
    return base64 ? { kind: 'key', key } : { because: 'its AccountKey is not base64' }
  }
  if (sas !== undefined) return { kind: 'sas', sas: sas.replace(/^\?/, '') }
  return { because: 'it has neither AccountKey nor SharedAccessSignature' }
}

function emulatorEndpoints(proxy: string | undefined): StorageEndpoints | { readonly because: string } {
  const base = (proxy ?? 'http://127.0.0.1').replace(/\/+$/, '')
  const urls = [10002, 10001, 10000].map((port) => `${base}:${port}/${emulator.name}`)
  return complete(urls, emulator.name, { kind: 'key', key: emulator.key })
}

function complete(
  urls: readonly (string | undefined)[],
  name: string | undefined,
  secret: StorageEndpoints['secret'],
): StorageEndpoints | { readonly because: string } {
  const [tableUrl, queueUrl, blobUrl] = urls.map((url) => url?.replace(/\/+$/, ''))
  if (!isEndpoint(tableUrl) || !isEndpoint(queueUrl) || !isEndpoint(blobUrl)) {
    return { because: 'one of its endpoints is not an http or https address without query' }
  }
  const account = accountOf(tableUrl, name)
  if (!account) return { because: 'no account name can be read from it' }
  return { account, tableUrl, queueUrl, blobUrl, secret }
}

function isEndpoint(url: string | undefined): url is string {
  if (url === undefined || !URL.canParse(url)) return false
  const { protocol, search, hash, username, password } = new URL(url)
  return ['http:', 'https:'].includes(protocol) && search + hash + username + password === ''
}
