// The API as a plain server, for this machine and for tests. In Azure the Functions host stands in its place.
import { setMaxListeners } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

import { Refusal } from '../core/failures.ts'
import type { ApiReply, ApiRequest, HandleRequest } from './http/api.ts'
import { largestBody } from './http/api.ts'
import { problemReply } from './http/problem.ts'

export type ServerOptions = {
  readonly handle: HandleRequest
  /** 0 = a free one. */
  readonly port: number
  /** PEM texts. Without them the server listens on loopback only, where nobody can listen in. */
  readonly tls?: { readonly cert: string; readonly key: string }
  readonly host?: string
  readonly times?: Partial<ServerTimes>
}

export type ServerTimes = {
  /** Until the headers of a request are there, from its first byte; and until its body is. */
  readonly headersMs: number
  readonly requestMs: number
  /** Until its reply is there. Azure cuts an answer off after 230 s (learn: functions-scale#timeout). */
  readonly answerMs: number
  /** Until a client has taken a reply, and between two requests of a connection. */
  readonly idleMs: number
  /** For requests under way when the server closes. */
  readonly graceMs: number
}

export type RunningServer = {
  /** Ends without a slash. */
  readonly url: string
  /** Takes no more requests, lets those under way end, and cuts what is left after `graceMs`. */
  close(): Promise<void>
}

const defaultTimes: ServerTimes = {
  ...{ headersMs: 10_000, requestMs: 30_000, answerMs: 230_000, idleMs: 30_000, graceMs: 10_000 },
}
const mostConnections = 1_000
const largestHeaders = 16 * 1024

/** Listens until it is closed. Throws `Refusal` where it would send credentials over a network in the clear. */
export async function startServer({
  handle,
  port,
  tls,
  host = '127.0.0.1',
  times,
}: ServerOptions): Promise<RunningServer> {
  const bounds = { ...defaultTimes, ...times }
  if (!tls && !isLoopback(host)) {
    throw new Refusal(
      `Without a certificate the service listens on loopback only, not on '${host}'. Give --cert and --key.`,
    )
  }
  const stopping = new AbortController()
  // Every request that is under way listens.
  setMaxListeners(0, stopping.signal)
  const options = {
    maxHeaderSize: largestHeaders,
    headersTimeout: bounds.headersMs,
    requestTimeout: bounds.requestMs,
    keepAliveTimeout: bounds.idleMs,
    // Node looks for slow clients this often, by default every 30 s.
    connectionsCheckingInterval: Math.min(1_000, bounds.headersMs),
  }
  const answering = new WeakMap<Duplex, number>()
  const onRequest = (incoming: IncomingMessage, response: ServerResponse) => {
    const { socket } = incoming
    answering.set(socket, (answering.get(socket) ?? 0) + 1)
    response.once('close', () => answering.set(socket, (answering.get(socket) ?? 1) - 1))
    serve({ handle, bounds, stopping: stopping.signal }, incoming, response).catch(() => incoming.destroy())
  }
  const server: Server = tls
    ? createHttpsServer({ ...options, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: bounds.headersMs }, onRequest)
    : createHttpServer(options, onRequest)
  server.maxConnections = mostConnections
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A reply to garbage would be taken for that to the request before it.
    const isBetween = (answering.get(socket) ?? 0) === 0
    if (isBetween && socket.writable && error.code?.startsWith('HPE_') === true) refuseGarbage(socket)
    else socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  const shownHost = host.includes(':') ? `[${host}]` : host
  return { url: `${tls ? 'https' : 'http'}://${shownHost}:${taken}`, close: () => close(server, stopping, bounds) }
}

type Serving = { readonly handle: HandleRequest; readonly bounds: ServerTimes; readonly stopping: AbortSignal }

async function serve(
  { handle, bounds, stopping }: Serving,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const own = new AbortController()
  const abort = () => own.abort()
  const timer = setTimeout(abort, bounds.answerMs)
  response.once('close', abort)
  stopping.addEventListener('abort', abort)
  try {
    const read = await readBody(incoming)
    const request: ApiRequest = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      headers: headersOf(incoming.rawHeaders),
      body: read.body,
      address: incoming.socket.remoteAddress ?? '',
    }
    send(response, await handle(request, own.signal), read.isWhole)
    response.setTimeout(bounds.idleMs, () => incoming.destroy())
  } finally {
    clearTimeout(timer)
    stopping.removeEventListener('abort', abort)
  }
}

/** Stops one byte beyond what is ever taken: how large it is after that is not asked. */
async function readBody(incoming: IncomingMessage): Promise<{ readonly body: Uint8Array; readonly isWhole: boolean }> {
  const chunks: Buffer[] = []
  let bytes = 0
  return await new Promise((resolve, reject) => {
    const end = (isWhole: boolean) => resolve({ body: Buffer.concat(chunks).subarray(0, largestBody + 1), isWhole })
    incoming.on('data', (chunk: Buffer) => {
      if (bytes > largestBody) return
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > largestBody) {
        incoming.pause()
        end(false)
      }
    })
    incoming.once('end', () => end(true))
    incoming.once('error', reject)
    incoming.once('close', () => reject(new Error('The client went away.')))
  })
}

/** Node itself drops the second of some headers; here it shows. */
function headersOf(raw: readonly string[]): ApiRequest['headers'] {
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [(raw[at] ?? '').toLowerCase(), raw[at + 1] ?? '']
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return Object.fromEntries(headers)
}

function send(response: ServerResponse, { status, headers, body }: ApiReply, isWhole: boolean): void {
  // What is left of a body that is too large would be taken for the next request.
  if (!isWhole) response.once('finish', () => response.req.destroy())
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(body),
    ...(!isWhole && { connection: 'close' }),
  })
  response.end(body)
}

/** What is not HTTP, or has too many headers, never becomes a request. */
function refuseGarbage(socket: Duplex): void {
  const { headers, body } = problemReply({
    code: 'badUrl',
    detail: 'What was sent is no HTTP request that is taken here.',
  })
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.end(`HTTP/1.1 400 Bad Request\r\n${head}\r\n${body}`, () => socket.destroy())
}

async function close(server: Server, stopping: AbortController, { graceMs }: ServerTimes): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => {
    stopping.abort()
    server.closeAllConnections()
  }, graceMs)
  await closed
  clearTimeout(timer)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}
