// The server as a process of its own. Its options are the one argument, JSON; orders and answers are lines of JSON on standard
// input and output; it ends with its input.
import { createInterface } from 'node:readline'
import { historyTable } from './history.ts'
import { instancesTable, makeInstances, setInFlight } from './instances.ts'
import { makeKeys, type KeyShape } from './keys.ts'
import { newCounters } from './counters.ts'
import { partitionsTable, type Ownership } from './partitions.ts'
import { hubQueues } from './queues.ts'
import { startServer } from './server.ts'
import type { ThrottleOptions } from './throttle.ts'

export type HubOptions = {
  readonly hub: string
  readonly shape: KeyShape
  readonly rows: number
  readonly seed: number
  readonly delayMs: number
  readonly emptyOneIn: number
  /** Set: the hub has a Partitions table, which nobody holds until an order says so. */
  readonly partitions?: true
}

/** What the server is told; each order is answered with one line. */
export type Order =
  | { readonly order: 'inFlight'; readonly rows: readonly number[] }
  | { readonly order: 'worker'; readonly isAlive: boolean }
  | { readonly order: 'throttle'; readonly options?: ThrottleOptions }
  | { readonly order: 'reset' }
  | { readonly order: 'count' }

const { hub, shape, rows, seed, delayMs, emptyOneIn, partitions } = JSON.parse(process.argv[2] ?? '') as HubOptions
const instances = makeInstances(hub, makeKeys(shape, rows, seed), seed)
const ownership: Ownership = { isAlive: false, writtenMs: Date.now() - 3_600_000 }
const leases = partitions ? [partitionsTable(hub, ownership)] : []
const tables = [historyTable(instances), instancesTable(instances), ...leases]
const content = { hub, tables, queues: hubQueues(hub) }
const server = await startServer(content, { delayMs, paging: { scanned: 1000, emptyOneIn, seed } })
say({ connectionString: server.connectionString })
for await (const line of createInterface(process.stdin)) obey(JSON.parse(line) as Order)
await server.stop()

function obey(order: Order): void {
  switch (order.order) {
    case 'inFlight':
      setInFlight(instances, order.rows)
      say({})
      break
    case 'worker':
      Object.assign(ownership, { isAlive: order.isAlive, writtenMs: Date.now() })
      say({})
      break
    case 'throttle':
      server.throttle(order.options)
      say({})
      break
    case 'reset':
      Object.assign(server.counters, newCounters())
      say({})
      break
    case 'count':
      say({ ...server.counters, memoryMb: Math.round(process.resourceUsage().maxRSS / 1024) })
      break
  }
}

function say(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
