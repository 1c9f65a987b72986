import { hostname } from 'node:os'
import type { HostJson } from './host-json.ts'
import { empty, json, notFound } from './respond.ts'
import type { FunctionInfo, HostRequest, HostResponse } from './types.ts'

export type HostState = 'Starting' | 'Running' | 'Error' | 'Stopped'

/** What the admin API says of a host and does to it. */
export type Administered = {
  readonly id: string
  readonly state: HostState
  readonly errors: readonly string[]
  readonly startedAt: number
  readonly instanceId: string
  readonly functions: readonly FunctionInfo[]
  readonly config: HostJson
  readonly isDraining: boolean
  readonly hostName: string
  drain(): void
  restart(): void
}

const version = '4.1037.0.0'

/** `/admin/…` (HOST WebJobs.Script.WebHost/Controllers/HostController.cs); authorised by the caller. */
export function handleAdmin(host: Administered, request: HostRequest): HostResponse {
  const path = request.path.toLowerCase().replace(/\/+$/, '')
  const route = `${request.method} ${path}`
  if (path === '/admin/host/ping') return empty(200)
  if (route === 'GET /admin/host/status') return json(200, statusOf(host))
  if (route === 'GET /admin/host/config') return json(200, host.config)
  if (route === 'GET /admin/functions')
    return json(
      200,
      host.functions.map((info) => functionOf(host, info)),
    )
  const name = /^\/admin\/functions\/([^/]+)(\/status)?$/.exec(path)
  if (request.method === 'GET' && name?.[1] !== undefined) return oneFunction(host, name[1], name[2] !== undefined)
  if (route === 'POST /admin/host/synctriggers') return json(200, { status: 'success' })
  if (route === 'POST /admin/host/restart') {
    host.restart()
    return empty(202)
  }
  return drainRoutes(host, route)
}

function statusOf(host: Administered): Record<string, unknown> {
  return {
    id: host.id,
    state: host.state,
    version,
    versionDetails: version,
    platformVersion: '',
    instanceId: host.instanceId,
    computerName: hostname(),
    ...(host.errors.length > 0 ? { errors: host.errors } : {}),
    processUptime: Date.now() - host.startedAt,
    functionAppContentEditingState: 'NotAllowed',
    extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '4.22.0' },
  }
}

function functionOf(host: Administered, { name, triggerType, disabled }: FunctionInfo): Record<string, unknown> {
  return {
    name,
    href: `https://${host.hostName}/admin/functions/${name}`,
    config: { bindings: [{ type: triggerType, direction: 'in' }] },
    isDisabled: disabled,
    language: 'node',
  }
}

function oneFunction(host: Administered, name: string, onlyStatus: boolean): HostResponse {
  const found = host.functions.find((info) => info.name.toLowerCase() === name)
  if (!found) return notFound
  return json(200, onlyStatus ? { isDisabled: found.disabled } : functionOf(host, found))
}

/** Draining stops the listeners of this host, the durable worker among them, and is undone by a restart (SDK
 * DrainModeManager.cs:35-54): it proves nothing about the app. */
function drainRoutes(host: Administered, route: string): HostResponse {
  const isRunning = host.state === 'Running'
  switch (route) {
    case 'POST /admin/host/drain':
      if (!isRunning) return empty(503)
      host.drain()
      return empty(202)
    case 'GET /admin/host/drain/status':
      if (!isRunning) return empty(503)
      return json(200, {
        state: host.isDraining ? 'Completed' : 'Disabled',
        outstandingInvocations: 0,
        outstandingRetries: 0,
      })
    case 'POST /admin/host/resume':
      if (!isRunning) return empty(409)
      if (host.isDraining) host.restart()
      return json(200, { state: host.state })
    default:
      return notFound
  }
}
