// One request as every service of the emulator sees it, and the reply it gives.

export type Service = 'arm' | 'entra' | 'identity' | 'devops' | 'host' | 'storage'

export type Call = {
  readonly service: Service
  readonly method: string
  /** Decoded by nobody yet: as it came over the wire, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Path and query as they came over the wire. */
  readonly target: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Host and port of the listener that was called. */
  readonly hostName: string
  /** A fault asks for tokens that are past their end although the answer says otherwise. */
  readonly issueExpiredTokens: boolean
}

export type Reply = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Something in the emulated Azure is different now. */
  readonly effect?: boolean
}

/** A JSON reply. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  }
}

/** An HTML page, as front ends and proxies send. */
export function html(status: number, title: string): Reply {
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`
  return { status, headers: { 'content-type': 'text/html' }, body }
}

/** The body as an object, or undefined when it is not JSON or not an object. */
export function readObject(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
