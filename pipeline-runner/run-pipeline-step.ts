import { resolve } from 'node:path'

import { workingFolder } from './agent/handler.ts'
import { runStep } from './agent/run-step.ts'
import type { TaskResult, TaskRun } from './agent/task-run.ts'
import { jobStatus } from './dependencies.ts'
import { evaluateCondition } from './expressions/evaluate.ts'
import type { Runnable } from './find-task.ts'
import { checkConnections, findTask } from './find-task.ts'
import type { Step, TaskStepEntry } from './pipeline.ts'
import type { StepRun } from './pipeline-run.ts'
import type { RunningJob } from './run-job.ts'
import type { RunContext } from './run-pipeline.ts'
import { script } from './stand-ins/script.ts'

type Done = { readonly result: TaskResult; readonly message: string; readonly task: TaskRun | undefined }

/** Runs one step if its condition holds; a failure is a result, never an exception. */
export async function runPipelineStep(context: RunContext, running: RunningJob, step: Step): Promise<StepRun> {
  return await timed(context, running, step)
}

/**
 * Runs what a step's task does at the end of its job, with the inputs as they expand then, the step's own timeout and
 * retries, and the condition always(): a cancel does not end it (azure-pipelines-agent JobExtension.cs, TaskRunner.cs).
 */
export async function runPostJob(context: RunContext, running: RunningJob, step: TaskStepEntry): Promise<StepRun> {
  const displayName = `Post-job: ${step.displayName}`
  return await timed(context, running, { ...step, displayName, condition: 'always()' }, step)
}

/** `owner` is given for a post-job part: the step whose task variables it shares. */
async function timed(context: RunContext, running: RunningJob, step: Step, owner?: Step): Promise<StepRun> {
  const { onEvent } = context.options
  const started = Date.now()
  const displayName = context.masker.mask(running.agent.variables.expand(step.displayName))
  onEvent?.({ kind: 'step', step, displayName })
  const done = await attempt(context, running, step, owner)
  const forgiven = done.result === 'Failed' && step.continueOnError
  const result = forgiven ? 'SucceededWithIssues' : done.result
  const run = { ...done, name: step.name, displayName, result, durationMs: Date.now() - started }
  onEvent?.({ kind: 'stepDone', step, run })
  return run
}

async function attempt(context: RunContext, running: RunningJob, step: Step, owner?: Step): Promise<Done> {
  try {
    if (!conditionHolds(context, running, step)) return quiet('Skipped', `Its condition does not hold.`)
    return await carryOut(context, running, step, owner)
  } catch (cause) {
    const message = context.masker.mask(cause instanceof Error ? cause.message : String(cause))
    context.options.onEvent?.({ kind: 'line', step, line: `##[error]${message}` })
    return quiet('Failed', message)
  }
}

async function carryOut(context: RunContext, running: RunningJob, step: Step, owner?: Step): Promise<Done> {
  const { variables, folders } = running.agent
  const here = (path: string): string => resolve(workingFolder(running.agent), variables.expand(path))
  switch (step.kind) {
    case 'task':
      return runTaskStep(context, running, {
        ...{ step, owner, inputs: step.inputs },
        runnable: findTask(step, context.options.tasks),
      })
    case 'script':
      return runTaskStep(context, running, { step, inputs: { script: step.script }, runnable: script })
    case 'publish':
      context.artifacts.publish(here(step.path), variables.expand(step.artifact))
      return quiet('Succeeded', `Published '${variables.expand(step.artifact)}'.`)
    case 'download':
      if (!step.skip) context.artifacts.download(folders.root, step.artifact && variables.expand(step.artifact))
      return quiet('Succeeded', '')
    case 'checkout':
      return quiet('Succeeded', 'The local runner uses the sources as they are.')
  }
}

type TaskCall = { step: Step; owner?: Step | undefined; inputs: Readonly<Record<string, string>>; runnable: Runnable }

async function runTaskStep(context: RunContext, running: RunningJob, call: TaskCall): Promise<Done> {
  const { step, owner, inputs, runnable } = call
  const { agent } = running
  if (step.kind === 'task') checkConnections(step, runnable.definition, agent)
  const onLine = (line: string): void => context.options.onEvent?.({ kind: 'line', step, line })
  const onProgress = (percent: number, text: string): void =>
    context.options.onEvent?.({ kind: 'progress', step, percent, text })
  if (runnable.notice !== '') onLine(runnable.notice)
  const cancel = cancelOf(context, running, step)
  const task = await runStep(agent, {
    ...{ definition: runnable.definition, execute: runnable.execute, inputs, env: step.env },
    handler: owner && runnable.definition.postJob,
    taskVariables: running.taskVariables.get(owner ?? step),
    ...{
      stepName: step.name,
      displayName: step.displayName,
      retries: step.retryCountOnTaskFailure,
      onLine,
      onProgress,
    },
    timeoutMs: step.timeoutInMinutes > 0 ? step.timeoutInMinutes * 60_000 : undefined,
    retryDelayMs: context.options.retryDelayMs,
    signal: cancel.signal,
  }).finally(cancel.forget)
  return { result: task.result, message: task.message, task }
}

function conditionHolds(context: RunContext, running: RunningJob, step: Step): boolean {
  return evaluateCondition(step.condition ?? 'succeeded()', {
    variable: (name) => running.agent.variables.get(name),
    status: jobStatus(() => running.result, context.cancelled),
  })
}

type Cancel = { readonly signal: AbortSignal; readonly forget: () => void }

/** A cancel spares a running step whose condition holds even then, such as always() (StepsRunner.cs). */
function cancelOf(context: RunContext, running: RunningJob, step: Step): Cancel {
  const { signal } = context.options
  const cancel = new AbortController()
  const decide = (): void => {
    if (!conditionHolds(context, running, step)) cancel.abort()
  }
  if (signal?.aborted === false) signal.addEventListener('abort', decide, { once: true })
  return { signal: cancel.signal, forget: () => signal?.removeEventListener('abort', decide) }
}

function quiet(result: TaskResult, message: string): Done {
  return { result, message, task: undefined }
}
