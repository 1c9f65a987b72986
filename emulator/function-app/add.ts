// Brings a function app to life: a listener of its own, a worker and a host for each slot.
import type { Call, Reply } from '../http/call.ts'
import type { Listener, ListenerOptions } from '../http/listener.ts'
import { listen } from '../http/listener.ts'
import { placeContent } from './content.ts'
import { FunctionApp } from './function-app.ts'
import { Scm } from './scm.ts'
import type { Settings } from './slot.ts'
import { Slot } from './slot.ts'
import type { SwapTiming } from './swap.ts'
import type { WorkerOptions } from './worker.ts'
import { Worker } from './worker.ts'

export type NewFunctionApp = {
  readonly name: string
  readonly resourceGroup: string
  /** `functionapp` unless told otherwise; `functionapp,linux` and so on. */
  readonly kind?: string
  /** As in properties.sku: ElasticPremium (the default), Dynamic, Standard, FlexConsumption … */
  readonly sku?: string
  readonly location?: string
  /** Besides production. */
  readonly slots?: readonly string[]
  readonly settings?: Readonly<Record<string, Settings>>
  readonly stickySettings?: readonly string[]
  /** Folder or zip by slot; a slot without has nothing deployed. */
  readonly content?: Readonly<Record<string, string>>
}

export type Platform = {
  readonly principalId: string
  readonly timing: SwapTiming
  readonly signal: AbortSignal
  readonly contentRoot: string
  readonly worker: WorkerOptions
  readonly listener: Omit<ListenerOptions, 'handle' | 'service'>
  /** Lets a deployment in, or answers why not. */
  authorizeDeployment(call: Call, app: FunctionApp): Reply | undefined
}

/** Throws when slots are asked for on Flex Consumption, which has none (learn: azure-functions/functions-deployment-slots). */
export async function addFunctionApp(
  wanted: NewFunctionApp,
  platform: Platform,
): Promise<{ app: FunctionApp; listeners: Listener[] }> {
  const { sku = 'ElasticPremium', kind = 'functionapp', location = 'West Europe', slots = [] } = wanted
  if (sku === 'FlexConsumption' && slots.length > 0) throw new Error('Flex Consumption has no deployment slots.')
  const app = new FunctionApp({
    name: wanted.name,
    resourceGroup: wanted.resourceGroup,
    kind,
    sku,
    location,
    principalId: platform.principalId,
    stickySettings: wanted.stickySettings ?? [],
    timing: platform.timing,
    caPem: platform.worker.caPem,
    signal: platform.signal,
  })
  const listeners: Listener[] = []
  for (const name of ['production', ...slots]) listeners.push(await addSlot(name, app, wanted, platform))
  return { app, listeners }
}

async function addSlot(name: string, app: FunctionApp, wanted: NewFunctionApp, platform: Platform): Promise<Listener> {
  const scm = new Scm(
    (call) => platform.authorizeDeployment(call, app),
    (zip) => slot.deploy(zip),
  )
  const listener = await listen({
    ...platform.listener,
    service: 'host',
    handle: async (call) => (await scm.answer(call)) ?? slot.serve(call),
  })
  const { contentRoot } = platform
  const slot = new Slot({
    siteName: app.name,
    name,
    hostName: `localhost:${listener.port}`,
    settings: wanted.settings?.[name] ?? {},
    contentRoot,
  })
  const content = wanted.content?.[name]
  const place = content === undefined ? undefined : await placeContent(contentRoot, content)
  slot.adopt(new Worker(slot, place, platform.worker))
  app.addSlot(slot)
  await slot.restart()
  return listener
}
