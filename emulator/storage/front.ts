// A proxy before Azurite: faults, the request log and, over TLS, the checks of tokens that `--oauth basic` leaves out.
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Call, Reply } from '../http/call.ts'
import type { Faults } from '../http/faults.ts'
import type { ServerTls } from '../http/listener.ts'
import { listen } from '../http/listener.ts'
import type { RequestLog } from '../http/request-log.ts'
import type { Ports, StorageService } from './azurite.ts'

export type FrontOptions = {
  readonly behind: Ports
  /** Set: TLS on both sides, with `caPem` trusted behind. */
  readonly tls?: { readonly server: ServerTls; readonly caPem: string }
  readonly faults: Faults
  readonly requests: RequestLog
  /** A refusal, or undefined to let the request through. */
  refuse?(call: Call, service: StorageService): Reply | undefined
}

export type Front = { readonly ports: Ports; close(): Promise<void> }

/** Puts a listener before each of the three services. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { behind, tls, faults, requests } = options
  const agent =
    tls === undefined ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true, ca: tls.caPem })
  const open = (service: StorageService) =>
    listen({
      service: 'storage',
      ...(tls !== undefined && { tls: tls.server }),
      faults,
      requests,
      handle: async (call) => options.refuse?.(call, service) ?? forward(call, behind[service], agent),
    })
  const [blob, queue, table] = await Promise.all([open('blob'), open('queue'), open('table')])
  return {
    ports: { blob: blob.port, queue: queue.port, table: table.port },
    close: async () => {
      await Promise.all([blob.close(), queue.close(), table.close()])
      agent.destroy()
    },
  }
}

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect'])

async function forward(call: Call, port: number, agent: HttpAgent | HttpsAgent): Promise<Reply> {
  const kept = Object.entries(call.headers).filter(([name]) => !hopByHop.has(name))
  const bodiless = call.method === 'GET' || call.method === 'HEAD'
  const headers = Object.fromEntries(bodiless ? kept : [...kept, ['content-length', String(call.body.length)]])
  const send = agent instanceof HttpsAgent ? httpsRequest : httpRequest
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port, agent, method: call.method, path: call.target, headers }, resolve)
    request.once('error', reject)
    request.end(call.body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const status = response.statusCode ?? 502
  return {
    status,
    headers: replyHeaders(response, call.method),
    body: Buffer.concat(chunks),
    effect: !bodiless && status >= 200 && status < 300,
  }
}

function replyHeaders(response: IncomingMessage, method: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    // The length of a blob is what HEAD is asked for.
    const wanted = !hopByHop.has(name) || (name === 'content-length' && method === 'HEAD')
    if (wanted && value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}
