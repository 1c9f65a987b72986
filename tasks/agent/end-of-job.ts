import { within } from '../../core/azure/http/within.ts'
import { Refusal } from '../../core/failures.ts'
import type { JobStatus } from '../job-status.ts'
import type { Agent } from './agent.ts'
import type { Ending } from './ending.ts'
import { runTask } from './run-task.ts'

export type EndOfJob = {
  /** Answers one line; an empty one is not said. It says its own warnings. */
  readonly body: (agent: Agent, job: JobStatus, signal: AbortSignal) => Promise<string>
  /** The warning for a body that threw or took too long; `why` is a sentence. */
  readonly trouble: (why: string) => string
  readonly limitsMs?: typeof limitsMs
}

declare global {
  var durableSafeDeploymentEndOfJob: boolean | undefined
}

/** A person who cancelled waits for the job to end; and 45 s are all that the agent promises it (JobDispatcher.cs:1194). */
const limitsMs: Readonly<Record<JobStatus, number>> = {
  succeeded: 20_000,
  failed: 60_000,
  canceled: 10_000,
  unknown: 20_000,
}

/** Whether the agent started end-of-job.cjs, which sets this mark, and not the bundle itself. */
export function isEndOfJob(): boolean {
  return globalThis.durableSafeDeploymentEndOfJob === true
}

/**
 * Runs what a task does at the end of its job. It never fails and never has issues, since either would become the result
 * of the job (StepsRunner.cs:281): trouble is a warning.
 */
export function runEndOfJob({ body, trouble, ...own }: EndOfJob, title: string): void {
  const started = async (agent: Agent, signal: AbortSignal): Promise<string> => {
    const job = statuses.get(agent.variable('Agent.JobStatus')) ?? 'unknown'
    const timeoutMs = (own.limitsMs ?? limitsMs)[job]
    const timedOut = () => new Refusal(`It was not done within ${timeoutMs / 1000} seconds.`)
    return await within({ timeoutMs, signal, timedOut }, async (limit) => await body(agent, job, limit))
  }
  const unfailing = (ending: Ending, agent: Agent): Ending => {
    if (ending.result !== 'failed') return ending
    agent.log.warn(trouble(ending.message))
    return { ...ending, result: 'succeeded', message: '' }
  }
  runTask(
    async (agent, signal) => {
      const line = await started(agent, signal)
      if (line !== '') agent.log.info(line)
      return { result: 'succeeded', message: line, outputs: {}, summary: '' }
    },
    title,
    unfailing,
  )
}

/** As the agent writes it (TaskResult). One that has issues has succeeded; a word that is not known decides nothing. */
const statuses = new Map<string | undefined, JobStatus>([
  ['Succeeded', 'succeeded'],
  ['SucceededWithIssues', 'succeeded'],
  ['Failed', 'failed'],
  ['Canceled', 'canceled'],
])
