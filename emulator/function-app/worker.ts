// The process that serves a slot: deployed files and the host that runs them. In a swap it moves to the other slot.
import type { Call, Reply } from '../http/call.ts'
import { html } from '../http/call.ts'
import type { FunctionInfo, Host, HostKeys, HostRequest, StartHost } from '../host/types.ts'

/** The slot a worker serves at the moment. */
export type Home = {
  readonly siteName: string
  readonly name: string
  readonly hostName: string
  readonly keys: HostKeys
}

export type WorkerOptions = {
  readonly startHost: StartHost
  readonly caPem: string
  readonly leaseSeconds?: number
  readonly storageToken: () => Promise<string>
  readonly log?: (line: string) => void
}

type Running = { readonly host: Host; readonly cut: Promise<undefined>; readonly end: () => void }

export class Worker {
  home: Home
  contentDir: string | undefined
  #running: Running | undefined
  #listed: readonly FunctionInfo[] | undefined
  #turn: Promise<void> = Promise.resolve()
  #closed = false
  readonly #options: WorkerOptions

  constructor(home: Home, contentDir: string | undefined, options: WorkerOptions) {
    this.home = home
    this.contentDir = contentDir
    this.#options = options
  }

  /** The host, while the slot is not stopped. */
  get host(): Host | undefined {
    return this.#running?.host
  }

  /**
   * The functions as ARM lists them: what a host leaves there when it has started (HOST FunctionsSyncManager.cs:304-345), so
   * while the next one starts it is still what the last one left. Undefined while nothing runs, or nothing was left yet.
   */
  get listed(): readonly FunctionInfo[] | undefined {
    return this.#running && this.#listed
  }

  /** Stops what runs, abruptly, and starts anew with these settings; resolves when the new host has been started. */
  restart(settings: Readonly<Record<string, string>>): Promise<void> {
    return this.#next(async () => {
      await this.#end()
      if (!this.#closed) this.#begin({ ...settings })
    })
  }

  stop(): Promise<void> {
    return this.#next(() => this.#end())
  }

  /** As stop, for good: the emulator ends. */
  close(): Promise<void> {
    this.#closed = true
    return this.stop()
  }

  /** Whoever waits for an answer of a host that is stopped gets the front end's page. */
  async handle(call: Call, path: string, caller: 'public' | 'arm'): Promise<Reply> {
    const running = this.#running
    if (running === undefined) return html(503, 'Service Unavailable')
    const { method, query, headers, body } = call
    const request: HostRequest = { method, path, query, headers, body }
    const answer = await Promise.race([running.host.handle(request, caller), running.cut]).catch(() => undefined)
    return answer ?? html(502, 'Bad Gateway')
  }

  #next(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #end(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    running?.end()
    // A host that fails to stop is gone all the same, as a killed process is.
    await running?.host.stop().catch((error: unknown) => this.#options.log?.(`The host did not stop: ${String(error)}`))
  }

  #begin(settings: Readonly<Record<string, string>>): void {
    const { startHost, caPem, leaseSeconds, storageToken, log } = this.#options
    const home = () => this.home
    const host = startHost({
      get siteName() {
        return home().siteName
      },
      get slotName() {
        return home().name
      },
      get hostName() {
        return home().hostName
      },
      get keys() {
        return home().keys
      },
      settings,
      contentDir: this.contentDir,
      caPem,
      storageToken,
      ...(leaseSeconds !== undefined && { leaseSeconds }),
      ...(log !== undefined && { log }),
    })
    // Who waits for it hears of a failed start; nobody else must be surprised by it.
    host.ready.then(
      () => {
        if (this.#running?.host === host) this.#listed = host.functions()
      },
      () => undefined,
    )
    let end: () => void = () => undefined
    const cut = new Promise<undefined>((resolve) => (end = () => resolve(undefined)))
    this.#running = { host, cut, end }
  }
}
