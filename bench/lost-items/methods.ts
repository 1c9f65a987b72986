// What is compared: how the new version takes over.
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { SlotName } from '../../core/function-app/picture.ts'
import type { Report } from '../../core/report/report.ts'
import { fence } from '../../tasks/DrainFunctionApp/fence.ts'
import { signalApp } from '../../tasks/DrainFunctionApp/signal.ts'
import type { DrainWanted } from '../../tasks/DrainFunctionApp/wanted.ts'
import { longGraceSeconds, waitSeconds } from './scale.ts'
import type { LaneOptions, Stage } from './stage.ts'
import { resourceGroup } from './stage.ts'

export const methodNames = ['plain', 'longGrace', 'wait', 'cancellation', 'appMode', 'fence'] as const
export type MethodName = (typeof methodNames)[number]

export type Method = {
  readonly name: MethodName
  readonly title: string
  readonly lane: LaneOptions
  /** Once, before the first swap. */
  prepare?(stage: Stage, app: FunctionApp): Promise<void>
  /** What a pipeline does from the moment at which it wants the new version to serve. */
  takeOver(stage: Stage, app: FunctionApp): Promise<void>
  /** Items arrive with a condition, so that one that is sent again is not there twice. */
  readonly conditional?: true
  /** What the old version was cut off in is gone on with in the other slot. */
  readonly drains?: true
}

const swapOnly: Method['takeOver'] = (stage, app) => stage.swap(app)

/** DrainFunctionApp, action `fence`. What it found to be fenced already costs no restart. */
async function fenceStaging({ deps }: Stage, app: FunctionApp): Promise<void> {
  const wanted: DrainWanted = { ...drainWanted(app, 'staging'), action: 'fence' }
  requireSuccess(await fence(wanted, deps, new AbortController().signal))
}

/** DrainFunctionApp, action `signal`: the old version ends what it has begun and begins nothing more. */
async function signalProduction({ deps }: Stage, app: FunctionApp): Promise<void> {
  requireSuccess(await signalApp(drainWanted(app, 'production'), deps, new AbortController().signal))
}

function drainWanted(app: FunctionApp, slotName: 'production' | 'staging'): Omit<DrainWanted, 'action'> {
  return {
    azureSubscription: 'azure',
    appName: app.name,
    resourceGroupName: resourceGroup,
    slotName: slotName as SlotName,
    targetSlot: (slotName === 'production' ? 'staging' : 'production') as SlotName,
    taskHubSetting: 'TaskHubName',
    storageSetting: 'AzureWebJobsStorage',
    appModePath: '/api/app-mode',
    dryRun: false,
    includeHttp: false,
    quietMs: 0,
    holdSeconds: 3600,
    timeoutMs: 120_000,
    pollMs: 100,
    lock: { take: false, keep: false, forMs: 0, waitMs: 0 },
  }
}

function requireSuccess({ result, message }: Report): void {
  if (result !== 'succeeded') throw new Error(`DrainFunctionApp ended with ${result}: ${message}`)
}

export const methods: Readonly<Record<MethodName, Method>> = {
  plain: {
    name: 'plain',
    title: 'plain swap',
    lane: { code: 'plain', disabledInStaging: true },
    takeOver: swapOnly,
  },
  longGrace: {
    name: 'longGrace',
    title: 'plain swap, 10 s to end',
    lane: { code: 'plain', disabledInStaging: true, graceSeconds: longGraceSeconds },
    takeOver: swapOnly,
  },
  wait: {
    name: 'wait',
    title: 'swap, 30 s wait',
    lane: { code: 'plain', disabledInStaging: true, oldProcessSeconds: waitSeconds },
    takeOver: swapOnly,
  },
  cancellation: {
    name: 'cancellation',
    title: 'cancellation, retry',
    lane: { code: 'cancellation', disabledInStaging: true },
    takeOver: swapOnly,
  },
  appMode: {
    name: 'appMode',
    title: 'App Mode',
    lane: { code: 'app-mode', disabledInStaging: true },
    takeOver: async (stage, app) => {
      await signalProduction(stage, app)
      await stage.swap(app)
    },
  },
  fence: {
    name: 'fence',
    title: 'fence and drain',
    lane: { code: 'durable', disabledInStaging: false },
    conditional: true,
    drains: true,
    prepare: fenceStaging,
    takeOver: async (stage, app) => {
      await fenceStaging(stage, app)
      await stage.swap(app)
    },
  },
}
