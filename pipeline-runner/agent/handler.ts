import { join } from 'node:path'

import { taskEnvironment } from './environment.ts'
import type { Job } from './job.ts'
import type { Variables } from '../variables.ts'
import type { TaskDefinition, TaskHandler } from './task-definition.ts'
import type { ResolvedInputs } from './task-inputs.ts'
import type { Exit } from './task-process.ts'
import { runProcess } from './task-process.ts'

/** One attempt of a step. */
export type Execution = {
  readonly job: Job
  readonly definition: TaskDefinition
  /** Which of the definition's handlers. */
  readonly handler: TaskHandler
  /** What the earlier parts of the same step set with `task.settaskvariable`. */
  readonly taskVariables: Variables
  readonly inputs: ResolvedInputs
  /** The step's own `env:`, macros replaced. */
  readonly env: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Aborted when the task has said it is done although its process goes on. */
  readonly done: AbortSignal
  /** Takes what the step prints, logging commands included. */
  readonly onLine: (line: string) => void
}

/** Does the work of a step; failure is said with a `task.complete` line, exit codes are those of the machinery. */
export type Execute = (execution: Execution) => Promise<Exit>

/** Starts a task's Node handler (azure-pipelines-agent NodeHandler.cs). */
export const startHandler: Execute = ({ job, definition, handler, ...step }) => {
  const { inputs, env, taskVariables, signal, done, onLine } = step
  return runProcess({
    command: job.nodePath,
    args: [join(definition.folder, handler.target)],
    cwd: handler.workingDirectory || workingFolder(job),
    env: taskEnvironment(job, { inputs: inputs.values, connections: inputs.connections, env, taskVariables }),
    signal,
    abandon: done,
    patience: job.patience,
    onLine,
  })
}

export function workingFolder(job: Job): string {
  return job.variables.get('System.DefaultWorkingDirectory') ?? job.folders.work
}
