// A table service on loopback over rows in memory. It looks at 1,000 rows a page at most, as the Table service may (Query Timeout
// and Pagination), so that a page with a filter may be empty and still have a token; a token is good for its own query alone.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type StoredRow = { readonly key: string; readonly rowKey: string; readonly busy: boolean }

export type TableRequest = { readonly filter: string; readonly top: number; readonly token: string | undefined }

export type TableService = {
  readonly connectionString: string
  readonly requests: TableRequest[]
  /** Requests that nobody has answered yet, and the most there have been at one time. */
  readonly open: { now: number; most: number }
  /** Answers in place of the service by returning true. */
  readonly intercept: (act: (request: TableRequest, response: ServerResponse) => boolean) => void
  readonly stop: () => Promise<void>
}

/** `only` is the OData text that stands for "busy"; `emptyEvery`: each so-many-th request looks at no row. */
export async function startTableService(
  rows: readonly StoredRow[],
  { only = "not (State eq 'done')", emptyEvery = Infinity, delayMs = 0 } = {},
): Promise<TableService> {
  const sorted = [...rows].sort((one, other) => compare(one.key, other.key) || compare(one.rowKey, other.rowKey))
  const requests: TableRequest[] = []
  const open = { now: 0, most: 0 }
  let interception: ((request: TableRequest, response: ServerResponse) => boolean) | undefined
  const answer = (incoming: IncomingMessage, response: ServerResponse) => {
    const query = new URL(incoming.url ?? '/', 'http://localhost').searchParams
    const request = readRequest(query)
    requests.push(request)
    if (interception?.(request, response) === true) return
    const { from, to, rest } = readFilter(request.filter)
    if (rest !== '' && rest !== `(${only})`) {
      send(response, 400, { 'odata.error': { code: 'InvalidInput' } })
      return
    }
    const start = request.token === undefined ? firstAtLeast(sorted, from) : positionIn(request)
    if (start === undefined) {
      send(response, 400, { 'odata.error': { code: 'InvalidInput' } })
      return
    }
    const look = requests.length % emptyEvery === 0 ? 0 : request.top
    const seen = sorted.slice(start, start + look).filter(({ key }) => to === undefined || key < to)
    const next = sorted[start + look]
    const hasMore = seen.length === look && next !== undefined && (to === undefined || next.key < to)
    const value = seen.filter(({ busy }) => rest === '' || busy).map(asEntity)
    send(response, 200, { value }, hasMore ? tokenHeaders(request, start + look, requests.length) : {})
  }
  const server = createServer((incoming, response) => {
    open.now += 1
    open.most = Math.max(open.most, open.now)
    response.once('close', () => (open.now -= 1))
    if (delayMs === 0) answer(incoming, response)
    else setTimeout(() => answer(incoming, response), delayMs)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acct`
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=a2V5;TableEndpoint=${url};QueueEndpoint=${url};BlobEndpoint=${url}`,
    requests,
    open,
    intercept: (act) => {
      interception = act
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function readRequest(query: URLSearchParams): TableRequest {
  return {
    filter: query.get('$filter') ?? '',
    top: Number(query.get('$top') ?? 1000),
    token: query.get('NextPartitionKey') ?? undefined,
  }
}

const bound = /^PartitionKey (ge|lt) '((?:[^']|'')*)'(?: and |$)/

function readFilter(filter: string): { from: string; to: string | undefined; rest: string } {
  let from = ''
  let to: string | undefined
  let rest = filter
  for (let met = bound.exec(rest); met; met = bound.exec(rest)) {
    const key = (met[2] ?? '').replaceAll("''", "'")
    if (met[1] === 'ge') from = key
    else to = key
    rest = rest.slice(met[0].length)
  }
  return { from, to, rest }
}

/** Tokens differ even where two stand for one place, as after a page that looked at no row. */
function tokenHeaders({ filter, top }: TableRequest, at: number, serial: number): Record<string, string> {
  const token = Buffer.from(JSON.stringify({ filter, top, at, serial })).toString('base64')
  return { 'x-ms-continuation-nextpartitionkey': token, 'x-ms-continuation-nextrowkey': 'row' }
}

function positionIn({ filter, top, token }: TableRequest): number | undefined {
  const read = JSON.parse(Buffer.from(token ?? '', 'base64').toString()) as TableRequest & { at: number }
  return read.filter === filter && read.top === top ? read.at : undefined
}

function firstAtLeast(rows: readonly StoredRow[], key: string): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rows[middle]?.key ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}

function asEntity({ key, rowKey, busy }: StoredRow) {
  return { PartitionKey: key, RowKey: rowKey, State: busy ? 'busy' : 'done' }
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json;odata=nometadata', ...headers })
  response.end(JSON.stringify(body))
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
