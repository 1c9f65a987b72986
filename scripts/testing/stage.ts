import { spawn } from 'node:child_process'
import { root } from '../packaging/project.ts'

export type StageResult = { readonly name: string; readonly ok: boolean; readonly output: string }

export type Stage = {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly live?: boolean
}

/** Runs one command and says how long it took. Its output is kept; with `live` it is shown as it comes as well. */
export async function runStage({ name, command, args, live = false }: Stage): Promise<StageResult> {
  const started = performance.now()
  let output = ''
  const code = await new Promise<number>((resolve) => {
    const child = spawn(command, [...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm is a script on Windows, which only a shell starts.
      shell: process.platform === 'win32' && command === 'npm',
    })
    const take = (chunk: Buffer) => {
      output += chunk.toString()
      if (live) process.stdout.write(chunk)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => {
      output += error.message
      resolve(1)
    })
    child.on('close', (exit) => resolve(exit ?? 1))
  })
  const ok = code === 0
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (!ok && !live) process.stdout.write(output.endsWith('\n') ? output : `${output}\n`)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  return { name, ok, output }
}

/** A stage that runs a program of node_modules with this Node. */
export function nodeStage(name: string, program: string, ...args: string[]): Stage {
  return { name, command: process.execPath, args: [program, ...args] }
}
