// The pipelines of examples/drain-*.yml, as they are, with the packaged tasks, on apps whose processes a swap really ends.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { build } from 'esbuild'
import { zipSync } from 'fflate'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { separateHosts } from '../../emulator/host/separate/separate-host.ts'
import { readPipeline } from '../../pipeline-runner/read-pipeline.ts'
import type { PipelineRun } from '../../pipeline-runner/pipeline-run.ts'
import { openStorage } from '../../emulator/durable/storage.ts'
import { Scene } from './scene.ts'

const root = join(import.meta.dirname, '..', '..')
/** Long enough that a swap which does not wait for it cuts it off. */
const workMs = 1_500

const code = (diary: string, more: string) => `
import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { createAppMode } from ${JSON.stringify(join(root, 'app-mode/src/index.ts'))}
const appMode = createAppMode()
const note = (text) => appendFileSync(${JSON.stringify(diary)}, text + '\\n')
let count = 0
${more}
export const starters = {
  Long: {
    type: 'timer', everyMs: 200,
    run: (client, context) => appMode.run('Long', async () => {
      const item = context.appVersion + ' ' + crypto.randomUUID()
      note('begin ' + item)
      await delay(${workMs})
      note('end ' + item)
    }),
  },
  ...(typeof Begin === 'undefined' ? {} : { Begin }),
  Mode: {
    type: 'http', route: 'app-mode/{route}', authLevel: 'function',
    run: ({ method, path, body }) => appMode.handle({ method, url: path, text: async () => body.toString('utf8') }),
  },
}
`
const durable = `
export const orchestrators = {
  *Order(context) {
    const first = yield context.callActivity('Step')
    const second = yield context.callActivity('Step')
    return [first, second]
  },
}
export const activities = { Step: async (input, context) => { await delay(200); return context.appVersion } }
const Begin = { type: 'timer', everyMs: 400, run: (client) => client.startNew('Order') }
`

/** What an app has noted of its work: everything that it began, and what of it never ended. */
function diaryOf(file: string): { readonly begun: readonly string[]; readonly cutOff: readonly string[] } {
  const lines = readFileSync(file, 'utf8').split('\n')
  const of = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
  const ended = of('end')
  return { begun: of('begin'), cutOff: of('begin').filter((item) => !ended.includes(item)) }
}

