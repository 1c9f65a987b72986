// Which HTTP requests of this process wait for an answer: those of the clients under test, and those of the front to Azurite.
import { Agent } from 'node:http'
import type { ClientRequest } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'

type AddRequest = (this: Agent, request: ClientRequest, ...rest: unknown[]) => void

/** By it the emulator tells which request it will not answer. */
export const flightHeader = 'x-flight'

/** An answer whose body nobody reads keeps its request open; nothing more will come of it after so many real milliseconds. */
const unreadMs = 200

/** Counts from its construction on, until `restore`. One at a time in a process. */
export class RequestsUnderWay {
  readonly #open = new Map<string, { stalled: boolean }>()
  readonly #changed: () => void
  readonly #addRequest: AddRequest
  readonly #agents = new Map<string, Set<Agent>>()
  #count = 0

  constructor(changed: () => void, later: (act: () => void, ms: number) => void) {
    this.#changed = changed
    const prototype = Agent.prototype as unknown as { addRequest: AddRequest }
    const original = prototype.addRequest
    this.#addRequest = original
    const opened = (request: ClientRequest, agent: Agent) => this.#opened(request, agent, later)
    prototype.addRequest = function (request, ...rest) {
      opened(request, this)
      original.call(this, request, ...rest)
    }
  }

  /** Something waits for an answer that will come. */
  get any(): boolean {
    for (const { stalled } of this.#open.values()) if (!stalled) return true
    return false
  }

  /** The emulator never answers the request with this header. */
  stalled(flight: string | undefined): void {
    const open = this.#open.get(flight ?? '')
    if (open) open.stalled = true
    this.#changed()
  }

  restore(): void {
    const prototype = Agent.prototype as unknown as { addRequest: AddRequest }
    prototype.addRequest = this.#addRequest
    syncBuiltinESMExports()
  }

  /** Closes the connections to a host that are kept for a next request: of a task that has ended there is none. */
  hangUp(host: string): void {
    for (const agent of this.#agents.get(host) ?? []) agent.destroy()
    this.#agents.delete(host)
  }

  #opened(request: ClientRequest, agent: Agent, later: (act: () => void, ms: number) => void): void {
    const host = String(request.getHeader('host') ?? '')
    this.#agents.set(host, (this.#agents.get(host) ?? new Set()).add(agent))
    const flight = String(++this.#count)
    request.setHeader(flightHeader, flight)
    this.#open.set(flight, { stalled: false })
    const ended = () => {
      if (this.#open.delete(flight)) this.#changed()
    }
    request.once('close', ended)
    request.once('response', () => later(ended, unreadMs))
  }
}
