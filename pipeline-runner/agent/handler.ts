import { join } from 'node:path'

import { taskEnvironment } from './environment.ts'
import type { Job } from './job.ts'
import type { TaskDefinition } from './task-definition.ts'
import type { ResolvedInputs } from './task-inputs.ts'
import type { Exit } from './task-process.ts'
import { runProcess } from './task-process.ts'

/** One attempt of a step. */
export type Execution = {
  readonly job: Job
  readonly definition: TaskDefinition
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
export const startHandler: Execute = ({ job, definition, inputs, env, signal, done, onLine }) =>
  runProcess({
    command: job.nodePath,
    args: [join(definition.folder, definition.handler.target)],
    cwd: definition.handler.workingDirectory || workingFolder(job),
    env: taskEnvironment(job, { inputs: inputs.values, connections: inputs.connections, env }),
    signal,
    abandon: done,
    patience: job.patience,
    onLine,
  })

export function workingFolder(job: Job): string {
  return job.variables.get('System.DefaultWorkingDirectory') ?? job.folders.work
}
