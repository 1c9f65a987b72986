import type { AppAddress, SlotName } from '../../function-app/picture.ts'
import { unreadable } from '../http/answer.ts'
import type { ArmClient } from './client.ts'
import type { ArmReader } from './reader.ts'
import { inWords } from './reader.ts'
import type { HostKeys } from './resources.ts'
import { readHostKeys } from './resources.ts'

export type HostRuntimeRequest = {
  readonly app: AppAddress
  readonly slot: SlotName
  /** Such as `/admin/host/status`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly operation: string
}

/** What ARM knows of, and passes on to, the Functions host of a slot. Every method throws `AzureFailure`. */
export interface ArmHosts {
  hostName(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<string>
  /** Every key is announced as a secret before it is given. */
  hostKeys(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<HostKeys>
  /** GET through ARM's bridge into the host; no key is needed. Status 200 and JSON, or a failure. */
  hostRuntime(
    request: HostRuntimeRequest,
    signal: AbortSignal,
  ): Promise<{ readonly json: unknown; readonly headers: Readonly<Record<string, string>> }>
}

/** A host that is down holds a request for half a minute (HOST HostAvailabilityCheckMiddleware): two such tries at most. */
const hostTimeoutMs = 60_000
const hostPatienceMs = 45_000

export function armHosts(
  arm: ArmClient,
  { siteUrl, read, site }: ArmReader,
  onSecret: (secret: string) => void,
): ArmHosts {
  async function hostKeys(app: AppAddress, slot: SlotName, signal: AbortSignal): Promise<HostKeys> {
    const errand = {
      operation: `read the host keys of ${inWords(app, slot)}`,
      permission: 'Microsoft.Web/sites/host/listkeys/action',
    }
    const url = siteUrl(app, slot, 'host', 'default', 'listkeys')
    const keys = await read({ method: 'POST', url, errand }, readHostKeys, signal)
    const all = [keys.masterKey, ...Object.values(keys.systemKeys), ...Object.values(keys.functionKeys)]
    for (const key of all) if (key) onSecret(key)
    return keys
  }

  async function hostRuntime(request: HostRuntimeRequest, signal: AbortSignal) {
    const { app, slot, path, query = {}, headers = {}, operation } = request
    const url = new URL(siteUrl(app, slot, 'hostruntime', ...path.split('/').filter((part) => part !== '')))
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const errand = { operation, permission: 'Microsoft.Web/sites/hostruntime/*' }
    const asked = { method: 'GET', url: url.href, headers, errand, timeoutMs: hostTimeoutMs } as const
    const answer = await arm.read(asked, signal, hostPatienceMs)
    if (answer.status !== 200) throw unreadable(errand, `status ${answer.status}`, answer)
    return { json: answer.json, headers: answer.headers }
  }

  return {
    hostName: async (app, slot, signal) => (await site(app, slot, signal)).hostName,
    hostKeys,
    hostRuntime,
  }
}
