import type { FilledHub, FillOptions } from '../../emulator/durable/fill.ts'
import { fillHub } from '../../emulator/durable/fill.ts'
import type { Storage } from '../../emulator/durable/storage.ts'
import { openStorage } from '../../emulator/durable/storage.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import type { Scene } from './scene.ts'

/** One verdict at once; an idle one still takes its two proofs. */
export const atOnce = { quietPeriodInSeconds: '0', timeoutInMinutes: '0', pollIntervalInSeconds: '1' }

export type SlotWithHub = {
  readonly app: FunctionApp
  /** The hub of the slot 'staging'. */
  readonly hub: FilledHub
  readonly check: (inputs?: Readonly<Record<string, string>>, twist?: Parameters<Scene['run']>[2]) => Promise<TaskRun>
}

/**
 * An app whose slot 'staging' has a provisioned hub; its storage goes through the proxy that sees faults and keeps the log,
 * seeding does not.
 */
export async function slotWithHub(scene: Scene, options: FillOptions = {}): Promise<SlotWithHub> {
  const front = (await scene.azure.storage.front()).account()
  const throughFront = { AzureWebJobsStorage: front.connectionString }
  const app = await scene.app({ settings: { production: throughFront, staging: throughFront } })
  const hub = await fillHub(scene.azure.storage.account().connectionString, `${app.name}new`, options)
  return {
    app,
    hub,
    check: (inputs, twist) =>
      scene.run('CheckNoRunningOrchestrations', { appName: app.name, ...atOnce, ...inputs }, twist),
  }
}

/** Everything that is in an account: tables, queues and containers by name. */
export async function contentsOf(scene: Scene, account?: string): Promise<readonly string[]> {
  const storage: Storage = openStorage(scene.azure.storage.account(account).connectionString)
  const names: string[] = []
  for await (const { name } of storage.tables.listTables()) names.push(`table ${name ?? ''}`)
  for await (const { name } of storage.queues.listQueues()) names.push(`queue ${name}`)
  for await (const { name } of storage.blobs.listContainers()) names.push(`container ${name}`)
  return names.sort()
}
