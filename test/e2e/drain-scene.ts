import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStorage } from '../../emulator/durable/storage.ts'
import type { NewFunctionApp } from '../../emulator/function-app/add.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { assertEndsWell } from './endings.ts'
import { Scene } from './scene.ts'

/** Quick orchestrations, which a timer starts without end and a request one at a time. */
const code = `
export const orchestrators = { *Order(context) { return yield context.callActivity('Pay', 1) } }
export const activities = { Pay: () => 1 }
export const starters = {
  Nightly: { type: 'timer', everyMs: 150, run: (client) => client.startNew('Order') },
  Start: { type: 'http', route: 'start', authLevel: 'anonymous', run: (request, client) => client.startNew('Order') },
}
`

/** Apps with a timer in both slots, on hubs <name>old and <name>new. */
export class DrainScene {
  readonly scene: Scene
  readonly #folder: string
  #running: FunctionApp[] = []

  private constructor(scene: Scene, folder: string) {
    this.scene = scene
    this.#folder = folder
  }

  static async start(): Promise<DrainScene> {
    return new DrainScene(await Scene.start(), mkdtempSync(join(tmpdir(), 'drain-')))
  }

  async stop(): Promise<void> {
    await this.scene.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Deployed to both slots, and up; `more` is code that staging has beside the rest. */
  async app(twist: Partial<NewFunctionApp> = {}, more = ''): Promise<FunctionApp> {
    const app = await this.scene.app(twist)
    await app.slot().deploy(this.#content(`${app.name}-1`, ''))
    await app.slot('staging').deploy(this.#content(`${app.name}-2`, more))
    await Promise.all(app.slots.map((slot) => slot.ready()))
    this.#running.push(app)
    return app
  }

  /** The apps of the test before start nothing any more. */
  async rest(): Promise<void> {
    const slots = this.#running.flatMap((app) => app.slots)
    this.#running = []
    await Promise.all(slots.map((slot) => slot.stop()))
  }

  async drain(
    app: FunctionApp,
    inputs: Readonly<Record<string, string>> = {},
    twist: Parameters<Scene['run']>[2] = {},
  ): Promise<TaskRun> {
    const quick = { pollIntervalInSeconds: '1', quietPeriodInSeconds: '2', timeoutInMinutes: '1' }
    const run = await this.scene.run('DrainFunctionApp', { appName: app.name, ...quick, ...inputs }, twist)
    assertEndsWell(run)
    return run
  }

  /** How many instances a hub has. */
  async instances(hub: string): Promise<number> {
    const { connectionString } = this.scene.azure.storage.account()
    const table = openStorage(connectionString).table(`${hub}Instances`)
    let count = 0
    for await (const page of table.listEntities().byPage()) count += page.length
    return count
  }

  #content(name: string, more: string): string {
    const place = join(this.#folder, name)
    mkdirSync(place, { recursive: true })
    const hostJson = { version: '2.0', extensions: { durableTask: { hubName: '%TaskHubName%' } } }
    writeFileSync(join(place, 'host.json'), JSON.stringify(hostJson))
    writeFileSync(join(place, 'package.json'), '{ "version": "1.0.0" }')
    writeFileSync(join(place, 'functions.mjs'), `${code}${more}`)
    return place
  }
}
