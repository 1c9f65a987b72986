import { openJob } from './open-job.ts'
import type { JobOptions } from './open-job.ts'
import { startHandler } from './handler.ts'
import type { TaskStep } from './run-step.ts'
import { runStep } from './run-step.ts'
import type { TaskDefinition } from './task-definition.ts'
import { readTaskDefinition } from './task-definition.ts'
import type { TaskRun } from './task-run.ts'

export type RunTaskOptions = {
  /** The task's folder (the one with task.json), or its definition. */
  readonly task: string | TaskDefinition
  readonly inputs: Readonly<Record<string, string>>
  /** The step's `name:`; the task's name when not given. */
  readonly stepName?: string | undefined
} & Omit<JobOptions, 'masker'> &
  Pick<TaskStep, 'env' | 'retries' | 'retryDelayMs' | 'timeoutMs' | 'signal' | 'onLine'>

/**
 * Runs one task exactly as the agent does, in a job of its own. The job does not end: what the task does at the end of a
 * job is not run, for which there is runPipeline.
 * @throws Error when the task has no task.json or no handler, or Node cannot be started; a failing task is a result.
 */
export async function runTask(options: RunTaskOptions): Promise<TaskRun> {
  const definition = typeof options.task === 'string' ? readTaskDefinition(options.task) : options.task
  const job = openJob(options)
  const { inputs, env, retries, retryDelayMs, timeoutMs, signal, onLine } = options
  const stepName = options.stepName ?? definition.name
  const step = { definition, inputs, stepName, displayName: definition.name, execute: startHandler }
  try {
    return await runStep(job, { ...step, env, retries, retryDelayMs, timeoutMs, signal, onLine })
  } finally {
    job.dispose()
  }
}
