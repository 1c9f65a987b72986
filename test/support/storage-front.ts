import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Seen = { readonly service: 'blob' | 'queue' | 'table'; readonly method: string; readonly url: string }

/** Answers a request itself, or lets it pass to the storage behind by returning false. */
export type Interception = (seen: Seen, response: ServerResponse) => boolean

export type StorageFront = {
  readonly connectionString: string
  /** What answers in place of storage from now on. */
  intercept(act: Interception | undefined): void
  readonly requests: Seen[]
  stop(): Promise<void>
}

/** Stands before a storage emulator, one port a service, and answers in its place what the emulator never would. */
export async function startStorageFront(behind: string): Promise<StorageFront> {
  let interception: Interception | undefined
  const requests: Seen[] = []
  const servers = await Promise.all(
    (['blob', 'queue', 'table'] as const).map(async (service) => {
      const target = new URL(fieldOf(behind, `${service}Endpoint`))
      const server = createServer((incoming, response) => {
        const seen = { service, method: incoming.method ?? '', url: incoming.url ?? '' }
        requests.push(seen)
        if (interception?.(seen, response) !== true) pass(incoming, response, target)
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      return { server, endpoint: `${service}Endpoint=http://127.0.0.1:${port}${target.pathname}` }
    }),
  )
  const login = `AccountName=${fieldOf(behind, 'AccountName')};AccountKey=${fieldOf(behind, 'AccountKey')}`
  return {
    connectionString: ['DefaultEndpointsProtocol=http', login, ...servers.map(({ endpoint }) => endpoint)].join(';'),
    intercept: (act) => (interception = act),
    requests,
    stop: async () => {
      for (const { server } of servers) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

function pass(incoming: IncomingMessage, response: ServerResponse, target: URL): void {
  const { hostname, port } = target
  const { method, url: path, headers } = incoming
  const onward = request({ hostname, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  incoming.pipe(onward)
}

function fieldOf(connectionString: string, name: string): string {
  const part = connectionString.split(';').find((piece) => piece.toLowerCase().startsWith(`${name.toLowerCase()}=`))
  return part?.slice(name.length + 1) ?? ''
}
