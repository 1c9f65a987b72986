import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Activity, App, Entity, Orchestrator } from '../durable/app.ts'
import type { DurableClient } from '../durable/client.ts'
import type { HostJson } from './host-json.ts'
import { readJson } from './host-json.ts'
import type { Invocations } from './invocations.ts'
import type { RetryPolicy } from './retry.ts'
import { lookUp } from './task-hub-setting.ts'
import type { FunctionInfo, HostRequest } from './types.ts'

export type StarterContext = {
  readonly appVersion: string
  /** Aborted when the host stops. */
  readonly signal: AbortSignal
  /** 0 for the first try of a run. */
  readonly retryCount: number
  /** The occurrence that is run, and whether it is run late because no host ran when it was due. */
  readonly timer: { readonly isPastDue: boolean; readonly due: Date }
  log(line: string): void
}

export type Starter =
  | {
      type: 'timer'
      everyMs: number
      /** True: due at the multiples of `everyMs` on the clock, and what was run last is kept in storage. */
      useMonitor?: boolean
      retry?: RetryPolicy
      run(client: DurableClient, context: StarterContext): unknown
    }
  | {
      type: 'http'
      route: string
      methods?: string[]
      authLevel?: 'anonymous' | 'function' | 'admin'
      run(request: StarterRequest, client: DurableClient): unknown
    }
  | { type: 'queue'; queue: string; run(message: unknown, client: DurableClient): unknown }

export type StarterRequest = HostRequest & { readonly params: Readonly<Record<string, string>>; json(): unknown }

type Code = {
  readonly orchestrators?: Record<string, Orchestrator>
  readonly activities?: Record<string, Activity>
  readonly entities?: Record<string, Entity>
  readonly starters?: Record<string, Starter>
}

/** What is deployed in a slot. */
export type Content = {
  readonly hostJson: HostJson
  readonly appVersion: string
  readonly code: Code
  readonly functions: readonly FunctionInfo[]
}

const triggers = { timer: 'timerTrigger', http: 'httpTrigger', queue: 'queueTrigger' }

/**
 * Loads host.json, package.json and functions.mjs. Every start loads the code anew under an address of its own, so that
 * neither versions nor restarts share anything. Throws what reading or running the files throws.
 */
export async function loadContent(folder: string, settings: Readonly<Record<string, string>>): Promise<Content> {
  const hostJson = await readJson(folder, 'host.json')
  const { version } = await readJson(folder, 'package.json')
  const file = join(folder, 'functions.mjs')
  const exists = await stat(file).then(
    () => true,
    () => false,
  )
  const address = `${pathToFileURL(file).href}?start=${crypto.randomUUID()}`
  const code = exists ? ((await import(address)) as Code) : {}
  return { hostJson, appVersion: typeof version === 'string' ? version : '', code, functions: infosOf(code, settings) }
}

function infosOf(code: Code, settings: Readonly<Record<string, string>>): FunctionInfo[] {
  const info = (name: string, triggerType: string) => ({ name, triggerType, disabled: isDisabled(settings, name) })
  return [
    ...Object.keys(code.orchestrators ?? {}).map((name) => info(name, 'orchestrationTrigger')),
    ...Object.keys(code.activities ?? {}).map((name) => info(name, 'activityTrigger')),
    ...Object.keys(code.entities ?? {}).map((name) => info(name, 'entityTrigger')),
    ...Object.entries(code.starters ?? {}).map(([name, starter]) => info(name, triggers[starter.type])),
  ]
}

/** One of the two forms is enough; the second is what Linux makes of the first (SDK Listeners/HostListenerFactory.cs:140-149). */
function isDisabled(settings: Readonly<Record<string, string>>, name: string): boolean {
  const values = [lookUp(settings, `AzureWebJobs.${name}.Disabled`), lookUp(settings, `AzureWebJobs_${name}_Disabled`)]
  return values.some((value) => value !== undefined && ['true', '1'].includes(value.toLowerCase()))
}

/** The durable functions that are not disabled: to the worker a disabled one does not exist. */
export function appOf(content: Content, defaultVersion: string, invocations: Invocations): App {
  const disabled = new Set(content.functions.filter((info) => info.disabled).map((info) => info.name))
  const enabled = <T>(all: Record<string, T> = {}) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !disabled.has(name)))
  return {
    appVersion: content.appVersion,
    defaultVersion,
    orchestrators: enabled(content.code.orchestrators),
    activities: Object.fromEntries(
      Object.entries(enabled(content.code.activities)).map(([name, run]): [string, Activity] => [
        name,
        (input, context) => invocations.track(() => run(input, context)),
      ]),
    ),
    entities: enabled(content.code.entities),
  }
}
