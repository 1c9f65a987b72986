import { setTimeout as delay } from 'node:timers/promises'

import { applyCommand } from './command-effects.ts'
import { Variables } from '../variables.ts'
import type { Execute } from './handler.ts'
import type { Job } from './job.ts'
import { parseLoggingCommand } from './logging-command.ts'
import type { TaskDefinition, TaskHandler } from './task-definition.ts'
import { resolveInputs } from './task-inputs.ts'
import type { Exit } from './task-process.ts'
import { TaskRecord } from './task-record.ts'
import type { TaskResult, TaskRun } from './task-run.ts'
import { worse } from './task-run.ts'

/** One step of a job: which task, with what. */
export type TaskStep = {
  readonly definition: TaskDefinition
  readonly execute: Execute
  /** Which of the definition's handlers; that of `execution` when not given. */
  readonly handler?: TaskHandler | undefined
  /** Given to both parts of a step that also has one at the end of the job; none before when not given. */
  readonly taskVariables?: Variables | undefined
  readonly inputs: Readonly<Record<string, string>>
  readonly stepName: string
  readonly displayName: string
  readonly env?: Readonly<Record<string, string>> | undefined
  /** More attempts after a failure; the agent allows at most 10. */
  readonly retries?: number | undefined
  /** Wait before retry n (from 0), in milliseconds; the agent's own is (n + 1)² seconds. */
  readonly retryDelayMs?: ((retry: number) => number) | undefined
  /** Cancels the step after this time, in milliseconds; not set: never. */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Takes each line that is passed on, masked. */
  readonly onLine?: ((line: string) => void) | undefined
  /** Takes what the timeline shows beside the step, masked. */
  readonly onProgress?: ((percent: number, text: string) => void) | undefined
}

const mostRetries = 10

/** Runs one task as a step of the job; its variables and secrets stay with the job. */
export async function runStep(job: Job, step: TaskStep): Promise<TaskRun> {
  const started = Date.now()
  const debugging = job.variables.get('System.Debug')?.toLowerCase() === 'true'
  const record = new TaskRecord(job.masker, {
    onLine: step.onLine ?? (() => undefined),
    onProgress: step.onProgress ?? (() => undefined),
    debugging,
  })
  const timeout = step.timeoutMs === undefined ? undefined : AbortSignal.timeout(step.timeoutMs)
  const stop = AbortSignal.any([step.signal, timeout].filter((signal) => signal !== undefined))
  const retries = allowedRetries(step, record)
  for (let attempt = 0; ; attempt++) {
    const exit = await runOnce(job, step, { record, stop })
    const result = resultOf(record, exit, {
      cancelled: step.signal?.aborted === true,
      timedOut: timeout?.aborted === true,
    })
    if (result !== 'Failed' || attempt >= retries || stop.aborted) {
      return { ...record.summary(), ...exit, result, attempts: attempt + 1, durationMs: Date.now() - started }
    }
    const wait = (step.retryDelayMs ?? agentDelayMs)(attempt)
    record.issue('warning', `The task failed and will be tried again (${attempt + 1} of ${retries}) after ${wait} ms.`)
    record.forgetResult()
    await delay(wait, undefined, { signal: stop }).catch(() => undefined)
  }
}

function allowedRetries({ retries = 0 }: TaskStep, record: TaskRecord): number {
  if (retries > mostRetries)
    record.issue('warning', `A step is tried again ${mostRetries} times at most, not ${retries}.`)
  return Math.min(retries, mostRetries)
}

/** azure-pipelines-agent RetryHelper.cs `ExponentialDelay`. */
function agentDelayMs(retry: number): number {
  return (retry + 1) ** 2 * 1000
}

function runOnce(job: Job, step: TaskStep, run: { record: TaskRecord; stop: AbortSignal }): Promise<Exit> {
  const { definition, stepName, handler = definition.handler, taskVariables = new Variables() } = step
  const { record } = run
  job.variables.set('Task.DisplayName', step.displayName)
  const env = Object.entries(step.env ?? {}).map(([name, text]) => [name, job.variables.expand(text)])
  const context = { job, definition, record, stepName, taskVariables }
  return step.execute({
    ...{ job, definition, handler, taskVariables, env: Object.fromEntries(env) as Record<string, string> },
    ...{ inputs: resolveInputs(definition, step.inputs, job), signal: run.stop, done: record.done.signal },
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
  if (exit.exitCode !== 0 && !record.done.signal.aborted) {
    record.issue('error', `Exit code ${exit.exitCode ?? 'none'} returned from the task's process.`)
    return 'Failed'
  }
  return worse(record.reported, record.commandFailed ? 'Failed' : 'Succeeded')
}
