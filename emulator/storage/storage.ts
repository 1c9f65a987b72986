// The storage accounts of one emulated Azure: with keys over HTTP, with keys or tokens over HTTPS, through a front or not.
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Directory } from '../entra/directory.ts'
import type { Tokens } from '../entra/tokens.ts'
import type { Faults } from '../http/faults.ts'
import type { ServerTls } from '../http/listener.ts'
import type { RequestLog } from '../http/request-log.ts'
import type { Azurite, Ports } from './azurite.ts'
import { startAzurite } from './azurite.ts'
import type { Front } from './front.ts'
import { startFront } from './front.ts'
import { refuseToken } from './token-check.ts'

export type StorageAccount = {
  readonly name: string
  readonly connectionString: string
  /** Path-style, as Azurite's are: https://127.0.0.1:port/account. */
  readonly tableUrl: string
  readonly queueUrl: string
  readonly blobUrl: string
}

export type StorageEndpoint = {
  /** An account by name; without one, the first. Throws when there is none of that name. */
  account(name?: string): StorageAccount
}

export type Storage = StorageEndpoint & {
  /** The same accounts through a proxy that the switchboard and the request log see. */
  front(): Promise<StorageEndpoint>
  /** A second Azurite with its own data, over HTTPS, that takes tokens as well as keys. */
  startWithTokens(): Promise<StorageEndpoint>
  stop(): Promise<void>
}

export type StorageOptions = {
  readonly folder: string
  readonly accounts: readonly string[]
  readonly tls: {
    readonly server: ServerTls
    readonly caPem: string
    readonly certFile: string
    readonly keyFile: string
  }
  readonly directory: Directory
  readonly tokens: Tokens
  readonly faults: Faults
  readonly requests: RequestLog
}

/** Starts Azurite for the named accounts, each with a key of its own. */
export async function startStorage(options: StorageOptions): Promise<Storage> {
  const { folder, tls, faults, requests } = options
  const keys = Object.fromEntries(options.accounts.map((name) => [name, randomBytes(64).toString('base64')]))
  const running: (Azurite | Front)[] = []
  const start = async (name: string, secure: boolean) => {
    const place = join(folder, name)
    await mkdir(place)
    const azurite = await startAzurite({ folder: place, accounts: keys, ...(secure && { tls }) })
    running.push(azurite)
    return azurite
  }
  const main = await start('azurite', false)
  let plainFront: Promise<StorageEndpoint> | undefined
  let withTokens: Promise<StorageEndpoint> | undefined
  const openFront = async () => {
    const front = await startFront({ behind: main.ports, faults, requests })
    running.push(front)
    return endpoint('http', front.ports, keys)
  }
  const openWithTokens = async () => {
    const secure = await start('azurite-tokens', true)
    const front = await startFront({
      behind: secure.ports,
      tls,
      faults,
      requests,
      refuse: (call, service) => refuseToken(call, service, options),
    })
    running.push(front)
    return endpoint('https', front.ports, keys)
  }
  return {
    ...endpoint('http', main.ports, keys),
    front: () => (plainFront ??= openFront()),
    startWithTokens: () => (withTokens ??= openWithTokens()),
    stop: async () => {
      await Promise.all(running.map((part) => ('stop' in part ? part.stop() : part.close())))
    },
  }
}

function endpoint(scheme: 'http' | 'https', ports: Ports, keys: Readonly<Record<string, string>>): StorageEndpoint {
  return {
    account: (name = Object.keys(keys)[0] ?? '') => {
      const key = keys[name]
      if (key === undefined)
        throw new Error(`There is no storage account '${name}'; there are: ${Object.keys(keys).join(', ')}.`)
      const url = (port: number) => `${scheme}://127.0.0.1:${port}/${name}`
      const [blobUrl, queueUrl, tableUrl] = [url(ports.blob), url(ports.queue), url(ports.table)]
      const connectionString = [
        `DefaultEndpointsProtocol=${scheme}`,
        `AccountName=${name}`,
        `AccountKey=${key}`,
        `BlobEndpoint=${blobUrl}`,
        `QueueEndpoint=${queueUrl}`,
        `TableEndpoint=${tableUrl}`,
      ].join(';')
      return { name, connectionString: `${connectionString};`, tableUrl, queueUrl, blobUrl }
    },
  }
}
