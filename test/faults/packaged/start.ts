// How things stand when a case begins: before the deployment, or between two of its tasks as an uninterrupted one left them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConnectionString } from '../../../core/function-app/storage-connection-string.ts'
import type { RecordedHub } from '../../../core/record/record.ts'
import { parseRecord } from '../../../core/record/parse-record.ts'
import { serialiseRecord } from '../../../core/record/serialise-record.ts'
import { parseHubName } from '../../../core/task-hub/name.ts'
import type { FilledHub } from '../../../emulator/durable/fill.ts'
import type { Slot, SlotSwapStatus } from '../../../emulator/function-app/slot.ts'
import type { Stage, StageAccount } from './stage.ts'

export const appName = 'shop'
export const versions = ['v0', 'v1', 'v2'] as const
export type Version = (typeof versions)[number]

export type SlotStart = {
  readonly settings: Readonly<Record<string, string>>
  readonly version: Version
  readonly slotSwapStatus?: SlotSwapStatus | undefined
}

export type Start = {
  readonly production: SlotStart
  readonly staging: SlotStart
  readonly hubs: readonly string[]
  readonly record: string
  /** Swaps that were made before. */
  readonly swaps: number
}

/** The rows of each hub that a stage can have. */
export const rowsOf: Readonly<Record<string, (hub: FilledHub) => Promise<unknown>>> = {
  shop0: (hub) => hub.completed(3),
  shop1: async (hub) => {
    await hub.completed(2)
    await hub.running({ name: 'ProcessOrder' })
  },
  shop2: (hub) => hub.completed(1),
}

/** Hub shop1 serves, and staging still has shop0, which the version before it worked on. */
export function beforeDeployment(account: StageAccount): Start {
  const common = { AzureWebJobsStorage: account.seen, FUNCTIONS_EXTENSION_VERSION: '~4' }
  return {
    production: {
      settings: { ...common, TaskHubName: 'shop1', Colour: 'colour of 1', Region: 'production' },
      version: 'v1',
    },
    staging: { settings: { ...common, TaskHubName: 'shop0', Colour: 'colour of 0', Region: 'staging' }, version: 'v0' },
    hubs: ['shop0', 'shop1'],
    record: recordBefore(account),
    swaps: 0,
  }
}

/** The same for a stage whose account is another, and for a lock of this moment. */
export function startWith(start: Start, from: StageAccount, to: StageAccount): Start {
  const settings = (slot: SlotStart): SlotStart => ({
    ...slot,
    settings: Object.fromEntries(
      Object.entries(slot.settings).map(([name, value]) => [name, value.replaceAll(from.seen, to.seen)]),
    ),
  })
  return {
    ...start,
    production: settings(start.production),
    staging: settings(start.staging),
    record: lockedAnew(start.record.replaceAll(from.name, to.name)),
  }
}

/** Reads how a stage stands now. */
export async function standing(stage: Stage): Promise<Start> {
  await stage.calm()
  const hubs = (await stage.parts()).flatMap((part) => /^table (\w+)Instances$/.exec(part)?.[1] ?? [])
  return {
    production: slotStart(stage.app.slot()),
    staging: slotStart(stage.app.slot('staging')),
    hubs,
    record: (await stage.readRecordText()) ?? '',
    swaps: stage.swaps(),
  }
}

/** Which version a slot runs. */
export function versionOf({ worker }: Slot): string {
  if (worker.contentDir === undefined) return 'none'
  const { version } = JSON.parse(readFileSync(join(worker.contentDir, 'package.json'), 'utf8')) as { version: string }
  return version
}

function slotStart(slot: Slot): SlotStart {
  const version = versions.find((each) => each === versionOf(slot))
  if (version === undefined) throw new Error(`slot '${slot.name}' runs no version of the app`)
  return { settings: slot.settings, version, slotSwapStatus: slot.slotSwapStatus }
}

/** As the first deployment left it. */
function recordBefore(account: StageAccount): string {
  const endpoints = parseConnectionString(account.seen)
  if ('because' in endpoints) throw new Error(endpoints.because)
  const hub = (text: string) => {
    const name = parseHubName(text)
    if (!name) throw new Error(`'${text}' is no name of a hub`)
    return { account: endpoints.account, name }
  }
  const bornAt = '2026-05-04T03:02:01.000Z'
  const hubs: readonly RecordedHub[] = [
    { hub: hub('shop0'), build: '0', bornAt, productionSince: bornAt },
    { hub: hub('shop1'), build: '1', bornAt, previous: hub('shopx'), productionSince: bornAt },
  ]
  return serialiseRecord({ schema: 1, app: appName, hubs, audit: [] })
}

function lockedAnew(text: string): string {
  const record = parseRecord(text, appName)
  if (record.lock === undefined) return text
  const now = Date.now()
  const at = (ms: number) => new Date(now + ms).toISOString()
  const past = Date.parse(record.lock.until) - Date.parse(record.lock.since)
  return serialiseRecord({ ...record, lock: { ...record.lock, since: at(0), until: at(past) } })
}
