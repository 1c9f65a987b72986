// A Functions host in a thread of its own, behind the same seam: a stop really ends what runs in it, as killing a process does.
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { FunctionInfo, Host, HostOptions, HostRequest, HostResponse, StartHost } from '../types.ts'
import { threadScript } from './bundle.ts'
import type { FromHost, Home, StartMessage, ToHost } from './messages.ts'

export type SeparateHostOptions = {
  /**
   * How long functions may go on after they were told to stop. Azure's is about ten seconds, the shutdownTimeLimit of the
   * ASP.NET Core Module, which an app cannot set (azure-functions-host #7103).
   */
  readonly graceMs?: number
}

/** Hosts that end as processes do: signals are aborted, and after the grace, or once nothing runs, the thread is ended. */
export function separateHosts({ graceMs = 10_000 }: SeparateHostOptions = {}): StartHost {
  return (options) => new SeparateHost(options, graceMs)
}

type Waiting = { readonly resolve: (response: HostResponse) => void; readonly reject: (error: Error) => void }

class SeparateHost implements Host {
  readonly ready: Promise<void>
  readonly #options: HostOptions
  readonly #graceMs: number
  readonly #thread: Promise<Worker>
  readonly #waiting = new Map<number, Waiting>()
  readonly #over: Promise<void>
  #functions: readonly FunctionInfo[] = []
  #asked = 0
  #stopped: Promise<void> | undefined
  #markReady: () => void = () => undefined
  #markOver: () => void = () => undefined

  constructor(options: HostOptions, graceMs: number) {
    this.#options = options
    this.#graceMs = graceMs
    this.ready = new Promise((resolve) => (this.#markReady = resolve))
    this.#over = new Promise((resolve) => (this.#markOver = resolve))
    this.#thread = this.#start()
    this.#thread.catch((error: unknown) => this.#end(new Error('The host did not start.', { cause: error })))
  }

  functions(): FunctionInfo[] {
    return [...this.#functions]
  }

  async handle(request: HostRequest, caller: 'public' | 'arm'): Promise<HostResponse> {
    const thread = await this.#thread
    if (this.#stopped !== undefined) throw new Error('The host was stopped.')
    const id = ++this.#asked
    const answer = new Promise<HostResponse>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    const { method, path, query, headers, body } = request
    const carried = { method, path, query: query.toString(), headers: { ...headers }, body: new Uint8Array(body) }
    send(thread, { kind: 'handle', id, request: carried, caller, home: homeOf(this.#options) })
    return answer
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop())
  }

  async #stop(): Promise<void> {
    const thread = await this.#thread.catch(() => undefined)
    if (thread === undefined) return
    send(thread, { kind: 'stop' })
    const waiting = new AbortController()
    const grace = delay(this.#graceMs, undefined, { signal: waiting.signal }).catch(() => undefined)
    await Promise.race([this.#over, grace])
    waiting.abort()
    await thread.terminate()
  }

  async #start(): Promise<Worker> {
    const { settings, contentDir, caPem, leaseSeconds } = this.#options
    const script = await threadScript()
    const data: StartMessage = {
      home: homeOf(this.#options),
      settings: { ...settings },
      contentDir,
      ...(caPem === undefined ? {} : { caPem }),
      ...(leaseSeconds === undefined ? {} : { leaseSeconds }),
    }
    const thread = new Worker(script, { workerData: data, execArgv: [] })
    thread.on('message', (message: FromHost) => void this.#hear(thread, message))
    thread.once('error', (error) => {
      this.#options.log?.(`The host's process failed: ${error.message}`)
      this.#end(error)
    })
    thread.once('exit', () => this.#end(new Error('The host has ended.')))
    return thread
  }

  async #hear(thread: Worker, message: FromHost): Promise<void> {
    switch (message.kind) {
      case 'ready':
        this.#functions = message.functions
        this.#markReady()
        break
      case 'answer': {
        this.#functions = message.functions
        const waiting = this.#waiting.get(message.id)
        this.#waiting.delete(message.id)
        if (message.response === undefined) waiting?.reject(new Error(message.error ?? 'The host gave no answer.'))
        else waiting?.resolve(responseOf(message.response))
        break
      }
      case 'systemKey':
        this.#options.keys.system[message.name] ??= message.value
        break
      case 'token':
        send(thread, await this.#token(message.id))
        break
      case 'log':
        this.#options.log?.(message.line)
        break
      case 'quiet':
        this.#markOver()
        break
    }
  }

  async #token(id: number): Promise<ToHost> {
    try {
      return { kind: 'token', id, token: await this.#options.storageToken() }
    } catch (error) {
      return { kind: 'token', id, error: String(error) }
    }
  }

  /** Whoever waits for a process that is gone gets no answer of it. */
  #end(error: Error): void {
    this.#markOver()
    this.#markReady()
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

function send(thread: Worker, message: ToHost): void {
  thread.postMessage(message)
}

function homeOf({ siteName, slotName, hostName, keys }: HostOptions): Home {
  const { master, system, functions } = keys
  return { siteName, slotName, hostName, keys: { master, system: { ...system }, functions: { ...functions } } }
}

type CarriedResponse = NonNullable<Extract<FromHost, { kind: 'answer' }>['response']>

function responseOf({ body, ...response }: CarriedResponse): HostResponse {
  if (body === undefined) return response
  return { ...response, body: typeof body === 'string' ? body : Buffer.from(body) }
}
