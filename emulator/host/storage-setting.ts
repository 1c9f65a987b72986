import type { Connection } from '../durable/storage.ts'
import { lookUp } from './task-hub-setting.ts'

export type StorageSource = {
  readonly settings: Readonly<Record<string, string>>
  readonly token: () => Promise<string>
  readonly caPem: string | undefined
}

/**
 * The storage account that a connection name stands for: section `AzureWebJobs{name}`, then `{name}`; a connection string or
 * an identity's endpoints (EXT StandardConnectionInfoProvider.cs, AzureStorageAccountProvider.cs:40-70). Throws where the
 * settings do not show an account on loopback: the emulator calls nothing else.
 */
export function resolveConnection(name: string, { settings, token, caPem }: StorageSource): Connection {
  const ca = caPem === undefined ? {} : { ca: caPem }
  for (const section of [`AzureWebJobs${name}`, name]) {
    const value = lookUp(settings, section)
    if (value !== undefined) {
      if (value.startsWith('@Microsoft.KeyVault('))
        throw new Error(`The Key Vault reference in '${section}' was not resolved.`)
      const endpoints = [...value.matchAll(/Endpoint=([^;]+)/gi)].map((match) => match[1] ?? '')
      if (endpoints.length === 0) endpoints.push('an account in Azure')
      for (const endpoint of endpoints) assertLoopback(endpoint, section)
      return { connectionString: value, ...ca }
    }
    const tableUrl = lookUp(settings, `${section}__tableServiceUri`)
    const queueUrl = lookUp(settings, `${section}__queueServiceUri`)
    const blobUrl = lookUp(settings, `${section}__blobServiceUri`)
    if (tableUrl !== undefined && queueUrl !== undefined && blobUrl !== undefined) {
      for (const endpoint of [tableUrl, queueUrl, blobUrl]) assertLoopback(endpoint, section)
      return { tableUrl, queueUrl, blobUrl, token, ...ca }
    }
    const account = lookUp(settings, `${section}__accountName`)
    if (account !== undefined) assertLoopback(`https://${account}.table.core.windows.net`, section)
  }
  throw new Error(`Unable to resolve the Azure Storage connection named '${name}'.`)
}

function assertLoopback(endpoint: string, section: string): void {
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : endpoint
  if (host === 'localhost' || host === '127.0.0.1' || host === '[::1]' || host.endsWith('.localhost')) return
  throw new Error(`The storage account of '${section}' (${host}) cannot be reached from here: only loopback is.`)
}
