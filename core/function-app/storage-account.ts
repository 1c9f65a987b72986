import type { StorageAccount } from '../task-hub/hub.ts'

/**
 * The account behind a table endpoint. Two endpoints of one account have one id: the service endpoint
 * `https://name.table.suffix` is `name.suffix`, also behind a private link or in a DNS zone (`name.z01.table.…`); any other
 * is `host:port/name`, with `localhost` as 127.0.0.1. Undefined where no account name can be told.
 */
export function accountOf(tableUrl: string, accountName?: string): StorageAccount | undefined {
  const url = new URL(tableUrl)
  const host = url.hostname.toLowerCase()
  const [, hostName, zone = '', suffix] =
    /^([a-z0-9]{3,24})(?:-secondary)?(\.z\d+)?(?:\.privatelink)?\.table\.(.+)$/.exec(host) ?? []
  if (hostName !== undefined && suffix !== undefined && url.port === '') {
    return { name: hostName, id: `${hostName}${zone}.${suffix}` }
  }
  const [, inPath] = /^\/([^/]+)\/?$/.exec(url.pathname) ?? []
  const name = (accountName ?? inPath)?.toLowerCase()
  if (name === undefined || name === '') return undefined
  const loopback = ['localhost', '[::1]'].includes(host) ? '127.0.0.1' : host
  const port = url.port || (url.protocol === 'http:' ? '80' : '443')
  return { name, id: `${loopback}:${port}/${name}` }
}
