import { execFile } from 'node:child_process'
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
    const told = JSON.parse(await outputOf(script(client), job)) as Told
    const { requests, bytes, rowsScanned, emptyPages, throttled, mostAtOnce } = await server.count()
    return { client, ...told, requests, bytes, rowsScanned, emptyPages, throttled, mostAtOnce }
  }
}

const longestMs = 600_000

function outputOf(script: string, job: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, job], { timeout: longestMs }, (error, stdout, stderr) => {
      if (!error) {
        resolve(stdout)
        return
      }
      // Node quotes the line that threw, and a bundle has few lines.
      const said = stderr.split('\n').filter((line) => line.trim() !== '' && line.length < 300)
      reject(new Error(`A client of the bench failed: ${said.slice(0, 8).join(' | ')}`))
    })
  })
}
