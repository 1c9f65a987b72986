import { openJob } from './agent/open-job.ts'
import type { Job } from './agent/job.ts'
import type { TaskResult } from './agent/task-run.ts'
import { worse } from './agent/task-run.ts'
import type { Scope } from './expressions/evaluate.ts'
import { hasPostJob } from './find-task.ts'
import { setFileVariables } from './job-variables.ts'
import type { PipelineJob, Stage, Step } from './pipeline.ts'
import type { JobRun, StepRun } from './pipeline-run.ts'
import type { RunContext } from './run-pipeline.ts'
import { runPipelineStep, runPostJob } from './run-pipeline-step.ts'
import { Variables } from './variables.ts'

type JobPlace = { readonly stage: Stage; readonly job: PipelineJob; readonly scope: Omit<Scope, 'variable' | 'status'> }

/** A job while it runs. */
export type RunningJob = {
  readonly agent: Job
  readonly job: PipelineJob
  result: TaskResult
  /** The task variables of each step, which its execution and its part at the end of the job share. */
  readonly taskVariables: ReadonlyMap<Step, Variables>
}

/** Runs the steps of a job on a fresh agent. */
export async function runJob(context: RunContext, place: JobPlace): Promise<JobRun> {
  const { stage, job } = place
  const { options, masker } = context
  const agent = openJob({ ...options, masker })
  const taskVariables = new Map(job.steps.map((step) => [step, new Variables((secret) => masker.add(secret))]))
  const running: RunningJob = { agent, job, result: 'Succeeded', taskVariables }
  try {
    setJobVariables(agent, place, options.sources)
    const entries = [...context.pipeline.variables, ...stage.variables, ...job.variables]
    const given = [...Object.keys(options.variables ?? {}), ...Object.keys(options.secretVariables ?? {})]
    setFileVariables(agent.variables, entries, { given, scope: place.scope })
    if (job.deployment && !job.steps.some((step) => step.kind === 'download' && step.skip)) {
      context.artifacts.download(agent.folders.root) // A deployment job starts with the artifacts of its run.
    }
    const steps = await runSteps(context, running)
    const { result } = running
    return { name: job.name, displayName: job.displayName, result, steps, outputs: outputsOf(job, steps) }
  } finally {
    agent.dispose()
  }
}

/**
 * The steps in their order, then the post-job parts of all of them in the opposite order (azure-pipelines-agent
 * JobExtension.cs, StepsRunner.cs): also of a step whose condition did not hold, and of one that was never reached.
 */
async function runSteps(context: RunContext, running: RunningJob): Promise<StepRun[]> {
  const enabled = running.job.steps.filter((step) => step.enabled)
  const runs: StepRun[] = []
  for (const step of enabled) runs.push(await oneStep(context, running, () => runPipelineStep(context, running, step)))
  for (const step of enabled.toReversed()) {
    if (!hasPostJob(step, context.options.tasks)) continue
    runs.push(await oneStep(context, running, () => runPostJob(context, running, step)))
  }
  return runs
}

async function oneStep(context: RunContext, running: RunningJob, run: () => Promise<StepRun>): Promise<StepRun> {
  if (context.cancelled()) setResult(running, 'Canceled')
  const done = await run()
  if (done.result !== 'Skipped') setResult(running, done.result)
  return done
}

function setResult(running: RunningJob, coming: TaskResult): void {
  running.result = worse(running.result, coming)
  running.agent.variables.set('Agent.JobStatus', running.result)
}

function setJobVariables(agent: Job, { stage, job }: JobPlace, sources: string | undefined): void {
  const values = {
    'Agent.JobName': job.displayName,
    'Environment.Name': job.environment,
    'Pipeline.Workspace': agent.folders.root,
    'System.JobDisplayName': job.displayName,
    'System.JobName': job.name,
    'System.PhaseName': job.name,
    'System.StageName': stage.name,
    'Build.SourcesDirectory': sources,
    'System.DefaultWorkingDirectory': sources,
  }
  for (const [name, value] of Object.entries(values)) if (value !== undefined) agent.variables.set(name, value)
}

/** Outputs of a `runOnce` deployment job carry its name in front (docs, "Deployment jobs", support for output variables). */
function outputsOf(job: PipelineJob, steps: readonly StepRun[]): Record<string, string> {
  const prefix = job.deployment ? `${job.name}.` : ''
  return Object.fromEntries(
    steps.flatMap(({ name, task }) =>
      Object.entries(task?.outputs ?? {}).map(([output, value]) => [`${prefix}${name}.${output}`, value]),
    ),
  )
}
