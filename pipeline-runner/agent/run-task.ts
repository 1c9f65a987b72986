import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import type { Job, SystemSettings } from './job.ts'
import { applyCommand } from './command-effects.ts'
import { taskEnvironment } from './environment.ts'
import { parseLoggingCommand } from './logging-command.ts'
import { openJob } from './open-job.ts'
import type { ServiceConnection } from './service-connection.ts'
import type { TaskDefinition } from './task-definition.ts'
import { readTaskDefinition } from './task-definition.ts'
import { resolveInputs } from './task-inputs.ts'
import type { Exit, Patience } from './task-process.ts'
import { runProcess } from './task-process.ts'
import { TaskRecord } from './task-record.ts'
import type { TaskResult, TaskRun } from './task-run.ts'
import { worse } from './task-run.ts'

/** One step of a job: which task, with what. */
export type TaskStep = {
  readonly definition: TaskDefinition
  readonly inputs: Readonly<Record<string, string>>
  readonly stepName: string
  readonly displayName: string
  readonly env?: Readonly<Record<string, string>>
  /** More attempts after a failure; the agent allows at most 10. */
  readonly retries?: number
  /** Wait before retry n (from 0), in milliseconds; the agent's own is (n + 1)² seconds. */
  readonly retryDelayMs?: (retry: number) => number
  /** Cancels the step after this time, in milliseconds; not set: never. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly onLine?: (line: string) => void
}

export type RunTaskOptions = {
  /** The task's folder (the one with task.json), or its definition. */
  readonly task: string | TaskDefinition
  readonly inputs: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
  readonly secretVariables?: Readonly<Record<string, string>>
  readonly connections?: readonly ServiceConnection[]
  readonly system?: SystemSettings
  readonly nodePath?: string
  readonly caFile?: string
  readonly extraEnv?: Readonly<Record<string, string>>
  readonly workFolder?: string
  readonly patience?: Patience
  readonly stepName?: string
} & Pick<TaskStep, 'env' | 'retries' | 'retryDelayMs' | 'timeoutMs' | 'signal' | 'onLine'>

/**
 * Runs one task exactly as the agent does, in a job of its own.
 * @throws Error when the task has no task.json or no handler, or Node cannot be started; a failing task is a result.
 */
export async function runTask(options: RunTaskOptions): Promise<TaskRun> {
  const definition = typeof options.task === 'string' ? readTaskDefinition(options.task) : options.task
  const job = openJob(options)
  const { env, retries, retryDelayMs, timeoutMs, signal, onLine } = options
  const optional = Object.fromEntries(
    Object.entries({ env, retries, retryDelayMs, timeoutMs, signal, onLine }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  const stepName = options.stepName ?? definition.name
  try {
    return await runStep(job, {
      definition,
      inputs: options.inputs,
      stepName,
      displayName: definition.name,
      ...optional,
    })
  } finally {
    job.dispose()
  }
}

const mostRetries = 10

/** Runs one task as a step of the job; its variables and secrets stay with the job. */
export async function runStep(job: Job, step: TaskStep): Promise<TaskRun> {
  const started = Date.now()
  const debugging = job.variables.get('System.Debug')?.toLowerCase() === 'true'
  const record = new TaskRecord(job.masker, { onLine: step.onLine ?? (() => undefined), debugging })
  const timeout = step.timeoutMs === undefined ? undefined : AbortSignal.timeout(step.timeoutMs)
  const signals = [step.signal, timeout].filter((signal) => signal !== undefined)
  const stop = AbortSignal.any(signals)
  const retries = Math.min(step.retries ?? 0, mostRetries)
  for (let attempt = 0; ; attempt++) {
    const exit = await runOnce(job, step, { record, stop })
    const result = resultOf(record, exit, {
      cancelled: step.signal?.aborted === true,
      timedOut: timeout?.aborted === true,
    })
    const wait = (step.retryDelayMs ?? agentDelayMs)(attempt)
    if (result !== 'Failed' || attempt >= retries || stop.aborted) {
      return { ...summary(record), ...exit, result, attempts: attempt + 1, durationMs: Date.now() - started }
    }
    record.issue('warning', `The task failed and will be tried again (${attempt + 1} of ${retries}) after ${wait} ms.`)
    record.forgetResult()
    await delay(wait, undefined, { signal: stop }).catch(() => undefined)
  }
}

/** azure-pipelines-agent RetryHelper.cs `ExponentialDelay`. */
function agentDelayMs(retry: number): number {
  return (retry + 1) ** 2 * 1000
}

async function runOnce(job: Job, step: TaskStep, run: { record: TaskRecord; stop: AbortSignal }): Promise<Exit> {
  const { definition, stepName } = step
  const { record } = run
  job.variables.set('Task.DisplayName', step.displayName)
  const inputs = resolveInputs(definition, step.inputs, job)
  const env = Object.fromEntries(
    Object.entries(step.env ?? {}).map(([name, text]) => [name, job.variables.expand(text)]),
  )
  const context = { job, definition, record, stepName }
  return runProcess({
    command: job.nodePath,
    args: [join(definition.folder, definition.handler.target)],
    cwd:
      definition.handler.workingDirectory || (job.variables.get('System.DefaultWorkingDirectory') ?? job.folders.work),
    env: taskEnvironment(job, { inputs: inputs.values, connections: inputs.connections, env }),
    signal: run.stop,
    abandon: record.done.signal,
    patience: job.patience,
    onLine: (line) => {
      record.raw.push(line)
      const command = parseLoggingCommand(line)
      if (command) applyCommand(command, line, context)
      else record.write(line)
    },
  })
}

/** Failure is said in `task.complete`; any other exit code than 0 is a failure of the machinery (NodeHandler.cs). */
function resultOf(record: TaskRecord, exit: Exit, why: { cancelled: boolean; timedOut: boolean }): TaskResult {
  if (why.cancelled) {
    record.issue('error', 'The operation was canceled.')
    return 'Canceled'
  }
  if (why.timedOut) {
    record.issue('error', 'The task has timed out.')
    return 'Failed'
  }
  const forced = record.done.signal.aborted
  if (exit.exitCode !== 0 && !forced) {
    record.issue('error', `Exit code ${exit.exitCode ?? 'none'} returned from the task's process.`)
    return 'Failed'
  }
  return worse(record.reported, record.commandFailed ? 'Failed' : 'Succeeded')
}

function summary(record: TaskRecord): Omit<TaskRun, 'result' | 'exitCode' | 'signalsSent' | 'attempts' | 'durationMs'> {
  const { reported, issues, outputs, variables, secrets, attachments, progress, lines, raw } = record
  const message = record.message()
  return {
    ...{ reported, message, issues, outputs, variables, secrets, attachments, progress },
    ...{ log: lines.join('\n'), raw: raw.join('\n') },
  }
}
