import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Client } from './bundle.ts'
import type { Told } from './clients/report.ts'
import type { ServerProcess } from './server-process.ts'

/** One client's run, with what the server saw of it. */
export type Run = Told & {
  readonly client: Client
  readonly requests: number
  readonly bytes: number
  readonly rowsScanned: number
  readonly emptyPages: number
  readonly throttled: number
  readonly mostAtOnce: number
}

export type ClientRunner = (client: Client, server: ServerProcess, polls?: number) => Promise<Run>

/** Runs clients of one hub as processes of their own, so that time and memory are theirs alone. */
export function clientRunner(script: (client: Client) => string, hub: string): ClientRunner {
  return async (client, server, polls) => {
    await server.reset()
    const { connectionString } = server
    const job = JSON.stringify({ connectionString, hub, ...(polls !== undefined && { polls }) })
    const { stdout } = await promisify(execFile)(process.execPath, [script(client), job], { timeout: 600_000 })
    const told = JSON.parse(stdout) as Told
    const { requests, bytes, rowsScanned, emptyPages, throttled, mostAtOnce } = await server.count()
    return { client, ...told, requests, bytes, rowsScanned, emptyPages, throttled, mostAtOnce }
  }
}
