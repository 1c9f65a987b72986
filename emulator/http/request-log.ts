// Every request that reached the emulator, for tests to count; secrets in the query are never kept.
import type { Call, Service } from './call.ts'

export type LoggedRequest = {
  readonly service: Service
  readonly hostName: string
  readonly method: string
  /** Path and query, secrets redacted. */
  readonly target: string
  /** undefined: not answered (yet), or the connection was cut. */
  readonly status: number | undefined
  /** It changed something, whatever the client was told. */
  readonly effect: boolean
}

export type RequestFilter = {
  readonly service?: Service
  readonly hostName?: string
  readonly method?: string
  /** Tested against path and query. */
  readonly path?: RegExp
  readonly status?: number
  readonly effect?: boolean
}

type Mutable = { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] }
type Waiting = { readonly filter: RequestFilter; readonly resolve: (request: LoggedRequest) => void }

const secretKeys = /^(code|sig|access_token|client_secret|client_assertion|token)$/i

export class RequestLog {
  readonly #entries: Mutable[] = []
  #waiting: Waiting[] = []

  /** Opens an entry; the returned function closes it with what happened. */
  open(call: Call): (status: number | undefined, effect: boolean) => void {
    const { service, hostName, method } = call
    const entry: Mutable = { service, hostName, method, target: redact(call), status: undefined, effect: false }
    this.#entries.push(entry)
    this.#wake(entry)
    return (status, effect) => {
      entry.status = status
      entry.effect = effect
      this.#wake(entry)
    }
  }

  all(filter: RequestFilter = {}): readonly LoggedRequest[] {
    return this.#entries.filter((entry) => matches(entry, filter))
  }

  count(filter: RequestFilter = {}): number {
    return this.all(filter).length
  }

  clear(): void {
    this.#entries.length = 0
  }

  /** Resolves when a request from now on matches: on arrival, or once answered when the filter asks for status or effect. */
  next(filter: RequestFilter): Promise<LoggedRequest> {
    return new Promise((resolve) => this.#waiting.push({ filter, resolve }))
  }

  #wake(entry: LoggedRequest): void {
    const due = this.#waiting.filter(({ filter }) => matches(entry, filter))
    this.#waiting = this.#waiting.filter((waiting) => !due.includes(waiting))
    for (const { resolve } of due) resolve(entry)
  }
}

function matches(entry: LoggedRequest, filter: RequestFilter): boolean {
  return (
    (filter.service === undefined || filter.service === entry.service) &&
    (filter.hostName === undefined || filter.hostName === entry.hostName) &&
    (filter.method === undefined || filter.method.toUpperCase() === entry.method) &&
    (filter.status === undefined || filter.status === entry.status) &&
    (filter.effect === undefined || filter.effect === entry.effect) &&
    (filter.path === undefined ||
      new RegExp(filter.path.source, filter.path.flags.replace(/[gy]/g, '')).test(entry.target))
  )
}

function redact(call: Call): string {
  const keys = [...call.query.keys()].filter((key) => secretKeys.test(key))
  if (keys.length === 0) return call.target
  const query = new URLSearchParams(call.query)
  for (const key of keys) query.set(key, 'REDACTED')
  return `${call.path}?${query.toString()}`
}
