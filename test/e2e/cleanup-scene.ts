import assert from 'node:assert/strict'
import type { FilledHub } from '../../emulator/durable/fill.ts'
import { openStorage } from '../../emulator/durable/storage.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { assertEndsWell } from './endings.ts'
import type { Scene } from './scene.ts'

type Twist = Parameters<Scene['run']>[2]

/** Runs the task on the hubs that are named, one a line. */
export async function cleanUp(
  scene: Scene,
  app: FunctionApp,
  hubs: readonly string[],
  inputs: Readonly<Record<string, string>> = {},
  twist: Twist = {},
): Promise<TaskRun> {
  const run = await scene.run('CleanupTaskHub', { appName: app.name, taskHubName: hubs.join('\n'), ...inputs }, twist)
  assertEndsWell(run)
  return run
}

export type Entry = { readonly name: string; readonly taskHub: string; readonly state: string; readonly reason: string }

/** One of the two outputs. */
export function entries(run: TaskRun, output: 'deletedTaskHubs' | 'keptTaskHubs'): readonly Entry[] {
  return JSON.parse(run.outputs[output] ?? assert.fail(`no output ${output}: ${run.log}`)) as Entry[]
}

export const namesIn = (run: TaskRun, output: 'deletedTaskHubs' | 'keptTaskHubs'): readonly string[] =>
  entries(run, output).map(({ name }) => name)

/** All tables, queues and containers whose names begin with a text, compared without case. */
export async function resourcesOf(scene: Scene, start: string, account?: string): Promise<readonly string[]> {
  const storage = openStorage(scene.azure.storage.account(account).connectionString)
  const names: string[] = []
  for await (const { name } of storage.tables.listTables()) names.push(`table ${name ?? ''}`)
  for await (const { name } of storage.queues.listQueues()) names.push(`queue ${name}`)
  for await (const { name } of storage.blobs.listContainers()) names.push(`container ${name}`)
  return names.filter((name) => name.split(' ')[1]?.toLowerCase().startsWith(start.toLowerCase())).sort()
}

/** Gives a hub a container of payloads, which a library makes only when it needs one. */
export async function addPayload(hub: FilledHub): Promise<void> {
  const container = hub.storage.blobs.getContainerClient(hub.names.largeMessages)
  await container.createIfNotExists()
  await container.getBlockBlobClient('order-1/message.json.gz').upload('x', 1)
}

/** Everything a hub of that many partitions has. */
export function allPartsOf(hub: FilledHub, partitions: number): readonly string[] {
  const { names } = hub
  const queues = Array.from({ length: partitions }, (_, at) => names.control(at))
  return [
    ...[names.leases, names.appLease, names.largeMessages].map((name) => `container ${name}`),
    ...[...queues, names.workItems].map((name) => `queue ${name}`),
    ...[names.instances, names.history, names.partitions].map((name) => `table ${name}`),
  ].sort()
}
