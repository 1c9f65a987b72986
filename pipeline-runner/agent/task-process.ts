import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** How long the agent waits after SIGINT and after SIGTERM (azure-pipelines-agent AgentKnobs.cs). */
export const agentPatience = { afterSigintMs: 7500, afterSigtermMs: 2500 }

export type Patience = typeof agentPatience

export type TaskProcess = {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Aborted when the task has said it is done although its process goes on. */
  readonly abandon?: AbortSignal
  readonly patience: Patience
  readonly onLine: (line: string) => void
}

export type Exit = { readonly exitCode: number | undefined; readonly signalsSent: readonly NodeJS.Signals[] }

/**
 * Runs a process as the agent does: no standard input, every line of both streams passed on, and on cancel SIGINT, then
 * SIGTERM, then the end of the whole process tree.
 * @throws Error when the process cannot be started.
 */
export async function runProcess(task: TaskProcess): Promise<Exit> {
  const child = spawn(task.command, task.args, {
    cwd: task.cwd,
    env: task.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that the tree can be ended together and a Ctrl+C of the terminal reaches only the runner.
    detached: true,
  })
  const drained = [child.stdout, child.stderr].map((stream) => passLines(stream, task.onLine))
  const exited = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`Could not start '${task.command}': ${cause.message}`, { cause })))
    child.once('exit', (code) => resolve(code ?? undefined))
  })
  const signalsSent: NodeJS.Signals[] = []
  const ending = new AbortController()
  const cancelled = onAbort(task.signal, () => endPatiently(child, exited, { patience: task.patience, signalsSent }))
  const abandoned = task.abandon && onAbort(task.abandon, () => abandon(child, ending.signal))
  try {
    const exitCode = await exited
    // A grandchild that keeps the pipes open must not keep the agent waiting.
    await Promise.race([Promise.all(drained), delay(2000, undefined, { ref: false })])
    return { exitCode, signalsSent }
  } finally {
    ending.abort()
    cancelled.dispose()
    abandoned?.dispose()
    killTree(child)
  }
}

async function passLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) onLine(line)
}

/** SIGINT, wait, SIGTERM, wait, kill the tree (azure-pipelines-agent ProcessInvoker.cs). */
async function endPatiently(
  child: ChildProcess,
  exited: Promise<unknown>,
  { patience, signalsSent }: { patience: Patience; signalsSent: NodeJS.Signals[] },
): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', patience.afterSigintMs],
    ['SIGTERM', patience.afterSigtermMs],
  ] as const) {
    signalsSent.push(signal)
    child.kill(signal)
    if (await settlesWithin(exited, waitMs)) return
  }
  signalsSent.push('SIGKILL')
  killTree(child)
}

/** `task.complete done=true` gives the process five seconds (azure-pipelines-agent ExecutionContext.cs `ForceTaskComplete`). */
async function abandon(child: ChildProcess, ended: AbortSignal): Promise<void> {
  await delay(5000, undefined, { signal: ended }).then(
    () => killTree(child),
    () => undefined,
  )
}

async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController()
  const late = delay(ms, false, { signal: timer.signal }).catch(() => false)
  const settled = promise.then(
    () => true,
    () => true,
  )
  const first = await Promise.race([settled, late])
  timer.abort()
  return first
}

function killTree(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL') // No group is left: the process and its children have ended, or this is Windows.
  }
}

function onAbort(signal: AbortSignal, act: () => Promise<void>): { dispose: () => void } {
  const listener = (): void => void act()
  if (signal.aborted) listener()
  else signal.addEventListener('abort', listener, { once: true })
  return { dispose: () => signal.removeEventListener('abort', listener) }
}
