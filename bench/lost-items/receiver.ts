// Where the items go: outside of every app, so that nothing that happens to an app changes what was received.
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One run of a version: `A(run, 1)` to `A(run, 10)`. */
export type ReceivedRun = {
  readonly lane: string
  readonly version: string
  /** The occurrence of the timer, counted from 1970. */
  readonly run: number
  /** When it was first heard of, by the clock of `performance.now()`. */
  readonly beganAt: number
  /** It was due before, while no host was there to run it. */
  isLate: boolean
  /** How often each item was sent, from 1. */
  readonly sends: Map<number, number>
  /** How often each was taken: a conditional write is taken once. */
  readonly taken: Map<number, number>
}

export type Receiver = {
  readonly url: string
  runs(lane: string): readonly ReceivedRun[]
  /** Resolves when something more was received. */
  next(): Promise<void>
  close(): Promise<void>
}

/**
 * Listens on loopback. `POST /<lane>/<version>/<run>/begin[?late]` tells that a run began, `POST …/<item>` delivers an item,
 * and `PUT …/<item>` with `If-None-Match: *` delivers it unless it is there (201, else 412).
 */
export async function startReceiver(): Promise<Receiver> {
  const lanes = new Map<string, Map<string, ReceivedRun>>()
  let wake = () => {}
  let woken = new Promise<void>((resolve) => (wake = resolve))

  function runOf(lane: string, version: string, run: number): ReceivedRun {
    const runs = lanes.get(lane) ?? new Map<string, ReceivedRun>()
    lanes.set(lane, runs)
    const key = `${version}(${run})`
    const known = runs.get(key)
    if (known) return known
    const counts = { sends: new Map<number, number>(), taken: new Map<number, number>() }
    const fresh = { lane, version, run, beganAt: performance.now(), isLate: false, ...counts }
    runs.set(key, fresh)
    return fresh
  }

  function receive(request: IncomingMessage, response: ServerResponse): void {
    const [path = '', query] = (request.url ?? '').split('?')
    const [, lane, version, run, item] = path.split('/')
    const number = Number(item)
    response.statusCode = 404
    if (lane !== undefined && version !== undefined && Number.isSafeInteger(Number(run))) {
      const received = runOf(lane, version, Number(run))
      if (item === 'begin') {
        received.isLate ||= query === 'late'
        response.statusCode = 204
      } else if (Number.isSafeInteger(number)) {
        count(received.sends, number)
        const isThere = request.method === 'PUT' && received.taken.has(number)
        if (!isThere) count(received.taken, number)
        response.statusCode = isThere ? 412 : 201
      }
    }
    response.end()
    const tell = wake
    woken = new Promise<void>((resolve) => (wake = resolve))
    tell()
  }

  const server = createServer((request, response) => {
    request.resume()
    request.once('end', () => receive(request, response))
  })
  // Never: a connection that ends while it is used would fail an item for a reason of the bench.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    runs: (lane) => [...(lanes.get(lane)?.values() ?? [])],
    next: () => woken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function count(counts: Map<number, number>, item: number): void {
  counts.set(item, (counts.get(item) ?? 0) + 1)
}
