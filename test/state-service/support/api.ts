// The API over a real socket, with a fake service behind it. Every request and reply is held against openapi.yaml.
import { request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { AppDeps } from '../../../state-service/app.ts'
import { createApp } from '../../../state-service/app.ts'
import type { AccessConfig } from '../../../state-service/http/access-settings.ts'
import { authenticateWith } from '../../../state-service/http/entra.ts'
import type { RunningServer, ServerOptions } from '../../../state-service/server.ts'
import { startServer } from '../../../state-service/server.ts'
import { FakeClock, FakeLog } from '../../support/fake-clock.ts'
import { FakeStateService } from './fake-service.ts'
import type { Got } from './openapi.ts'
import { requireReply, requireRequest } from './openapi.ts'

const key = (name: string) => `${name}-0123456789abcdefghijklmnopqrstuvwxyz`
export const keys = {
  all: key('all'),
  read: key('read'),
  tell: key('tell'),
  events: key('events'),
  wrong: key('wrong'),
}

export const access: AccessConfig = {
  keys: [
    { name: 'all', key: keys.all, scopes: ['read', 'tell', 'events'] },
    { name: 'gate', key: keys.read, scopes: ['read'] },
    { name: 'pipeline', key: keys.tell, scopes: ['tell'] },
    { name: 'grid', key: keys.events, scopes: ['events'] },
  ],
}

export type Call = {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** Sent as JSON; a text or bytes as they are. */
  readonly body?: unknown
  /** False: no credential; else `keys.all` unless `headers` have one. */
  readonly signedIn?: false
  /** It is meant not to be what openapi.yaml asks for. */
  readonly bad?: true
}

export type ApiOptions = Partial<AppDeps> & Pick<ServerOptions, 'times' | 'tls'> & { readonly ca?: string }

export class Api {
  readonly url: string
  readonly service: FakeStateService
  readonly log: FakeLog
  readonly clock: FakeClock
  readonly #server: RunningServer
  readonly #ca: string | undefined

  private constructor(server: RunningServer, parts: Pick<Api, 'service' | 'log' | 'clock'>, ca?: string) {
    this.#server = server
    this.#ca = ca
    this.url = server.url
    this.service = parts.service
    this.log = parts.log
    this.clock = parts.clock
  }

  static async start({ times, tls, ca, ...deps }: ApiOptions = {}): Promise<Api> {
    const parts = { service: new FakeStateService(), log: new FakeLog(), clock: new FakeClock() }
    const http = { getJson: () => Promise.reject(new Error('Entra ID is not asked here.')) }
    const authenticate = authenticateWith(access, { http, clock: parts.clock })
    const handle = createApp({ ...parts, authenticate, limits: plenty, ...deps })
    const server = await startServer({ handle, port: 0, ...(times && { times }), ...(tls && { tls }) })
    return new Api(server, parts, ca)
  }

  async close(): Promise<void> {
    await this.#server.close()
  }

  /** Sends, checks both sides against openapi.yaml, and answers. */
  async call(call: Call): Promise<Got & { readonly json: Record<string, unknown> }> {
    const { method = 'GET', path, bad } = call
    const body = bodyOf(call.body)
    const signedIn = call.signedIn ?? !hasCredential(call.headers)
    const headers = {
      ...(signedIn && { 'x-functions-key': keys.all }),
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': String(body.length) }),
      ...call.headers,
    }
    if (bad !== true) {
      const plain = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
      )
      requireRequest({ method, path, headers: plain, body: body?.toString() })
    }
    const got = await this.#send(method, path, { headers, body })
    requireReply({ method, path }, got)
    return { ...got, json: method === 'HEAD' ? {} : (JSON.parse(got.text) as Record<string, unknown>) }
  }

  /** Bytes as they are, over a socket of their own; what came back until it was closed. */
  raw(bytes: string | Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      const socket = connect(Number(new URL(this.url).port), '127.0.0.1', () => socket.write(bytes))
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
      })
    })
  }

  #send(
    method: string,
    path: string,
    { headers, body }: { headers: Record<string, string | string[]>; body: Buffer | undefined },
  ) {
    const { hostname, port, protocol } = new URL(this.url)
    return new Promise<Got>((resolve, reject) => {
      const options = {
        hostname,
        port,
        method,
        path,
        headers,
        agent: false as const,
        ...(this.#ca !== undefined && { ca: this.#ca }),
      }
      const read = (incoming: IncomingMessage) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers as Record<string, string>,
            text: Buffer.concat(chunks).toString(),
          }),
        )
        incoming.on('error', reject)
      }
      const request: ClientRequest = protocol === 'https:' ? httpsRequest(options, read) : httpRequest(options, read)
      request.on('error', reject)
      request.end(body)
    })
  }
}

/** No test but those of the limits should meet them. */
export const plenty = {
  read: { perSecond: 1, burst: 100_000 },
  tell: { perSecond: 1, burst: 100_000 },
  events: { perSecond: 1, burst: 1_000_000 },
  failed: { perSecond: 1, burst: 100_000 },
}

function hasCredential(headers: Call['headers'] = {}): boolean {
  return Object.keys(headers).some((name) => ['x-functions-key', 'authorization'].includes(name.toLowerCase()))
}

function bodyOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined
  return Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}
