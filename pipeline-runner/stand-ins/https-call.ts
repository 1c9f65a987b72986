import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { rootCertificates } from 'node:tls'

export type Reply = { readonly status: number; readonly location: string | undefined; readonly text: string }

export type Call = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** HTTPS for stand-ins, which run inside the runner: NODE_EXTRA_CA_CERTS would come too late for its process. */
export class HttpsClient {
  private readonly ca: string[]
  private readonly signal: AbortSignal

  constructor(caFile: string | undefined, signal: AbortSignal) {
    this.ca = caFile === undefined ? [...rootCertificates] : [...rootCertificates, readFileSync(caFile, 'utf8')]
    this.signal = signal
  }

  /** @throws Error when no answer comes. */
  async send(call: Call): Promise<Reply> {
    const cancel = new AbortController()
    const pass = (): void => cancel.abort()
    this.signal.addEventListener('abort', pass, { once: true })
    try {
      return await send(call, { ca: this.ca, signal: AbortSignal.any([cancel.signal, AbortSignal.timeout(60_000)]) })
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`${call.method} ${call.url} failed: ${why}`, { cause })
    } finally {
      this.signal.removeEventListener('abort', pass)
    }
  }

  /** @throws Error unless the answer is a 2xx JSON object. */
  async json(call: Call): Promise<Readonly<Record<string, unknown>>> {
    const { status, text } = await this.send(call)
    if (status < 200 || status > 299) throw new Error(`${call.method} ${call.url} answered ${status}.`)
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null)
      throw new Error(`${call.method} ${call.url} answered no JSON object.`)
    return value as Readonly<Record<string, unknown>>
  }
}

function send({ method, url, headers, body }: Call, tls: { ca: string[]; signal: AbortSignal }): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers }, agent: false, ...tls }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode = 0, headers } = response
        resolve({ status: statusCode, location: headers.location, text: Buffer.concat(chunks).toString('utf8') })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
