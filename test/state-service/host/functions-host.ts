// The packaged function app, loaded in a process of its own as Azure loads it, with its triggers pulled by hand.
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'

export type Binding = Readonly<Record<string, unknown>> & { readonly type: string; readonly direction: string }

export type Registered = { readonly name: string; readonly bindings: Readonly<Record<string, Binding>> }

type Hello = {
  readonly registered: readonly Registered[]
  readonly model: { readonly name: string; readonly version: string }
}

type Answer = {
  readonly id: number
  readonly error?: string
  readonly response?: {
    readonly text?: string
    readonly http?: { readonly statusCode: string; readonly headers: Readonly<Record<string, string>> }
  }
}

export type HttpAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

export class FunctionsHost {
  readonly hello: Hello
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #ids = 0
  #output = ''

  private constructor(child: ChildProcess, folder: string, hello: Hello) {
    this.#child = child
    this.#folder = folder
    this.hello = hello
    child.on('message', (answer: Answer) => this.#waiting.get(answer.id)?.(answer))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    }
  }

  /** Throws where the bundle cannot be loaded. */
  static async start(zip: Uint8Array, settings: Readonly<Record<string, string>>): Promise<FunctionsHost> {
    const folder = mkdtempSync(join(tmpdir(), 'function-app-'))
    for (const [name, content] of Object.entries(unzipSync(zip))) writeFileSync(join(folder, name), content)
    const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { main: string }
    const { PATH = '' } = process.env
    const child = fork(join(import.meta.dirname, 'worker.mjs'), [join(folder, main)], {
      ...{ cwd: folder, env: { PATH, ...settings }, execArgv: [], silent: true },
      serialization: 'advanced',
    })
    let failed = ''
    child.stderr?.on('data', (text: Buffer) => (failed += text.toString()))
    const hello = await Promise.race([
      once(child, 'message').then(([message]) => message as Hello),
      once(child, 'exit').then(() => undefined),
    ])
    if (!hello) throw new Error(`The bundle could not be loaded:\n${failed}`)
    return new FunctionsHost(child, folder, hello)
  }

  /** What the app wrote so far: the host makes its log of that. */
  get output(): string {
    return this.#output
  }

  async request(method: string, path: string, options: { key?: string; body?: string } = {}): Promise<HttpAnswer> {
    const { key, body } = options
    const headers = {
      ...(key !== undefined && { 'x-functions-key': key }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      'x-forwarded-for': '203.0.113.9, 192.0.2.7:51234',
    }
    const http = { method, url: `https://state.example.net${path}`, headers, query: {}, params: {} }
    const { response, error } = await this.#invoke('api', {
      http: { ...http, ...(body !== undefined && { body: { string: body } }) },
    })
    if (!response?.http) throw new Error(error ?? 'There was no answer.')
    const { statusCode, headers: replied } = response.http
    const text = response.text ?? ''
    return { status: Number(statusCode), headers: replied, text, json: JSON.parse(text) as HttpAnswer['json'] }
  }

  /** Throws what the function throws. */
  async queue(message: string): Promise<void> {
    const { error } = await this.#invoke('events', { string: message })
    if (error !== undefined) throw new Error(error)
  }

  async timer(): Promise<void> {
    const { error } = await this.#invoke('reconcile', { json: JSON.stringify({ Schedule: {}, IsPastDue: false }) })
    if (error !== undefined) throw new Error(error)
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #invoke(name: string, data: unknown): Promise<Answer> {
    const id = (this.#ids += 1)
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    this.#child.send({ id, name, data })
    return await answer
  }
}
