import type { JobOptions } from './agent/open-job.ts'
import type { TaskResult, TaskRun } from './agent/task-run.ts'
import type { PipelineJob, Stage, Step } from './pipeline.ts'
import type { TaskIndex } from './vsix.ts'

export type RunOptions = Omit<JobOptions, 'masker' | 'workFolder'> & {
  readonly tasks: TaskIndex
  /** System.DefaultWorkingDirectory of every job; not given: an empty folder for each. */
  readonly sources?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly retryDelayMs?: ((retry: number) => number) | undefined
  readonly onEvent?: ((event: PipelineEvent) => void) | undefined
}

/** What happens while a pipeline runs; every text is masked. */
export type PipelineEvent =
  | { readonly kind: 'stage'; readonly stage: Stage; readonly skipped: boolean }
  | { readonly kind: 'job'; readonly job: PipelineJob; readonly skipped: boolean }
  | { readonly kind: 'step'; readonly step: Step; readonly displayName: string }
  | { readonly kind: 'line'; readonly step: Step; readonly line: string }
  | { readonly kind: 'progress'; readonly step: Step; readonly percent: number; readonly text: string }
  | { readonly kind: 'stepDone'; readonly step: Step; readonly run: StepRun }

export type StepRun = {
  readonly name: string
  readonly displayName: string
  readonly result: TaskResult
  /** One sentence; empty when there is nothing to say. */
  readonly message: string
  readonly durationMs: number
  /** Undefined for a skipped step and for the runner's own (publish, download, checkout). */
  readonly task: TaskRun | undefined
}

export type JobRun = {
  readonly name: string
  readonly displayName: string
  readonly result: TaskResult
  readonly steps: readonly StepRun[]
  /** Output variables as other jobs see them: `step.variable`, and `job.step.variable` of a deployment job. */
  readonly outputs: Readonly<Record<string, string>>
}

export type StageRun = { readonly name: string; readonly result: TaskResult; readonly jobs: readonly JobRun[] }

export type PipelineRun = {
  readonly result: TaskResult
  readonly stages: readonly StageRun[]
  readonly durationMs: number
}
