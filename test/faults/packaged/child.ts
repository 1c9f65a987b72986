// A packaged task as a process on the hurried clock, which can be struck with a signal at any moment.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { taskEnvironment } from '../../../pipeline-runner/agent/environment.ts'
import type { Execute } from '../../../pipeline-runner/agent/handler.ts'
import { workingFolder } from '../../../pipeline-runner/agent/handler.ts'
import type { TaskHandler } from '../../../pipeline-runner/agent/task-definition.ts'
import { hurryPreload, ownClock, realDelay, realNow } from '../hurry.ts'

export type ChildTwist = {
  /** How far the clock of this process is wrong. */
  readonly skewMs?: number
  readonly nodeOptions?: readonly string[]
  /** A broken task, which says that it succeeded whatever became of it: what a suite must catch. */
  readonly alwaysGreen?: true
  /** The part of the task to start; its main one unless told. */
  readonly handler?: TaskHandler
}

/** How long a task may take in real milliseconds before it is ended as hung. */
const mostMs = 90_000

/** The process that runs, and what was done to it. */
export class Child {
  #pid: number | undefined
  #struckAt: number | undefined
  #endedAt: number | undefined
  /** It was ended because it took too long. */
  hung = false
  /** The most memory that it ever had, in bytes; undefined where it was killed. */
  peakBytes: number | undefined

  /** Nothing happens where the process has ended. */
  strike(signal: NodeJS.Signals): void {
    this.#struckAt ??= realNow()
    try {
      if (this.#pid !== undefined && this.#endedAt === undefined) process.kill(this.#pid, signal)
    } catch {
      // It has ended by itself in this moment.
    }
  }

  get wasStruck(): boolean {
    return this.#struckAt !== undefined
  }

  /** Real milliseconds from the signal to the end. */
  get endedAfterMs(): number | undefined {
    return this.#struckAt === undefined || this.#endedAt === undefined ? undefined : this.#endedAt - this.#struckAt
  }

  /** Runs the step as the agent does. */
  execute(twist: ChildTwist = {}): Execute {
    return async ({ job, definition, inputs, env, onLine }) => {
      const peakFile = join(job.folders.work, 'peak')
      const { skewMs = 0, nodeOptions = [], handler = definition.handler } = twist
      const preload = hurryPreload(ownClock(), { skewMs, peakFile, untilSignal: true })
      const started = spawn(job.nodePath, [join(definition.folder, handler.target)], {
        cwd: handler.workingDirectory || workingFolder(job),
        env: {
          ...taskEnvironment(job, { inputs: inputs.values, connections: inputs.connections, env }),
          NODE_OPTIONS: [`--import ${preload}`, ...nodeOptions].join(' '),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      this.#pid = started.pid
      const lines = [started.stdout, started.stderr].map(async (input) => {
        for await (const line of createInterface({ input, crlfDelay: Infinity })) {
          onLine(twist.alwaysGreen ? line.replace('result=Failed', 'result=Succeeded') : line)
        }
      })
      const over = new AbortController()
      void realDelay(mostMs, over.signal).then(() => {
        if (over.signal.aborted) return
        this.hung = true
        started.kill('SIGKILL')
      })
      const [code] = (await once(started, 'close')) as [number | null]
      this.#endedAt = realNow()
      over.abort()
      await Promise.all(lines)
      this.peakBytes = takeNumber(peakFile)
      return { exitCode: code ?? undefined, signalsSent: [] }
    }
  }
}

function takeNumber(file: string): number | undefined {
  try {
    const value = Number(readFileSync(file, 'utf8'))
    rmSync(file)
    return value
  } catch {
    return undefined
  }
}
