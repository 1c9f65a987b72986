import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NewFunctionApp } from '../../emulator/function-app/add.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { Operation } from '../../emulator/function-app/operation.ts'
import { swapSlots } from '../../emulator/function-app/swap.ts'
import type { Worker } from '../../emulator/function-app/worker.ts'
import type { Fault } from '../../emulator/http/faults.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import type { Scene } from './scene.ts'

/** Nothing is waited for that a test does not ask for. */
const atOnce = { settleInSeconds: '0', healthCheckTimeoutInSeconds: '0' }

type Twist = Parameters<Scene['run']>[2]

/** An app with hubs `<name>old` in production and `<name>new` in staging, and what really happens to it. */
export class SwapApp {
  readonly app: FunctionApp
  readonly scene: Scene
  readonly #workers: Readonly<Record<'production' | 'staging', Worker>>

  private constructor(scene: Scene, app: FunctionApp) {
    this.scene = scene
    this.app = app
    this.#workers = { production: app.slot().worker, staging: app.slot('staging').worker }
  }

  static async start(scene: Scene, twist: Partial<NewFunctionApp> = {}): Promise<SwapApp> {
    const app = await scene.app(twist)
    await Promise.all(app.slots.map((slot) => slot.ready()))
    return new SwapApp(scene, app)
  }

  get oldHub(): string {
    return `${this.app.name}old`
  }

  get newHub(): string {
    return `${this.app.name}new`
  }

  async swap(inputs: Readonly<Record<string, string>> = {}, twist: Twist = {}): Promise<TaskRun> {
    return await this.scene.run(
      'SlotSwap',
      { appName: this.app.name, taskHubName: this.newHub, ...atOnce, ...inputs },
      twist,
    )
  }

  /** How often the processes of two slots really changed places. */
  swaps(): number {
    return this.app.events.filter(({ step }) => step === 'routing').length
  }

  /** How often a swap was asked for, whatever became of it. */
  requests(): number {
    const path = new RegExp(`/sites/${this.app.name}(/slots/\\w+)?/slotsswap\\?`, 'i')
    return this.scene.azure.requests.count({ service: 'arm', method: 'POST', path })
  }

  /** A fault in what ARM answers about this app: `path` follows its name. */
  fault(path: string, fault: Omit<Fault, 'service' | 'path'>): { struck(): number; remove(): void } {
    return this.scene.azure.faults.add({
      ...fault,
      service: 'arm',
      path: new RegExp(`/sites/${this.app.name}${path}`, 'i'),
    })
  }

  /** A fault in the answer to this app's swap request. */
  faultOnSwap(fault: Omit<Fault, 'service' | 'path' | 'method'>): { struck(): number; remove(): void } {
    return this.fault('/slots/staging/slotsswap\\?', { ...fault, method: 'POST' })
  }

  /** Somebody else swaps; resolves when that is over. */
  async swapByHand(): Promise<void> {
    const { app } = this
    const swap = { app, source: app.slot('staging'), target: app.slot() }
    await app.begin(new Operation('SwapSiteSlots', 'staging', () => swapSlots(swap))).over
  }

  /** The new code and its hub are in production, the old ones in staging, after this many swaps. */
  assertSwapped(swaps = 1): void {
    this.#assertStands({ production: 'new', staging: 'old' }, swaps)
  }

  /** The old code and its hub are in production, after this many swaps. */
  assertNotSwapped(swaps = 0): void {
    this.#assertStands({ production: 'old', staging: 'new' }, swaps)
  }

  #assertStands(stands: Record<'production' | 'staging', 'old' | 'new'>, swaps: number): void {
    const { app } = this
    assert.equal(app.running, undefined, 'an operation still runs')
    assert.equal(this.swaps(), swaps, 'swaps that were really made')
    for (const name of ['production', 'staging'] as const) {
      const slot = app.slot(name)
      assert.equal(slot.settings['TaskHubName'], `${app.name}${stands[name]}`, name)
      const worker = this.#workers[stands[name] === 'old' ? 'production' : 'staging']
      assert.equal(slot.worker, worker, `${name} runs the code of the other slot`)
    }
  }

  /** The outputs of a run, but for what it tells of the failure share. */
  assertOutputs(run: TaskRun, flags: Partial<Record<Flag, true>>, stands: 'swapped' | 'notSwapped'): void {
    const [targetTaskHub, sourceTaskHub] =
      stands === 'swapped' ? [this.newHub, this.oldHub] : [this.oldHub, this.newHub]
    const { failureShare: _, ...outputs } = run.outputs
    assert.deepEqual(outputs, {
      swapped: String(flags.swapped ?? false),
      alreadySwapped: String(flags.alreadySwapped ?? false),
      rolledBack: String(flags.rolledBack ?? false),
      targetTaskHub,
      sourceTaskHub,
    })
  }
}

type Flag = 'swapped' | 'alreadySwapped' | 'rolledBack'

/** Writes an app without Durable Functions, which fails to start where `broken`. */
export function writeContent(folder: string, name: string, broken?: string): string {
  const place = join(folder, name)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'host.json'), '{ "version": "2.0" }\n')
  writeFileSync(join(place, 'package.json'), '{ "version": "1.0.0" }\n')
  const code = broken === undefined ? 'export const starters = {}' : `throw new Error(${JSON.stringify(broken)})`
  writeFileSync(join(place, 'functions.mjs'), `${code}\n`)
  return place
}

/** Resolves when the task says a line like this. */
export function listenFor(pattern: RegExp): { readonly heard: Promise<void>; readonly onLine: (line: string) => void } {
  let hear: () => void = () => undefined
  const heard = new Promise<void>((resolve) => (hear = resolve))
  const onLine = (line: string) => {
    if (pattern.test(line)) hear()
  }
  return { heard, onLine }
}

/** Plays every case, a few at a time because each is a process, and keeps what came of it for the test of its name. */
export async function playAll<Case extends { readonly name: string }, Played>(
  cases: readonly Case[],
  play: (each: Case) => Promise<Played>,
  atATime = 8,
): Promise<(each: Case) => Played> {
  const played = new Map<string, { readonly value: Played } | { readonly error: unknown }>()
  const queue = cases.values()
  const next = async () => {
    for (const each of queue) {
      played.set(
        each.name,
        await play(each).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        ),
      )
    }
  }
  await Promise.all(Array.from({ length: atATime }, next))
  return ({ name }) => {
    const outcome = played.get(name)
    if (outcome === undefined) throw new Error(`'${name}' was not played`)
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }
}
