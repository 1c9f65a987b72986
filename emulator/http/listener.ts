// One socket of the emulated Azure: reads the request whole, lets the switchboard interfere, logs, answers.
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Call, Reply, Service } from './call.ts'
import { html } from './call.ts'
import type { Faults, Outcome } from './faults.ts'
import { strike } from './faults.ts'
import type { RequestLog } from './request-log.ts'

export type ServerTls = {
  readonly cert: string
  readonly key: string
  /** Set: callers must show a certificate that this authority signed. */
  readonly clientAuthority?: string
}

export type ListenerOptions = {
  readonly service: Service
  /** Absent: plain HTTP. */
  readonly tls?: ServerTls
  readonly faults: Faults
  readonly requests: RequestLog
  handle(call: Call): Promise<Reply>
}

export type Listener = { readonly port: number; close(): Promise<void> }

/** Listens on a free loopback port until closed; closing cuts every connection. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { tls } = options
  const onRequest = (incoming: IncomingMessage, response: ServerResponse) => {
    serve(options, incoming, response).catch(() => incoming.socket.destroy())
  }
  const server =
    tls === undefined
      ? createHttpServer(onRequest)
      : createHttpsServer(
          {
            cert: tls.cert,
            key: tls.key,
            ...(tls.clientAuthority !== undefined && {
              ca: tls.clientAuthority,
              requestCert: true,
              rejectUnauthorized: true,
            }),
          },
          onRequest,
        )
  // A client that keeps a connection alive must not meet a server that has just closed it.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function serve(options: ListenerOptions, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const call = await readCall(options.service, incoming)
  const close = options.requests.open(call)
  let effect = false
  const answer = async (asked: Call): Promise<Reply> => {
    const reply = await options.handle(asked).catch(unexpected)
    effect ||= reply.effect === true
    return reply
  }
  const fault = options.faults.meet(call)
  const outcome: Outcome =
    fault === undefined ? { kind: 'reply', reply: await answer(call) } : await strike(fault, call, answer)
  close(outcome.kind === 'reply' || outcome.kind === 'flood' ? outcome.reply.status : undefined, effect)
  if (outcome.kind === 'reset') incoming.socket.destroy()
  if (outcome.kind === 'flood') await flood(response, outcome.reply)
  if (outcome.kind === 'reply') send(call, response, outcome.reply, outcome.cut === true)
}

async function readCall(service: Service, incoming: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const target = incoming.url ?? '/'
  const mark = target.indexOf('?')
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return {
    service,
    method: incoming.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    target,
    headers,
    body: Buffer.concat(chunks),
    hostName: headers['host'] ?? '',
    issueExpiredTokens: false,
  }
}

/** A bug of the emulator must be seen as such, not taken for an answer of Azure. */
function unexpected(error: unknown): Reply {
  const page = html(500, 'The emulator failed')
  return { ...page, headers: { ...page.headers, 'x-emulator-error': encodeURIComponent(String(error)) } }
}

function send(call: Call, response: ServerResponse, reply: Reply, cut: boolean): void {
  const body = Buffer.from(reply.body ?? '')
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value)
  if (cut) {
    response.writeHead(reply.status, { 'content-length': body.length + 1 })
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.destroy())
    return
  }
  const bodiless = call.method === 'HEAD' || reply.status === 204 || reply.status === 304
  if (!bodiless) response.setHeader('content-length', body.length)
  response.writeHead(reply.status)
  response.end(bodiless ? undefined : body)
}

const floodBytes = 1024 ** 3

/** A string in a JSON array that goes on and on, as fast as the client takes it. */
async function flood(response: ServerResponse, { status, headers }: Reply): Promise<void> {
  response.writeHead(status, headers)
  await pipeline(Readable.from(endlessText()), response).catch(() => undefined)
}

function* endlessText(): Generator<string> {
  yield '{"value":["'
  const chunk = 'x'.repeat(64 * 1024)
  for (let sent = 0; sent < floodBytes; sent += chunk.length) yield chunk
}
