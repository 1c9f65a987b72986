// A Functions host that only answers: enough for tests of the platform around it.
import type { Host, HostOptions, HostRequest, StartHost } from '../../../emulator/host/types.ts'

export type EchoHost = Host & { readonly options: HostOptions; readonly stopped: boolean }

export type EchoHosts = { readonly start: StartHost; readonly started: EchoHost[] }

/** A StartHost that remembers what it started; `refuse` makes the ready promise fail. */
export function echoHosts(refuse: (options: HostOptions) => boolean = () => false): EchoHosts {
  const started: EchoHost[] = []
  const start: StartHost = (options) => {
    let stopped = false
    const answer = (request: HostRequest, caller: string) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        slot: options.slotName,
        caller,
        path: request.path,
        query: request.query.toString(),
        settings: options.settings,
        authorization: request.headers['authorization'] ?? null,
      }),
    })
    const host: EchoHost = {
      options,
      get stopped() {
        return stopped
      },
      ready: refuse(options) ? Promise.reject(new Error('does not start')) : Promise.resolve(),
      functions: () => [{ name: 'Start', triggerType: 'httpTrigger', disabled: false }],
      handle: (request, caller) =>
        request.path === '/hang' ? new Promise(() => undefined) : Promise.resolve(answer(request, caller)),
      stop: () => {
        stopped = true
        return Promise.resolve()
      },
    }
    started.push(host)
    return host
  }
  return { start, started }
}
