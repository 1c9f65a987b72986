import assert from 'node:assert/strict'
import { openStorage } from '../../emulator/durable/storage.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { Settings } from '../../emulator/function-app/slot.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { assertEndsWell, assertRefused } from './endings.ts'
import type { Scene } from './scene.ts'

type Inputs = Readonly<Record<string, string>>

/** Rotates staging without asking whether it is idle, unless told otherwise. */
export async function rotate(
  scene: Scene,
  app: FunctionApp,
  inputs: Inputs = {},
  twist: Parameters<Scene['run']>[2] = {},
): Promise<TaskRun> {
  const run = await scene.run('RotateTaskHub', { appName: app.name, requireIdle: 'false', ...inputs }, twist)
  assertEndsWell(run)
  return run
}

/** The PUTs of a slot's settings that reached Resource Manager. */
export function writesOf(scene: Scene, app: FunctionApp): number {
  return scene.azure.requests.count({ service: 'arm', method: 'PUT', path: new RegExp(`/sites/${app.name}[/?]`, 'i') })
}

/** The whole set of every slot, and which of them stay with their slot. */
export function settingsOf(app: FunctionApp): { slots: Record<string, Settings>; sticky: readonly string[] } {
  const slots = Object.fromEntries(app.slots.map((slot) => [slot.name, { ...slot.settings }]))
  return { slots, sticky: [...app.stickySettings] }
}

export type StoredRecord = {
  readonly schema: number
  readonly app: string
  readonly hubs: readonly Record<string, unknown>[]
  readonly audit: readonly Record<string, unknown>[]
}

const container = 'durable-safe-deployment'

/** The deployment record as it lies in storage; undefined where there is none. */
export async function recordOf(scene: Scene, name: string, account?: string): Promise<StoredRecord | undefined> {
  const { blobs } = openStorage(scene.azure.storage.account(account).connectionString)
  const blob = blobs.getContainerClient(container).getBlockBlobClient(`${name}.json`)
  if (!(await blob.exists())) return undefined
  return JSON.parse((await blob.downloadToBuffer()).toString('utf8')) as StoredRecord
}

/** Puts any text in the place of an app's deployment record. */
export async function putRecord(scene: Scene, name: string, text: string, account?: string): Promise<void> {
  const { blobs } = openStorage(scene.azure.storage.account(account).connectionString)
  await blobs.getContainerClient(container).createIfNotExists()
  await blobs.getContainerClient(container).getBlockBlobClient(`${name}.json`).upload(text, Buffer.byteLength(text))
}

/** What the record says of hubs and actions; the lock, which every task takes and gives back, left out. */
export async function historyOf(scene: Scene, name: string): Promise<Pick<StoredRecord, 'hubs' | 'audit'>> {
  const { hubs, audit } = (await recordOf(scene, name)) ?? { hubs: [], audit: [] }
  return { hubs, audit }
}

/** A task that must leave everything as it is, and does. */
export async function assertChangesNothing(
  scene: Scene,
  app: FunctionApp,
  act: () => Promise<TaskRun>,
): Promise<TaskRun> {
  const before = settingsOf(app)
  const history = await historyOf(scene, app.name)
  const writes = writesOf(scene, app)
  const run = await act()
  assert.equal(writesOf(scene, app), writes, run.log)
  assert.deepEqual(settingsOf(app), before)
  assert.deepEqual(await historyOf(scene, app.name), history)
  return run
}

/** A rotation that is refused before anything was written, with the reason, and announces nothing. */
export async function assertRotationRefused(
  scene: Scene,
  app: FunctionApp,
  { inputs = {}, twist = {} }: { inputs?: Inputs; twist?: Parameters<Scene['run']>[2] },
  ...says: readonly RegExp[]
): Promise<TaskRun> {
  const all = { appName: app.name, requireIdle: 'false', ...inputs }
  const run = await assertChangesNothing(scene, app, async () => await scene.run('RotateTaskHub', all, twist))
  assertRefused(run, ...says)
  assert.deepEqual(run.variables, {})
  assert.deepEqual(run.outputs, {})
  return run
}