describe('The examples that drain', function () {
  this.timeout(240_000)
  let scene: Scene
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'drain-pipelines-'))
    scene = await Scene.start({ startHost: separateHosts({ graceMs: 100 }), leaseSeconds: 3 })
  })
  after(async () => {
    await scene.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function pack(version: string, diary: string, more: string): Promise<string> {
    const { outputFiles } = await build({
      stdin: { contents: code(diary, more), resolveDir: root, loader: 'js' },
      ...{ bundle: true, write: false, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' },
    })
    const bytes = (text: string) => new TextEncoder().encode(text)
    // What a worker had in hand when it was killed comes back after this; five minutes where host.json does not say.
    const soon = { controlQueueVisibilityTimeout: '00:00:05', workItemQueueVisibilityTimeout: '00:00:05' }
    const durableTask = { hubName: '%TaskHubName%', storageProvider: soon }
    const hostJson = { version: '2.0', extensions: { durableTask } }
    const zip = join(folder, `${version}-${crypto.randomUUID()}.zip`)
    const files = {
      'functions.mjs': bytes(outputFiles.map(({ text }) => text).join('')),
      'host.json': bytes(JSON.stringify(hostJson)),
      'package.json': bytes(JSON.stringify({ version })),
    }
    writeFileSync(zip, zipSync(files))
    return zip
  }

  /** An app with a version in each slot, of which staging's has begun no orchestration; and fenced, as deployments leave it. */
  async function serving(name: string, more: string): Promise<{ app: FunctionApp; diary: string }> {
    const diary = join(folder, `${name}.txt`)
    const app = await scene.app({
      ...{ name, content: { production: await pack('1', diary, more), staging: await pack('0', diary, '') } },
    })
    await Promise.all(app.slots.map((slot) => slot.ready()))
    const { result, message } = await scene.run('DrainFunctionApp', { appName: name, quietPeriodInSeconds: '0' })
    assert.equal(result, 'Succeeded', message)
    writeFileSync(diary, '')
    return { app, diary }
  }

  async function deploy(example: string, app: FunctionApp, zip: string, build: string): Promise<PipelineRun> {
    const text = readFileSync(join(root, 'examples', example), 'utf8')
    return await scene.pipeline(readPipeline(text), {
      ...{ azureSubscription: scene.connection.name, appName: app.name, resourceGroupName: 'shop-rg', package: zip },
      ...{ pollIntervalInSeconds: '1', quietPeriodInSeconds: '2', settleInSeconds: '1', drainTimeoutInMinutes: '2' },
      ...{ 'Build.BuildId': build, 'Build.BuildNumber': build },
    })
  }

  function assertDone(run: PipelineRun): void {
    const told = run.stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps))
    const log = told.map(({ displayName, result, task }) => `${displayName}: ${result}\n${task?.log ?? ''}`)
    assert.equal(run.result, 'Succeeded', log.join('\n'))
  }

  it('let long-running functions end before the swap, and the old version begin nothing after it', async () => {
    const { app, diary } = await serving('longrun', '')

    assertDone(await deploy('drain-long-running-functions.yml', app, await pack('2', diary, ''), '7'))

    assert.equal(app.slot().settings['TaskHubName'], 'build7')
    await begunBy(diary, '2')
    const { begun, cutOff } = diaryOf(diary)
    assert.ok(begun.some((item) => item.startsWith('1 ')))
    assert.deepEqual(
      cutOff.filter((item) => item.startsWith('1 ')),
      [],
    )
    assert.equal(app.slot('staging').settings['AzureWebJobs.Long.Disabled'], 'true')
    assert.equal(app.slot().settings['AzureWebJobs.Long.Disabled'], undefined)
  })

  it('do both for an app that has orchestrations too, twice in a row', async () => {
    const { app, diary } = await serving('mixed', durable)

    for (const version of ['2', '3']) {
      assertDone(await deploy('drain-mixed-app.yml', app, await pack(version, diary, durable), version))
      await begunBy(diary, version)
    }

    const { cutOff } = diaryOf(diary)
    assert.deepEqual(
      cutOff.filter((item) => !item.startsWith('3 ')),
      [],
    )
    const hubs = ['mixed2', 'mixed3']
    assert.deepEqual([app.slot('staging').settings['TaskHubName'], app.slot().settings['TaskHubName']], hubs)
    for (const [version, hub] of [
      ['2', 'mixed2'],
      ['3', 'mixed3'],
    ] as const) {
      for (const { status, output } of await orchestrationsOf(hub)) {
        if (status === 'Completed') assert.deepEqual(output, [version, version])
        else assert.match(status, /Pending|Running/)
      }
    }
  })

  it('keep the old version of a durable app from beginning anything after the swap', async () => {
    const { app, diary } = await serving('durable', durable)

    assertDone(await deploy('drain-durable-app.yml', app, await pack('2', diary, durable), '2'))

    for (const name of ['Begin', 'Long']) {
      assert.equal(app.slot('staging').settings[`AzureWebJobs.${name}.Disabled`], 'true')
    }
    const before = await drained('durableold')
    assert.ok(before.length > 0)
    assert.deepEqual([...new Set(before.map(({ status }) => status))], ['Completed'])
  })

  type Orchestration = { readonly status: string; readonly output: unknown }

  async function orchestrationsOf(hub: string): Promise<readonly Orchestration[]> {
    const table = openStorage(scene.azure.storage.account().connectionString).table(`${hub}Instances`)
    const found: Orchestration[] = []
    for await (const { RuntimeStatus, Output } of table.listEntities<{ RuntimeStatus?: string; Output?: string }>()) {
      found.push({ status: RuntimeStatus ?? '', output: JSON.parse(Output ?? 'null') })
    }
    return found
  }

  /** All of a hub once nothing of it runs any more. */
  async function drained(hub: string): Promise<readonly Orchestration[]> {
    const until = Date.now() + 60_000
    for (;;) {
      const all = await orchestrationsOf(hub)
      if (all.every(({ status }) => status !== 'Pending' && status !== 'Running')) return all
      assert.ok(Date.now() < until, `hub '${hub}' has not drained in a minute`)
      await delay(100)
    }
  }

  async function begunBy(diary: string, version: string): Promise<void> {
    const until = Date.now() + 60_000
    while (!diaryOf(diary).begun.some((item) => item.startsWith(`${version} `))) {
      assert.ok(Date.now() < until, `version ${version} has begun nothing for a minute`)
      await delay(50)
    }
  }
})
