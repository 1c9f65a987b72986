import type { ServiceConnection } from '../agent/service-connection.ts'
import type { HttpsClient } from './https-call.ts'

const apiVersion = '2024-04-01'

type Arm = { readonly client: HttpsClient; readonly token: string; readonly connection: ServiceConnection }

/**
 * The host that takes deployments of a slot: the host name of type Repository, else the default one.
 * @throws Error when the app is not there, or more than one has its name.
 */
export async function findSite(
  arm: Arm,
  wanted: { appName: string; slot: string; resourceGroup: string },
): Promise<string> {
  const { appName, slot } = wanted
  const id = wanted.resourceGroup
    ? `${subscription(arm)}/resourceGroups/${wanted.resourceGroup}/providers/Microsoft.Web/sites/${appName}`
    : await findId(arm, appName)
  const path = slot.toLowerCase() === 'production' ? id : `${id}/slots/${slot}`
  const { properties } = await get(arm, path)
  const { defaultHostName, hostNameSslStates } = record(properties)
  const states = Array.isArray(hostNameSslStates) ? hostNameSslStates.map(record) : []
  const host = states.find(({ hostType }) => hostType === 'Repository')?.['name'] ?? defaultHostName
  if (typeof host !== 'string') throw new Error(`Slot '${slot}' of '${appName}' has no host name.`)
  return host
}

async function findId(arm: Arm, appName: string): Promise<string> {
  const { value } = await get(arm, `${subscription(arm)}/providers/Microsoft.Web/sites`)
  const sites = (Array.isArray(value) ? value.map(record) : []).filter(
    ({ name }) => typeof name === 'string' && name.toLowerCase() === appName.toLowerCase(),
  )
  const [site, second] = sites
  if (second) throw new Error(`More than one app is named '${appName}'; give 'resourceGroupName'.`)
  if (typeof site?.['id'] !== 'string') throw new Error(`The subscription has no app named '${appName}'.`)
  return site['id']
}

function get({ client, token, connection }: Arm, path: string): Promise<Readonly<Record<string, unknown>>> {
  const url = `${connection.url.replace(/\/+$/, '')}${path}?api-version=${apiVersion}`
  return client.json({ method: 'GET', url, headers: { authorization: `Bearer ${token}` } })
}

function subscription({ connection }: Arm): string {
  const id = Object.entries(connection.data).find(([name]) => name.toLowerCase() === 'subscriptionid')?.[1] ?? ''
  return `/subscriptions/${id}`
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
