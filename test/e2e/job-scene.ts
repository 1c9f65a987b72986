import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { PipelineRun, RunOptions, StepRun } from '../../pipeline-runner/pipeline-run.ts'
import { readPipeline } from '../../pipeline-runner/read-pipeline.ts'
import { readTaskDefinition } from '../../pipeline-runner/agent/task-definition.ts'
import { runPipeline } from '../../pipeline-runner/run-pipeline.ts'
import { TaskIndex } from '../../pipeline-runner/vsix.ts'
import { recordOf } from './rotate-scene.ts'
import type { Scene, TaskName } from './scene.ts'

const names: readonly TaskName[] = ['RotateTaskHub', 'SlotSwap', 'CleanupTaskHub']

/** The jobs of one run of a pipeline, with the packaged tasks, from its steps to its end. */
export type Job = {
  readonly result: string
  readonly steps: readonly StepRun[]
  /** What RotateTaskHub did at the end of the job; undefined where the job did not come so far. */
  readonly end: StepRun | undefined
}

/** Runs pipeline text as build `id`. */
export async function runJob(scene: Scene, id: number, text: string, twist: Partial<RunOptions> = {}): Promise<Job> {
  const tasks = new TaskIndex()
  for (const name of names) tasks.add(readTaskDefinition(scene.taskFolder(name)), [`${name}@1`])
  const run: PipelineRun = await runPipeline(readPipeline(text), {
    ...{ tasks, connections: [scene.connection], caFile: scene.azure.caFile, retryDelayMs: () => 1, ...twist },
    variables: { 'Build.BuildId': String(id), 'Build.BuildNumber': `2026.${id}`, ...twist.variables },
  })
  const steps = run.stages.flatMap(({ jobs }) => jobs.flatMap((job) => job.steps))
  return { result: run.result, steps, end: steps.find(({ displayName }) => displayName.startsWith('Post-job: ')) }
}

/** One step of ours in pipeline text; `more` is what stands beside `task`. */
export function taskStep(
  scene: Scene,
  task: TaskName,
  inputs: Readonly<Record<string, string>>,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const all = { azureSubscription: scene.connection.name, ...inputs }
  return `- ${JSON.stringify({ task: `${task}@1`, ...more, inputs: all })}\n`
}

export type StoredLock = {
  readonly holder: { readonly id?: string; readonly run: string }
  readonly until: string
  readonly changing?: { readonly what: string }
}

/** The deployment lock as it lies in storage; undefined where nobody holds it. */
export async function lockOf(scene: Scene, app: string): Promise<StoredLock | undefined> {
  return ((await recordOf(scene, app)) as { readonly lock?: StoredLock } | undefined)?.lock
}

/** A step that has the test act and then fails, as a deployment that goes wrong while something else happens. */
export async function failsAfter(
  act: () => Promise<void>,
): Promise<{ readonly step: string; readonly stop: () => Promise<void> }> {
  const server = createServer((_, response) => {
    act().then(
      () => response.end(),
      (error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const script = `node -e 'fetch("http://127.0.0.1:${port}/").then(() => process.exit(1), () => process.exit(2))'`
  const stop = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()))
  return { step: `- ${JSON.stringify({ script })}\n`, stop }
}
