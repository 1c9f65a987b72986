// Stands between the framework and storage, so that a situation can bring about what a bad moment does: a request refused,
// held, lost, or a queue that shows nothing. It answers in place of storage and never changes what storage holds.
import { createServer, request, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type StorageService = 'blob' | 'queue' | 'table'

export type Seen = {
  readonly service: StorageService
  readonly method: string
  /** Path and query, decoded. */
  readonly url: string
}

export type Answer = { readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: Buffer }

/**
 * Answers a request in place of storage, `'cut'` closes the connection without an answer, undefined lets the request pass.
 * `forward` sends it on to storage, now or later.
 */
export type Meddling = (seen: Seen, forward: () => Promise<Answer>) => Promise<Answer | 'cut'> | undefined

export type Front = {
  readonly connectionString: string
  /** Returns how to end it. */
  meddle(act: Meddling): () => void
  stop(): Promise<void>
}

export async function startFront(behind: string): Promise<Front> {
  const meddlings = new Set<Meddling>()
  const services = await Promise.all(
    (['blob', 'queue', 'table'] as const).map(async (service) => {
      const target = new URL(fieldOf(behind, `${service}Endpoint`))
      const server = createServer((incoming, response) => void serve(service, target, incoming, response))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      return { server, endpoint: `${endpointField(service)}=http://127.0.0.1:${port}${target.pathname}` }
    }),
  )
  const serve = async (
    service: StorageService,
    target: URL,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    try {
      const body = await wholeOf(incoming)
      const forward = () => send(target, incoming, body)
      const seen = { service, method: incoming.method ?? '', url: decodeURIComponent(incoming.url ?? '') }
      const act = [...meddlings].map((meddling) => meddling(seen, forward)).find((answer) => answer !== undefined)
      const answer = await (act ?? forward())
      if (answer === 'cut') return void response.destroy()
      response.writeHead(answer.status, answer.headers).end(answer.body)
    } catch {
      response.destroy()
    }
  }
  const login = `AccountName=${fieldOf(behind, 'AccountName')};AccountKey=${fieldOf(behind, 'AccountKey')}`
  return {
    connectionString: ['DefaultEndpointsProtocol=http', login, ...services.map(({ endpoint }) => endpoint)].join(';'),
    meddle: (act) => {
      meddlings.add(act)
      return () => void meddlings.delete(act)
    },
    stop: async () => {
      for (const { server } of services) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

/** An error in the form that both generations of storage clients understand, and that neither sends again. */
export function refusal(): Answer {
  const body = '{"odata.error":{"code":"InvalidInput","message":{"lang":"en-US","value":"refused"}}}'
  return { status: 400, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) }
}

/** What an empty queue answers to a Get Messages. */
export function noMessages(): Answer {
  const body = '<?xml version="1.0" encoding="utf-8"?><QueueMessagesList />'
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) }
}

export function fieldOf(connectionString: string, name: string): string {
  const part = connectionString.split(';').find((piece) => piece.toLowerCase().startsWith(`${name.toLowerCase()}=`))
  return part?.slice(name.length + 1) ?? ''
}

export function endpointField(service: StorageService): string {
  return `${service[0]?.toUpperCase() ?? ''}${service.slice(1)}Endpoint`
}

async function wholeOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function send(target: URL, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { hostname, port } = target
  const { 'transfer-encoding': _, ...headers } = incoming.headers
  const { method, url: path } = incoming
  return new Promise((resolve, reject) => {
    const onward = request(
      { hostname, port, method, path, headers: { ...headers, 'content-length': body.length } },
      (answer) => {
        wholeOf(answer).then((whole) => {
          const { 'transfer-encoding': _chunked, 'content-length': _length, ...rest } = answer.headers
          resolve({ status: answer.statusCode ?? 500, headers: rest, body: whole })
        }, reject)
      },
    )
    onward.on('error', reject)
    onward.end(body)
  })
}
