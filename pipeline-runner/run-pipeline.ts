import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { SecretMasker } from './agent/secret-masker.ts'
import type { TaskResult } from './agent/task-run.ts'
import { worse } from './agent/task-run.ts'
import { Artifacts } from './artifacts.ts'
import { checkPipeline } from './check-pipeline.ts'
import type { Finished } from './dependencies.ts'
import { dependencyStatus, dependencyTree } from './dependencies.ts'
import type { Scope, Tree } from './expressions/evaluate.ts'
import { evaluateCondition } from './expressions/evaluate.ts'
import type { Pipeline, PipelineJob, Stage } from './pipeline.ts'
import type { JobRun, PipelineRun, RunOptions, StageRun } from './pipeline-run.ts'
import { runJob } from './run-job.ts'
import { Variables } from './variables.ts'
import { setFileVariables } from './job-variables.ts'

/** What the parts of one run share. */
export type RunContext = {
  readonly pipeline: Pipeline
  readonly options: RunOptions
  readonly masker: SecretMasker
  readonly artifacts: Artifacts
  readonly cancelled: () => boolean
  /** `stageDependencies`: stage, job, then `outputs` and `result`. */
  readonly stages: Record<string, Tree>
}

/**
 * Runs a pipeline on this machine, one job after the other.
 * @throws Error before anything ran, when a task, an input or a service connection is not known.
 */
export async function runPipeline(pipeline: Pipeline, options: RunOptions): Promise<PipelineRun> {
  const started = Date.now()
  checkPipeline(pipeline, options)
  const folder = mkdtempSync(join(tmpdir(), 'artifacts-'))
  const cancelled = (): boolean => options.signal?.aborted === true
  const masker = new SecretMasker()
  const context = { pipeline, options, masker, artifacts: new Artifacts(folder), cancelled, stages: {} }
  try {
    const stages = await runStages(context)
    return { result: overall(stages, cancelled()), stages, durationMs: Date.now() - started }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runStages(context: RunContext): Promise<StageRun[]> {
  const done: StageRun[] = []
  const finished: Finished[] = []
  for (const stage of context.pipeline.stages) {
    const skipped = !holds(context, stage, finished)
    context.options.onEvent?.({ kind: 'stage', stage, skipped })
    const jobs = skipped ? [] : await runJobs(context, stage)
    const result = skipped ? 'Skipped' : overall(jobs, false)
    done.push({ name: stage.name, result, jobs })
    context.stages[stage.name] = Object.fromEntries(
      jobs.map(({ name, result, outputs }) => [name, { result, outputs }]),
    )
    finished.push({ name: stage.name, dependsOn: stage.dependsOn, result, outputs: stageOutputs(jobs) })
  }
  return done
}

async function runJobs(context: RunContext, stage: Stage): Promise<JobRun[]> {
  const done: JobRun[] = []
  const finished: Finished[] = []
  for (const job of stage.jobs) {
    const skipped = !holds(context, job, finished)
    context.options.onEvent?.({ kind: 'job', job, skipped })
    const scope = { dependencies: dependencyTree(job.dependsOn, finished), stageDependencies: context.stages }
    const run: JobRun = skipped
      ? { name: job.name, displayName: job.displayName, result: 'Skipped', steps: [], outputs: {} }
      : await runJob(context, { stage, job, scope })
    done.push(run)
    finished.push({ name: job.name, dependsOn: job.dependsOn, result: run.result, outputs: run.outputs })
  }
  return done
}

/** A stage's or job's condition; `succeeded()` when it has none. */
function holds(context: RunContext, item: Stage | PipelineJob, finished: readonly Finished[]): boolean {
  const variables = new Variables((secret) => context.masker.add(secret))
  const scope: Scope = {
    variable: (name) => variables.get(name),
    dependencies: dependencyTree(item.dependsOn, finished),
    stageDependencies: context.stages,
    status: dependencyStatus(item.dependsOn, finished, context.cancelled),
  }
  const { variables: given = {} } = context.options
  const known = { given: Object.keys(given), scope: { dependencies: {}, stageDependencies: context.stages } }
  setFileVariables(variables, context.pipeline.variables, known)
  for (const [name, value] of Object.entries(given)) variables.set(name, value)
  return evaluateCondition(item.condition ?? 'succeeded()', scope)
}

function stageOutputs(jobs: readonly JobRun[]): Record<string, string> {
  const outputs = jobs.flatMap((job) =>
    Object.entries(job.outputs).map(([name, value]) => [`${job.name}.${name}`, value]),
  )
  return Object.fromEntries(outputs) as Record<string, string>
}

/** Skipped parts do not count; a run with nothing left is a success. */
function overall(parts: readonly { readonly result: TaskResult }[], cancelled: boolean): TaskResult {
  const results = parts.map(({ result }) => result).filter((result) => result !== 'Skipped')
  return [...results, ...(cancelled ? (['Canceled'] as const) : [])].reduce<TaskResult>(worse, 'Succeeded')
}
