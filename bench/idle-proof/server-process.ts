import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Counters } from './server/counters.ts'
import type { HubOptions, Order } from './server/main.ts'
import type { ThrottleOptions } from './server/throttle.ts'

export type ServerProcess = {
  readonly connectionString: string
  /** Makes these rows unfinished and all others ended. */
  inFlight(rows: readonly number[]): Promise<void>
  /** Lets a worker come to the hub's partitions, or leave them. */
  worker(isAlive: boolean): Promise<void>
  throttle(options: ThrottleOptions | undefined): Promise<void>
  reset(): Promise<void>
  count(): Promise<Counters>
  stop(): Promise<void>
}

/** Starts the bundled server; its hub is made before it answers. Throws where it ends early. */
export async function startServerProcess(script: string, options: HubOptions): Promise<ServerProcess> {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const answer = async (): Promise<unknown> => {
    const line: IteratorResult<string, unknown> = await lines.next()
    if (line.done === true) throw new Error('The server of the bench ended.')
    return JSON.parse(line.value)
  }
  const obey = async (order: Order): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(order)}\n`)
    return answer()
  }
  const { connectionString } = (await answer()) as { connectionString: string }
  return {
    connectionString,
    inFlight: async (rows) => {
      await obey({ order: 'inFlight', rows })
    },
    worker: async (isAlive) => {
      await obey({ order: 'worker', isAlive })
    },
    throttle: async (wanted) => {
      await obey({ order: 'throttle', ...(wanted && { options: wanted }) })
    },
    reset: async () => {
      await obey({ order: 'reset' })
    },
    count: async () => (await obey({ order: 'count' })) as Counters,
    stop: async () => {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}
