// Azure on loopback and the packaged tasks, shared by the cases of a process; each case has an app and an account of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Azure } from '../../../emulator/azure.ts'
import { startAzure } from '../../../emulator/azure.ts'
import type { StorageEndpoint } from '../../../emulator/storage/storage.ts'
import { azureRmConnection } from '../../../pipeline-runner/agent/azure-rm-connection.ts'
import type { ServiceConnection } from '../../../pipeline-runner/agent/service-connection.ts'
import type { TaskDefinition } from '../../../pipeline-runner/agent/task-definition.ts'
import type { TaskIndex } from '../../../pipeline-runner/vsix.ts'
import { unpackVsix } from '../../../pipeline-runner/vsix.ts'
import { existingPackage } from '../../../scripts/packaging/packaged.ts'
import type { StageAccount } from './stage.ts'
import { Stage } from './stage.ts'
import type { Start, Version } from './start.ts'
import { versions } from './start.ts'

export type TaskName = 'RotateTaskHub' | 'SlotSwap' | 'CleanupTaskHub'

/** More than the cases that one process plays; their keys are one environment variable, which has at most 128 KiB. */
const mostStages = 900

export class World {
  readonly azure: Azure
  readonly connection: ServiceConnection
  readonly folder: string
  /** The versions of the app, as folders. */
  readonly content: Readonly<Record<Version, string>>
  readonly #front: StorageEndpoint
  readonly #tasks: TaskIndex
  #stages = 0
  #last: Stage | undefined

  private constructor(parts: Pick<World, 'azure' | 'connection' | 'folder'> & Unpacked) {
    this.azure = parts.azure
    this.connection = parts.connection
    this.folder = parts.folder
    this.#front = parts.front
    this.#tasks = parts.tasks
    const folders = versions.map((version) => [version, writeContent(this.folder, version)] as const)
    this.content = Object.fromEntries(folders) as Record<Version, string>
  }

  static async start(): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'faults-'))
    const accounts = Array.from({ length: mostStages }, (_, at) => `st${String(at).padStart(4, '0')}`)
    // In seconds of the hurried clock, as long as they really may be.
    const azure = await startAzure({
      accounts,
      timing: { stepMs: 2000, retryAfterSeconds: 5, warmUpTimeoutMs: 90_000 },
    })
    try {
      const tasks = unpackVsix(existingPackage(), folder)
      const front = await azure.storage.front()
      const { clientId, secret = '' } = await azure.addServicePrincipal()
      const { armUrl, authorityUrl, tenantId, subscriptionId } = azure
      const connection = azureRmConnection({ armUrl, authorityUrl, tenantId, subscriptionId, clientId, secret })
      return new World({ azure, connection, folder, front, tasks })
    } catch (error) {
      await azure.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    await this.azure.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  task(name: TaskName): TaskDefinition {
    const definition = this.#tasks.find(`${name}@1`)
    if (!definition) throw new Error(`the package has no task '${name}'`)
    return definition
  }

  /** A new stage that stands so. The one before it is gone, and with it all that was armed. */
  async stage(start: (account: StageAccount) => Start): Promise<Stage> {
    this.azure.faults.clear()
    if (this.#last) await this.azure.removeFunctionApp(this.#last.app)
    this.azure.requests.clear()
    if (this.#stages === mostStages) throw new Error(`there is storage for ${mostStages} stages only`)
    const name = `st${String(this.#stages++).padStart(4, '0')}`
    const [own, seen] = [this.azure.storage.account(name), this.#front.account(name)]
    const account = { name, own: own.connectionString, seen: seen.connectionString }
    this.#last = await Stage.set(this, account, start(account))
    return this.#last
  }
}

type Unpacked = { readonly front: StorageEndpoint; readonly tasks: TaskIndex }

/** An app that is only there: what runs in it is no part of these suites. */
function writeContent(folder: string, name: string): string {
  const place = join(folder, 'content', name)
  mkdirSync(place, { recursive: true })
  const durableTask = { hubName: '%TaskHubName%' }
  writeFileSync(join(place, 'host.json'), JSON.stringify({ version: '2.0', extensions: { durableTask } }))
  writeFileSync(join(place, 'package.json'), JSON.stringify({ version: name }))
  writeFileSync(join(place, 'functions.mjs'), 'export const starters = {}\n')
  return place
}
