// A real Azurite process on free loopback ports; what it holds lives in memory and ends with it.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

export type StorageService = 'blob' | 'queue' | 'table'
export type Ports = Readonly<Record<StorageService, number>>

export type AzuriteOptions = {
  /** Its working folder; removed by the caller after the stop. */
  readonly folder: string
  /** Account name to key (base64). */
  readonly accounts: Readonly<Record<string, string>>
  /** Set: HTTPS, and bearer tokens are taken as well (`--oauth basic`). Paths of PEM files. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** Set: thousands of messages in a queue do not slow it down (quick-loki.mjs); all else is as it was. */
  readonly quick?: true
}

// However this process ends, the pipe to Azurite's standard input closes, and Azurite with it.
const endWithParent = 'data:text/javascript,process.stdin.on("end",()=>process.exit()).resume()'
const quickLoki = new URL('quick-loki.mjs', import.meta.url).href

export type Azurite = { readonly ports: Ports; stop(): Promise<void> }

/** Starts Azurite and returns once its three services take connections. Throws when it ends before that. */
export async function startAzurite({ folder, accounts, tls, quick }: AzuriteOptions): Promise<Azurite> {
  const script = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js')
  const ports = ['--blobPort', '0', '--queuePort', '0', '--tablePort', '0']
  const flags = ['--inMemoryPersistence', '--skipApiVersionCheck', '--disableTelemetry', '--silent']
  const secure = tls === undefined ? [] : ['--oauth', 'basic', '--cert', tls.certFile, '--key', tls.keyFile]
  const imports = [endWithParent, ...(quick ? [quickLoki] : [])].flatMap((url) => ['--import', url])
  // How Node runs here holds there too; nothing else of the environment is Azurite's business.
  const options = process.env['NODE_OPTIONS']
  const list = Object.entries(accounts).map(([name, key]) => `${name}:${key}`)
  const child = spawn(process.execPath, [...imports, script, ...ports, ...flags, ...secure], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      AZURITE_ACCOUNTS: list.join(';'),
      ...(options !== undefined && { NODE_OPTIONS: options }),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    if (child.exitCode !== null || child.signalCode !== null) return
    // Nothing of it is kept, so there is nothing that a slower end would save.
    kill()
    await once(child, 'exit')
  }
  try {
    const found = await readPorts(child)
    await Promise.all(Object.values(found).map(answers))
    return { ports: found, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Azurite announces the ports it was given on standard output, one line a service. */
async function readPorts(child: ChildProcess): Promise<Ports> {
  const ports: Partial<Record<StorageService, number>> = {}
  const noise: string[] = []
  if (child.stdout === null || child.stderr === null) throw new Error('Azurite has no output to read.')
  child.stderr.on('data', (chunk: Buffer) => noise.push(chunk.toString()))
  for await (const line of createInterface(child.stdout)) {
    const match = /Azurite (Blob|Queue|Table) service is successfully listening at https?:\/\/[^/]*:(\d+)/.exec(line)
    if (match === null) noise.push(line)
    else ports[match[1]?.toLowerCase() as StorageService] = Number(match[2])
    const { blob, queue, table } = ports
    if (blob !== undefined && queue !== undefined && table !== undefined) {
      // Unread output would fill the pipe and block it.
      child.stdout.resume()
      return { blob, queue, table }
    }
  }
  throw new Error(`Azurite ended before it was ready: ${noise.join(' ').slice(0, 500)}`)
}

async function answers(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
}
