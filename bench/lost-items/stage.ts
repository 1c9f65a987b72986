// Azure on loopback with apps whose timer sends items; each lane is one app that is swapped back and forth.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { Operation } from '../../emulator/function-app/operation.ts'
import { swapSlots } from '../../emulator/function-app/swap.ts'
import { separateHosts } from '../../emulator/host/separate/separate-host.ts'
import type { StartHost } from '../../emulator/host/types.ts'
import { connectAppMode } from '../../tasks/agent/connect.ts'
import type { AppModeDeps } from '../../tasks/DrainFunctionApp/app-mode-slot.ts'
import { benchAgent } from '../agent.ts'
import type { AppCode } from './build-app.ts'
import { buildApp } from './build-app.ts'
import type { Receiver } from './receiver.ts'
import { startReceiver } from './receiver.ts'
import { graceSeconds, itemsPerRun, periodSeconds, scaled, secondMs } from './scale.ts'

export const resourceGroup = 'items-rg'
export const starterName = 'SendItems'

export type Lane = { readonly app: FunctionApp }

export type LaneOptions = {
  readonly code: AppCode
  readonly graceSeconds?: number
  /** How long the old process goes on after the hostnames moved. */
  readonly oldProcessSeconds?: number
  /** False: the new version's starter is not disabled in staging by a setting that stays there. */
  readonly disabledInStaging: boolean
}

export type Stage = {
  readonly azure: Azure
  readonly receiver: Receiver
  /** For the stories of the tasks. */
  readonly deps: AppModeDeps
  lane(name: string, options: LaneOptions): Promise<FunctionApp>
  /** As ARM's slotsswap: staging into production. Throws where the platform fails. */
  swap(app: FunctionApp): Promise<void>
  stop(): Promise<void>
}

/** Throws where Azurite does not start. */
export async function openStage(log: (line: string) => void): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'lost-items-'))
  const receiver = await startReceiver()
  const graces = new Map<string, number>()
  const startHost: StartHost = (options) =>
    separateHosts({ graceMs: scaled(graces.get(options.siteName) ?? graceSeconds) })(options)
  const azure = await startAzure({ startHost, timing: { stepMs: scaled(5) }, leaseSeconds: 15, log })
  const deps = connectAppMode(benchAgent({ azure, principal: await azure.addServicePrincipal(), log }))
  return {
    azure,
    receiver,
    deps,
    lane: async (name, options) => {
      graces.set(name, options.graceSeconds ?? graceSeconds)
      const build = (version: 'A' | 'B') =>
        buildApp(folder, options.code, {
          receiver: `${receiver.url}/${name}`,
          version,
          secondMs,
          periodMs: scaled(periodSeconds),
          items: itemsPerRun,
        })
      const AzureWebJobsStorage = azure.storage.account().connectionString
      const disabled = `AzureWebJobs.${starterName}.Disabled`
      const app = await azure.addFunctionApp({
        name,
        resourceGroup,
        slots: ['staging'],
        settings: {
          production: { AzureWebJobsStorage, TaskHubName: `${name}A` },
          staging: {
            AzureWebJobsStorage,
            TaskHubName: `${name}B`,
            ...(options.disabledInStaging ? { [disabled]: 'true' } : {}),
          },
        },
        stickySettings: options.disabledInStaging ? [disabled] : [],
        content: { production: await build('A'), staging: await build('B') },
      })
      app.oldProcessMs = scaled(options.oldProcessSeconds ?? 0)
      await Promise.all(app.slots.map((slot) => slot.ready()))
      return app
    },
    swap: async (app) => {
      app.requireFree()
      const swap = { app, source: app.slot('staging'), target: app.slot() }
      const operation = app.begin(new Operation('SwapSiteSlots', 'staging', () => swapSlots(swap)))
      await operation.over
      if (operation.problem) throw operation.problem
    },
    stop: async () => {
      await azure.stop()
      await receiver.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
