import { setTimeout as delay } from 'node:timers/promises'
import { textOf } from '../durable/payload.ts'
import { openStorage } from '../durable/storage.ts'
import type { Storage } from '../durable/storage.ts'
import { handleAdmin } from './admin.ts'
import type { Administered, HostState } from './admin.ts'
import { ensureDurableKey, isAdmin, mayManageDurable } from './authorize.ts'
import type { Caller } from './authorize.ts'
import { loadContent } from './content.ts'
import type { Content } from './content.ts'
import { durableBase, handleDurable } from './durable-api.ts'
import { startDurable } from './durable-host.ts'
import type { DurableHost } from './durable-host.ts'
import { callHttpStarter } from './http-starters.ts'
import { empty, notFound, notRunning, unauthorized } from './respond.ts'
import { Invocations } from './invocations.ts'
import { listen } from './starters.ts'
import { resolveConnection } from './storage-setting.ts'
import type { Host, HostOptions, HostRequest, HostResponse } from './types.ts'

const noContent: Content = { hostJson: { version: '2.0' }, appVersion: '', code: {}, functions: [] }

export type WatchedHost = Host & {
  /** Resolves when no function runs any more, also after a stop: within one process, code that ignores its signal runs on. */
  quiet(): Promise<void>
}

/** Starts the Functions host of a slot on what is deployed there. A start that fails leaves a host in state Error, which tries again. */
export function startHost(options: HostOptions): WatchedHost {
  const host = new FunctionsHost(options)
  return {
    ready: host.ready,
    functions: () => [...host.functions],
    handle: (request, caller) => host.handle(request, caller),
    stop: () => host.stop(),
    quiet: () => host.invocations.quiet(),
  }
}

class FunctionsHost implements Administered {
  readonly startedAt = Date.now()
  readonly instanceId = crypto.randomUUID()
  state: HostState = 'Starting'
  errors: string[] = []
  isDraining = false
  readonly invocations = new Invocations()
  ready: Promise<void>
  readonly #options: HostOptions
  #content: Content = noContent
  #durable: DurableHost | undefined
  #life = new AbortController()
  #listeners = new AbortController()

  constructor(options: HostOptions) {
    this.#options = options
    this.ready = this.#begin()
  }

  get functions() {
    return this.#content.functions
  }

  get config() {
    return this.#content.hostJson
  }

  get hostName() {
    return this.#options.hostName
  }

  /** Per slot (HOST Environment/EnvironmentExtensions.cs:380-392). */
  get id() {
    const { siteName, slotName } = this.#options
    return (slotName.toLowerCase() === 'production' ? siteName : `${siteName}-${slotName}`).toLowerCase().slice(0, 32)
  }

  async #begin(): Promise<void> {
    this.state = 'Starting'
    this.errors = []
    const life = (this.#life = new AbortController()).signal
    if (!(await this.#load()) || (await this.#attempt(life))) return
    void this.#startAgain(life)
  }

  /** Answers false where the content cannot be read, which no further try would change. */
  async #load(): Promise<boolean> {
    const { contentDir, settings } = this.#options
    try {
      if (contentDir !== undefined) this.#content = await loadContent(contentDir, settings)
      return true
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  /**
   * After 1, 2, 4 … s, at most two minutes, and in state Error until it is up (HOST WebJobsScriptHostService.cs StartHostAsync,
   * Utility.cs ComputeBackoff).
   */
  async #startAgain(life: AbortSignal): Promise<void> {
    for (let failures = 1; !life.aborted; failures++) {
      const waitMs = Math.min(120_000, 500 * 2 ** failures)
      await delay(waitMs, undefined, { signal: life, ref: false }).catch(() => undefined)
      if (await this.#attempt(life)) return
    }
  }

  /** Answers false where the start failed; nothing of it is left then. */
  async #attempt(life: AbortSignal): Promise<boolean> {
    if (this.#isOver(life)) return true
    const listeners = (this.#listeners = new AbortController())
    const { signal } = listeners
    let durable: DurableHost | undefined
    try {
      const content = this.#content
      durable = await startDurable(this.#options, content, this.invocations)
      // The host may have been stopped while it started.
      if (this.#isOver(life)) {
        await durable?.worker.kill()
        return true
      }
      this.#durable = durable
      const { id: hostId, invocations } = this
      const storage = () => this.#openStorage()
      await listen({ content, client: durable?.client, storage, hostId, invocations, signal, log: this.#log })
      if (this.#isOver(life)) return true
      this.state = 'Running'
      this.errors = []
      return true
    } catch (error) {
      if (this.#isOver(life)) return true
      listeners.abort()
      this.#durable = undefined
      this.#failed(error)
      await durable?.worker.kill()
      return false
    }
  }

  readonly #log = (line: string) => this.#options.log?.(line)

  #failed(error: unknown): void {
    this.state = 'Error'
    this.errors = [textOf(error)]
    this.#log(`The host did not start: ${textOf(error)}`)
  }

  /** What is sent after the stop still arrives while functions have their grace: the process is there until it is killed. */
  #openStorage(): Storage {
    const { settings, caPem } = this.#options
    const token = () => this.#options.storageToken()
    return openStorage(resolveConnection('AzureWebJobsStorage', { settings, token, caPem }))
  }

  #isOver(signal: AbortSignal): boolean {
    return signal.aborted
  }

  async #end(): Promise<void> {
    this.#life.abort()
    this.#listeners.abort()
    const durable = this.#durable
    this.#durable = undefined
    await durable?.worker.kill()
  }

  /** Stops the listeners, which for Durable Functions is the worker itself. */
  drain(): void {
    this.isDraining = true
    this.#listeners.abort()
    void this.#durable?.worker.stop()
  }

  restart(): void {
    this.isDraining = false
    this.ready = this.#end().then(() => this.#begin())
  }

  async stop(): Promise<void> {
    this.state = 'Stopped'
    await this.#end()
    this.state = 'Stopped'
  }

  async handle(request: HostRequest, caller: Caller): Promise<HostResponse> {
    const path = request.path.toLowerCase()
    if (path.startsWith('/admin/')) return this.#admin(request, caller, path)
    await withTimeout(this.ready)
    if (this.state !== 'Running') return notRunning
    const { keys } = this.#options
    if (path.startsWith(durableBase)) {
      if (!this.#durable) return notFound
      ensureDurableKey(keys)
      return mayManageDurable(request, caller, keys) ? handleDurable(this.#durable.api, request) : unauthorized
    }
    if (path.startsWith('/api/')) {
      const client = this.#durable?.client
      return callHttpStarter({ content: this.#content, client, keys, invocations: this.invocations }, request, caller)
    }
    return path === '/' ? empty(200) : notFound
  }

  #admin(request: HostRequest, caller: Caller, path: string): HostResponse {
    const { keys, settings } = this.#options
    // FUNCTIONS_ADMIN_ISOLATION_ENABLED lets only the platform in (HOST EnvironmentExtensions.cs:55-57).
    const isIsolated = caller === 'public' && settings['FUNCTIONS_ADMIN_ISOLATION_ENABLED'] === '1'
    const isPing = path === '/admin/host/ping'
    if (!isPing && (isIsolated || !isAdmin(request, caller, keys))) return unauthorized
    return handleAdmin(this, request)
  }
}

/** Requests wait up to 30 s for a host that starts (HOST HostAvailabilityCheckMiddleware). */
async function withTimeout(ready: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, 30_000)))
  await Promise.race([ready, late])
  clearTimeout(timer)
}
