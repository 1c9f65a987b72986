// A storage account on loopback that holds one task hub of generated rows and answers a reader as the service does.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { failure, type Answer, type Service } from './answer.ts'
import { answerBlob } from './blobs.ts'
import { newCounters, type Counters } from './counters.ts'
import type { Paging } from './page.ts'
import { answerQueue, type Queues } from './queues.ts'
import type { Table } from './table.ts'
import { answerTable } from './tables.ts'
import { Throttle, type ThrottleOptions } from './throttle.ts'

/** May be changed while the server runs. */
export type Content = {
  readonly hub: string
  tables: readonly Table[]
  queues: Queues
  throttle?: Throttle | undefined
}

export type ServerOptions = {
  /** The earliest an answer leaves after its request came, in milliseconds. */
  readonly delayMs: number
  readonly paging: Paging
}

export type BenchServer = {
  readonly connectionString: string
  readonly counters: Counters
  throttle(options: ThrottleOptions | undefined): void
  stop(): Promise<void>
}

const account = 'benchaccount'
// Nobody's key: what is signed with it is not looked at.
const key = Buffer.from('a key that opens nothing').toString('base64')

/** Listens on free loopback ports. Signatures are not checked. */
export async function startServer(content: Content, { delayMs, paging }: ServerOptions): Promise<BenchServer> {
  const counters = newCounters()
  let atOnce = 0
  const answerOf = (service: Service, url: URL, request: IncomingMessage): Answer => {
    const refused = content.throttle?.refusal(performance.now())
    if (refused) {
      counters.throttled += 1
      const busy = failure(
        service,
        refused.status,
        refused.status === 503 ? 'ServerBusy' : 'TooManyRequests',
        'Slow down.',
      )
      return { ...busy, headers: { ...busy.headers, 'retry-after': String(refused.retryAfterSeconds) } }
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return failure(service, 405, 'UnsupportedHttpVerb', 'Everything here is read only.')
    }
    if (service === 'queue') return answerQueue(content.queues, account, url)
    if (service === 'blob') return answerBlob(content.hub, account, url)
    return answerTable({ tables: content.tables, paging, account, counters }, url, request.headers.accept ?? '')
  }
  const handle = (service: Service) => (request: IncomingMessage, response: ServerResponse) => {
    const came = performance.now()
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? ''}`)
    counters.requests += 1
    counters[`${service}Requests`] += 1
    counters.mostAtOnce = Math.max(counters.mostAtOnce, ++atOnce)
    response.once('close', () => (atOnce -= 1))
    const { status, headers, body } = answerOf(service, url, request)
    const bytes = Buffer.from(body)
    counters.bytes += bytes.length
    // Node's timers fire up to a millisecond early or late; making the answer is part of the time.
    const rest = delayMs - (performance.now() - came)
    const send = () => {
      response.writeHead(status, { ...headers, 'x-ms-version': '2019-02-02', 'content-length': bytes.length })
      response.end(request.method === 'HEAD' ? undefined : bytes)
    }
    if (rest > 0) setTimeout(send, rest)
    else send()
  }
  const services = ['table', 'queue', 'blob'] as const
  const servers = await Promise.all(services.map(async (service) => [service, await listen(handle(service))] as const))
  const endpoints = servers.map(([service, server]) => {
    const { port } = server.address() as AddressInfo
    return `${service[0]?.toUpperCase()}${service.slice(1)}Endpoint=http://127.0.0.1:${port}/${account};`
  })
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};${endpoints.join('')}`,
    counters,
    throttle: (options) => {
      content.throttle = options && new Throttle(options)
    },
    stop: async () => {
      await Promise.all(servers.map(([, server]) => close(server)))
    },
  }
}

async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(handler)
  // A client that thinks long between two requests must not find its connection closed under it.
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function close(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
