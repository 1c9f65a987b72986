import { asClause, AzureFailure } from '../../failures.ts'
import type { AppAddress, SlotName } from '../../function-app/picture.ts'
import type { HostState, ProbeAnswer, SlotHosts } from '../../function-app/ports.ts'
import { fieldsOf } from '../../json.ts'
import { remoteText } from '../../remote-text.ts'
import type { ArmHosts } from '../arm/hosts.ts'
import type { Http } from '../http/client.ts'

const statusPath = '/admin/host/status'
const timeoutMs = 30_000

/**
 * The Functions hosts of an app's slots. The state comes through ARM's bridge, which needs no key, else straight from the
 * host with the slot's master key. A host that is down or not understood is an answer; only `Cancelled` is thrown.
 */
export function armSlotHosts(arm: ArmHosts, http: Http): SlotHosts {
  async function direct(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<unknown> {
    const operation = `read the host status of slot '${slot}' of '${app.name}'`
    const { masterKey } = await arm.hostKeys(app, slot, signal)
    if (masterKey === undefined) {
      throw new AzureFailure(`Could not ${operation}: the slot has no master key.`, { operation, kind: 'unreadable' })
    }
    const url = hostUrl(await arm.hostName(app, slot, signal), statusPath)
    const whenDenied = 'The host does not accept its master key.'
    const headers = { 'x-functions-key': masterKey }
    return (await http.getJson({ url, headers, errand: { operation, whenDenied }, timeoutMs }, signal)).json
  }

  async function state(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<HostState> {
    const operation = `read the host status of slot '${slot}' of '${app.name}' through Azure Resource Manager`
    try {
      const { json } = await arm.hostRuntime({ app, slot, path: statusPath, operation }, signal)
      const known = readHostStatus(json)
      if (known) return known
    } catch (error) {
      if (!(error instanceof AzureFailure)) throw error
    }
    try {
      const json = await direct(app, slot, signal)
      return readHostStatus(json) ?? { kind: 'unknown', because: 'its host status is not what it promises' }
    } catch (error) {
      if (error instanceof AzureFailure) return { kind: 'unknown', because: asClause(error.message) }
      throw error
    }
  }

  async function probe(hostName: string, path: string, signal: AbortSignal): Promise<ProbeAnswer> {
    const errand = { operation: `request '${remoteText(path)}' from '${hostName}'` }
    try {
      return {
        kind: 'status',
        status: await http.getStatus({ url: hostUrl(hostName, path), errand, timeoutMs }, signal),
      }
    } catch (error) {
      if (error instanceof AzureFailure) return { kind: 'noAnswer', because: asClause(error.message) }
      throw error
    }
  }

  return { state, probe }
}

/** `https://<host><path>`; the host name is used exactly as ARM gives it, port included. */
export function hostUrl(hostName: string, path: string): string {
  return `https://${hostName}${path.startsWith('/') ? '' : '/'}${path}`
}

/** HOST HostController.cs: `{ id, state, version, …, errors? }`; undefined where it is something else. */
function readHostStatus(json: unknown): HostState | undefined {
  const fields = fieldsOf(json)
  const state = fields?.get('state')
  const errors = fields?.get('errors') ?? []
  const version = fields?.get('version') ?? undefined
  const uptime = fields?.get('processuptime')
  if (typeof state !== 'string' || state === '') return undefined
  if (!Array.isArray(errors) || !errors.every((error): error is string => typeof error === 'string')) return undefined
  if (version !== undefined && typeof version !== 'string') return undefined
  return {
    kind: 'known',
    state: remoteText(state, 40),
    errors: errors.map((error) => remoteText(error)),
    ...(version !== undefined && { version: remoteText(version, 40) }),
    ...(typeof uptime === 'number' && uptime >= 0 && { uptimeMs: uptime }),
  }
}
