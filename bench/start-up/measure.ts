// One start of a Node process, from spawn until it says what is waited for.
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export type Start = {
  /** From spawn to the first line on standard output. */
  readonly firstLineMs: number
  /** From spawn to the line that was waited for. */
  readonly untilMs: number
}

type Process = {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** The process is started when it has said a line like this. */
  readonly until: RegExp
}

const longestMs = 60_000

/** Throws where the process ends, or a minute passes, without the line. */
export function start({ args, cwd, env, until }: Process): Promise<Start> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(process.execPath, args, {
      ...{ cwd, env, timeout: longestMs },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let firstLineMs: number | undefined
    let untilMs: number | undefined
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    createInterface(child.stdout).on('line', (line) => {
      const now = performance.now() - began
      firstLineMs ??= now
      if (until.test(line)) untilMs ??= now
      else said += `${line}\n`
    })
    child.once('error', reject)
    // Waited for in any case: the next start must not share the machine with this one.
    child.once('close', () => {
      if (firstLineMs !== undefined && untilMs !== undefined) resolve({ firstLineMs, untilMs })
      else reject(new Error(`A process ended without what was waited for: ${said.slice(-500)}`))
    })
  })
}

export type Weight = { readonly bytes: number; readonly files: number }

/** All files below a folder, as they lie on disk. */
export function weigh(folder: string): Weight {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const bytes = files.map((entry) => statSync(join(entry.parentPath, entry.name)).size)
  return { bytes: bytes.reduce((sum, size) => sum + size, 0), files: files.length }
}
