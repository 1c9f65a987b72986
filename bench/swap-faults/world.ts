// The two tasks on one stage, both run as the agent runs a task.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { runTask } from '../../pipeline-runner/agent/run-task.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { unpackVsix } from '../../pipeline-runner/vsix.ts'
import { stockFolder } from '../stock/stock.ts'
import { openStage, resourceGroup, type Stage } from './stage.ts'

export const clients = ['stock', 'ours'] as const
export type Client = (typeof clients)[number]

export type World = Stage & {
  /** Runs a client's task, which is asked to swap staging into production. `onLine` is told each line as it comes. */
  swap(client: Client, app: FunctionApp, onLine?: (line: string) => void): Promise<TaskRun>
}

/** Throws where the package cannot be read or Azurite does not start. */
export async function startWorld(vsix: string): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'swap-faults-'))
  let stage: Stage | undefined
  const stop = async () => {
    await stage?.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const ours = unpackVsix(vsix, folder).find('SlotSwap@1')?.folder
    if (ours === undefined) throw new Error('The package has no SlotSwap@1.')
    stage = await openStage({ stepMs: 400 })
    const { connection } = stage
    const { caFile } = stage.azure
    const swap: World['swap'] = async (client, app, onLine) => {
      const run = await runTask({
        ...{ connections: [connection], caFile, onLine },
        ...(client === 'ours'
          ? { task: ours, inputs: ourInputs(app, connection.name) }
          : { task: stockFolder, inputs: stockInputs(app, connection.name) }),
      })
      // Task code that does not even load must not be taken for a task that tells of a failed swap.
      if (/Cannot find (module|package)/.test(run.raw))
        throw new Error(`The code of a task is incomplete: ${run.message}`)
      return run
    }
    return { ...stage, swap, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Defaults but for what is waited after the swap, which the stock task does not do at all. */
function ourInputs({ name }: FunctionApp, azureSubscription: string): Readonly<Record<string, string>> {
  const afterwards = { settleInSeconds: '0', healthCheckTimeoutInSeconds: '30' }
  const place = { azureSubscription, appName: name, resourceGroupName: resourceGroup }
  return { ...place, taskHubName: `${name}new`, timeoutInMinutes: '2', ...afterwards }
}

function stockInputs({ name }: FunctionApp, ConnectedServiceName: string): Readonly<Record<string, string>> {
  return { ConnectedServiceName, WebAppName: name, ResourceGroupName: resourceGroup, SourceSlot: 'staging' }
}
