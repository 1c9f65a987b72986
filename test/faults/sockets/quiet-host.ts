// The Functions host of a slot as far as the tasks ask it: its state, and the Durable management API. Nothing runs on it, so that
// what happens in storage is what a case makes of it.
import { handleAdmin } from '../../../emulator/host/admin.ts'
import type { HostOptions, StartHost } from '../../../emulator/host/types.ts'

const instances = '/runtime/webhooks/durabletask/instances'

/** What the management API lists, by hub. */
export type Listed = Map<string, readonly Record<string, unknown>[]>

/** A host that is up at once. The durable extension makes its system key when it starts. */
export function quietHosts(listed: Listed): StartHost {
  return (options) => {
    options.keys.system['durabletask_extension'] ??= `${options.slotName}-extension-key`
    return {
      ready: Promise.resolve(),
      functions: () => [],
      handle: (request) => {
        if (request.path.startsWith('/admin/')) return Promise.resolve(handleAdmin(administered(options), request))
        const isList = request.path === instances
        const hub = request.query.get('taskHub') ?? options.settings['TaskHubName'] ?? ''
        const body = JSON.stringify(isList ? (listed.get(hub) ?? []) : { up: true })
        return Promise.resolve({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body })
      },
      stop: () => Promise.resolve(),
    }
  }
}

function administered({ siteName, hostName }: HostOptions): Parameters<typeof handleAdmin>[0] {
  return {
    id: siteName,
    state: 'Running',
    errors: [],
    startedAt: Date.now(),
    instanceId: 'quiet',
    functions: [],
    config: { hubName: '%TaskHubName%' },
    isDraining: false,
    hostName,
    drain: () => undefined,
    restart: () => undefined,
  }
}
