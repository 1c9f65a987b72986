// A deployment as the agent runs it: RotateTaskHub, the deploy step, SlotSwap, CleanupTaskHub.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openJob } from '../../../pipeline-runner/agent/open-job.ts'
import { runStep } from '../../../pipeline-runner/agent/run-step.ts'
import type { TaskRun } from '../../../pipeline-runner/agent/task-run.ts'
import type { ChildTwist } from './child.ts'
import { Child } from './child.ts'
import type { Stage } from './stage.ts'
import { appName } from './start.ts'
import type { TaskName } from './world.ts'

export const taskNames: readonly TaskName[] = ['RotateTaskHub', 'SlotSwap', 'CleanupTaskHub']

export type Ran = TaskRun & { readonly task: TaskName; readonly child: Child }

export type RunTwist = ChildTwist & {
  /** Inputs besides those that the deployment gives the task, or instead of them. */
  readonly inputs?: Readonly<Record<string, string>>
  /** Made before the start, so that something can strike it. */
  readonly child?: Child
}

type JobStart = { readonly buildId?: string; readonly variables?: Readonly<Record<string, string>> }

const announced = { 'DurableSafeDeployment.TaskHubName': 'shop2' }

/** The job of one build: what its tasks announce is kept for those after them. */
export class Job {
  readonly stage: Stage
  readonly buildId: string
  /** What its tasks announced so far. */
  readonly #variables: Record<string, string>

  constructor(stage: Stage, { buildId = '2', variables = {} }: JobStart = {}) {
    this.stage = stage
    this.buildId = buildId
    this.#variables = { ...variables }
  }

  /** The job of build 2 at a task: what the tasks before it announced is there. */
  static at(stage: Stage, task: TaskName): Job {
    return new Job(stage, task === 'RotateTaskHub' ? {} : { variables: announced })
  }

  async run(task: TaskName, twist: RunTwist = {}): Promise<Ran> {
    const { world } = this.stage
    const { buildId } = this
    const workFolder = mkdtempSync(join(world.folder, 'work-'))
    const child = twist.child ?? new Child()
    const definition = world.task(task)
    const job = openJob({
      ...{ connections: [world.connection], caFile: world.azure.caFile, workFolder },
      variables: { 'Build.BuildId': buildId, 'Build.BuildNumber': buildId, ...this.#variables },
    })
    try {
      const inputs = { azureSubscription: world.connection.name, appName, ...timeouts[task], ...twist.inputs }
      const step = { definition, inputs, stepName: task, displayName: task, execute: child.execute(twist) }
      const run = await runStep(job, step)
      Object.assign(this.#variables, run.variables)
      return { ...run, task, child }
    } finally {
      job.dispose()
      rmSync(workFolder, { recursive: true, force: true })
    }
  }
}

const timeouts: Readonly<Record<TaskName, Readonly<Record<string, string>>>> = {
  RotateTaskHub: {},
  SlotSwap: { timeoutInMinutes: '10' },
  CleanupTaskHub: {},
}
