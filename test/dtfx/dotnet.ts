// The .NET program of this folder: built for one line of the framework, run as a process that takes orders.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Line, Manager } from './lines.ts'

const here = import.meta.dirname

/** The version of the .NET SDK on this machine; undefined where there is none that can build the program. */
export function dotnetSdk(): string | undefined {
  const asked = spawnSync('dotnet', ['--version'], { encoding: 'utf8', cwd: here })
  const version = asked.status === 0 ? asked.stdout.trim() : ''
  return Number(version.split('.')[0]) >= 8 ? version : undefined
}

export type Build =
  | { readonly ok: true }
  /** `packages`: what kept its packages from being had, where it was that. */
  | { readonly ok: false; readonly packages?: string; readonly output: string }

/**
 * Builds the program for a line. `packages` is a folder of packages to look into besides the feeds that the machine knows.
 */
export async function build(line: Line, packages: string | undefined): Promise<Build> {
  const project = join(here, 'lines', line, `${line}.csproj`)
  const sources = packages === undefined ? [] : [`-p:RestoreAdditionalProjectSources=${packages}`]
  const child = spawn('dotnet', ['build', project, '-c', 'Release', '-v', 'q', '-nologo', ...sources], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DOTNET_CLI_TELEMETRY_OPTOUT: '1', DOTNET_NOLOGO: '1' },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number>((resolve) => child.once('close', (exit) => resolve(exit ?? 1)))
  if (code === 0) return { ok: true }
  const restore = /error (NU1\d+: [^[\r\n]*)/.exec(output)?.[1]?.trim()
  return { ok: false, output, ...(restore === undefined ? {} : { packages: restore }) }
}

export type HubOptions = {
  readonly name: string
  readonly partitions: number
  readonly connectionString: string
  readonly manager: Manager
  readonly tracking?: string
}

export type Order = { readonly do: string; readonly hub?: HubOptions } & Readonly<Record<string, unknown>>

export type DotnetWorker = {
  /** Carries out an order; throws with the framework's own error. */
  order(order: Order): Promise<unknown>
  /** Ends it as a power cut would: nothing is given back. */
  kill(): Promise<void>
}

/** Starts the program that `build` made. */
export function startDotnetWorker(line: Line): DotnetWorker {
  const program = join(here, '.build', line, 'dtfx-worker.dll')
  if (!existsSync(program)) throw new Error(`There is no ${program}: build it first.`)
  const child = spawn('dotnet', [program], { stdio: ['pipe', 'pipe', 'pipe'] })
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  let noise = ''
  child.stderr.on('data', (chunk: Buffer) => (noise = (noise + chunk.toString()).slice(-4000)))
  createInterface(child.stdout).on('line', (line) => {
    const { id, result, error } = JSON.parse(line) as { id: number; result?: unknown; error?: string }
    if (error === undefined) waiting.get(id)?.resolve(result)
    else waiting.get(id)?.reject(new Error(error.split('\n')[0]))
    waiting.delete(id)
  })
  child.once('close', () => {
    for (const { reject } of waiting.values()) reject(new Error(`The .NET program ended: ${noise}`))
    waiting.clear()
  })
  let orders = 0
  return {
    order: (order) =>
      new Promise((resolve, reject) => {
        const id = ++orders
        waiting.set(id, { resolve, reject })
        child.stdin.write(`${JSON.stringify({ id, ...order })}\n`)
      }),
    kill: () => kill(child),
  }
}

function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
