import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Azure, AzureOptions } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import type { FilledHub, FillOptions } from '../../emulator/durable/fill.ts'
import { fillHub } from '../../emulator/durable/fill.ts'
import type { NewFunctionApp } from '../../emulator/function-app/add.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { startHost } from '../../emulator/host/host.ts'
import { azureRmConnection } from '../../pipeline-runner/agent/azure-rm-connection.ts'
import type { RunTaskOptions } from '../../pipeline-runner/agent/run-task.ts'
import { runTask } from '../../pipeline-runner/agent/run-task.ts'
import type { ServiceConnection } from '../../pipeline-runner/agent/service-connection.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import type { PipelineRun } from '../../pipeline-runner/pipeline-run.ts'
import type { Pipeline } from '../../pipeline-runner/pipeline.ts'
import { runPipeline } from '../../pipeline-runner/run-pipeline.ts'
import type { TaskIndex } from '../../pipeline-runner/vsix.ts'
import { unpackVsix } from '../../pipeline-runner/vsix.ts'
import { existingPackage } from '../../scripts/packaging/packaged.ts'

export type TaskName =
  'CheckNoRunningOrchestrations' | 'RotateTaskHub' | 'SlotSwap' | 'CleanupTaskHub' | 'DrainFunctionApp'

type Twist = Partial<Omit<RunTaskOptions, 'task' | 'inputs'>>

/** Azure on loopback, the packaged tasks from the .vsix, and a service principal that may do all; one per test file. */
export class Scene {
  readonly azure: Azure
  readonly connection: ServiceConnection
  /** Of the service principal behind the connection. */
  readonly objectId: string
  readonly #tasks: TaskIndex
  readonly #folder: string
  #apps = 0

  private constructor(
    azure: Azure,
    { connection, objectId }: { readonly connection: ServiceConnection; readonly objectId: string },
    unpacked: { tasks: TaskIndex; folder: string },
  ) {
    this.azure = azure
    this.connection = connection
    this.objectId = objectId
    this.#tasks = unpacked.tasks
    this.#folder = unpacked.folder
  }

  static async start(options: Partial<AzureOptions> = {}): Promise<Scene> {
    const folder = mkdtempSync(join(tmpdir(), 'scene-'))
    const tasks = unpackVsix(existingPackage(), folder)
    const azure = await startAzure({ startHost, ...options })
    const principal = await azure.addServicePrincipal()
    const connection = azureRmConnection({
      ...placeOf(azure),
      clientId: principal.clientId,
      secret: principal.secret ?? '',
    })
    return new Scene(azure, { connection, objectId: principal.objectId }, { tasks, folder })
  }

  async stop(): Promise<void> {
    await this.azure.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** An app of its own with production on hub `<name>old` and staging on `<name>new`; nothing is deployed unless asked. */
  async app(twist: Partial<NewFunctionApp> = {}): Promise<FunctionApp> {
    const name = twist.name ?? `shop${++this.#apps}x`
    const storage = { AzureWebJobsStorage: this.azure.storage.account().connectionString }
    return await this.azure.addFunctionApp({
      resourceGroup: 'shop-rg',
      slots: ['staging'],
      ...twist,
      name,
      settings: {
        production: { ...storage, TaskHubName: `${name}old`, ...twist.settings?.['production'] },
        staging: { ...storage, TaskHubName: `${name}new`, ...twist.settings?.['staging'] },
      },
    })
  }

  async hub(name: string, options: FillOptions = {}): Promise<FilledHub> {
    return await fillHub(this.azure.storage.account().connectionString, name, options)
  }

  /** Where the package was unpacked to, the part of this task. */
  taskFolder(task: TaskName): string {
    const definition = this.#tasks.find(`${task}@1`)
    if (!definition) throw new Error(`the package has no task '${task}'`)
    return definition.folder
  }

  /** Runs a packaged task as the agent does. */
  async run(task: TaskName, inputs: Readonly<Record<string, string>>, twist: Twist = {}): Promise<TaskRun> {
    return await runTask({
      connections: [this.connection],
      caFile: this.azure.caFile,
      ...twist,
      task: this.taskFolder(task),
      inputs: { azureSubscription: this.connection.name, ...inputs },
    })
  }

  /** Runs a whole pipeline with the packaged tasks, and stand-ins for those of others. */
  async pipeline(pipeline: Pipeline, variables: Readonly<Record<string, string>>): Promise<PipelineRun> {
    const { caFile, systemAccessToken, devOpsUrl, oidcRequestUri } = this.azure
    return await runPipeline(pipeline, {
      ...{ tasks: this.#tasks, connections: [this.connection], caFile, variables },
      system: { accessToken: systemAccessToken, collectionUri: devOpsUrl, oidcRequestUri },
    })
  }
}

/** What every service connection of an emulated Azure has in common. */
export function placeOf(azure: Azure): {
  armUrl: string
  authorityUrl: string
  tenantId: string
  subscriptionId: string
} {
  const { armUrl, authorityUrl, tenantId, subscriptionId } = azure
  return { armUrl, authorityUrl, tenantId, subscriptionId }
}
