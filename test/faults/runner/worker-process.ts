import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Listed } from '../suites.ts'
import { hurriedClock, hurryPreload } from '../hurry.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import type { RunOptions } from './options.ts'
import { sharedFolder } from './shared.ts'

const script = fileURLToPath(new URL('./worker.ts', import.meta.url))
/** What a worker printed last, for the case in which it ends without a word. */
const keptOutput = 2000

export type WorkerProcess = {
  /** The next message, or why there is none: the process has ended, or said nothing for that long (real milliseconds). */
  next(patienceMs: number): Promise<FromWorker | { readonly kind: 'ended'; readonly because: string }>
  tell(message: ToWorker): void
  kill(): void
}

/** Starts a process that plays a suite, hurried as the list says; `folder` is where its processes agree. */
export function startWorker(listed: Listed, options: RunOptions, folder: string): WorkerProcess {
  const { form, seed, hurry, list } = options
  const factor = hurry ?? listed.hurry
  // In the environment, where it reaches what the process starts with an environment of its own making as well.
  const hurried = factor === 1 ? {} : { NODE_OPTIONS: `--import ${hurryPreload(hurriedClock(factor))}` }
  const child = fork(script, [listed.name, form, String(seed), ...(list === undefined ? [] : [list])], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...hurried, [sharedFolder]: folder },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // What it starts itself is to be ended with it.
    detached: true,
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (printed = `${printed}${chunk.toString()}`.slice(-keptOutput)))
  }
  const messages: FromWorker[] = []
  let ended: string | undefined
  let wake: () => void = () => undefined
  child.on('message', (message) => {
    messages.push(message as FromWorker)
    wake()
  })
  child.on('error', (error) => end(error.message))
  child.on('close', (code, signal) => end(`the process ended with ${signal ?? `exit code ${String(code)}`}`))

  function end(why: string): void {
    ended ??= `${why}${printed === '' ? '' : `; it printed: ${printed.trim()}`}`
    wake()
  }

  return {
    tell: (message) => {
      if (child.connected) child.send(message)
    },
    kill: () => killGroup(child),
    next: async (patienceMs) => {
      if (messages.length === 0 && ended === undefined) {
        const timer = setTimeout(() => wake(), patienceMs)
        await new Promise<void>((resolve) => (wake = resolve))
        clearTimeout(timer)
      }
      const message = messages.shift()
      if (message !== undefined) return message
      return { kind: 'ended', because: ended ?? `nothing was heard for ${patienceMs / 1000} s` }
    },
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}
