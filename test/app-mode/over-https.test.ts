import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppMode } from '../../app-mode/src/index.ts'
import { createAppMode } from '../../app-mode/src/index.ts'
import { systemClock } from '../../core/azure/clock.ts'
import { appModeEndpoint } from '../../core/azure/host/app-mode.ts'
import { httpClient } from '../../core/azure/http/client.ts'
import { Cancelled, Refusal } from '../../core/failures.ts'
import type { SlotName } from '../../core/function-app/picture.ts'
import { resumeApp } from '../../tasks/DrainFunctionApp/resume.ts'
import type { SignalWanted } from '../../tasks/DrainFunctionApp/signal-wanted.ts'
import { signalApp } from '../../tasks/DrainFunctionApp/signal.ts'
import { app as builder } from '../support/app.ts'
import { FakeAzure } from '../support/fake-azure.ts'
import { shop, story } from '../tasks/story.ts'
import { hold } from './held.ts'
import { key, serve } from './served.ts'

const wanted: SignalWanted = {
  ...shop,
  slotName: 'production' as SlotName,
  appModePath: '/api/app-mode',
  dryRun: false,
  holdSeconds: 600,
  timeoutMs: 20_000,
  pollMs: 20,
}

describe('the task and the module, over HTTPS', () => {
  let apps: AppMode[] = []
  let next = 0
  let server: Awaited<ReturnType<typeof serve>>
  let directory = ''

  before(async () => {
    // As a load balancer does: each request reaches another process.
    server = await serve(() => {
      const app = apps[next++ % apps.length]
      assert.ok(app)
      return app
    })
  })
  after(() => server.close())
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'app-mode-'))
    server.paths.length = 0
  })
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()))
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  })

  function open(count: number, { shared = true, given = key }: { shared?: boolean; given?: string } = {}) {
    const rhythm = { beatMs: 100, preparingBeatMs: 20, deadAfterMs: 5_000 }
    apps = Array.from({ length: count }, () => createAppMode(shared ? { directory, ...rhythm } : {}))
    const { deps, abort, log } = story(new FakeAzure(builder()))
    const http = httpClient(server.transport)
    const real = {
      ...deps,
      clock: systemClock,
      appMode: {
        open: ({ path, key: used }: { path: string; key?: string }) =>
          appModeEndpoint(http, { hostName: server.host, path, ...(used !== undefined && { key: used }) }),
        instances: () => Promise.resolve(count),
        defaultHostKey: () => Promise.resolve(given),
      },
    }
    const signal = async (twist: Partial<SignalWanted> = {}) =>
      await signalApp({ ...wanted, ...twist }, real, abort.signal)
    return { abort, log, signal, resume: async () => await resumeApp(wanted, real, abort.signal) }
  }

  const first = (): AppMode => {
    const [app] = apps
    assert.ok(app)
    return app
  }

  it('wait for what three processes have in progress, whichever of them answers', async () => {
    const { signal, log } = open(3)
    const all = await Promise.all(apps.map((app) => hold(app)))
    const done = signal()
    await Promise.all(
      all.map(async (held) => {
        await new Promise((resolve) => held.item.signal.addEventListener('abort', resolve))
        held.end()
      }),
    )
    const report = await done
    assert.equal(report.result, 'succeeded', report.message)
    assert.match(report.message, /all 3 processes began nothing new/)
    for (const app of apps) assert.equal((await app.mode()).mode, 'SafeToStop')
    assert.doesNotMatch([...server.paths, ...log.lines, report.message].join(), new RegExp(key))
  })

  it('go on over replies that are lost', async () => {
    const { signal, resume } = open(1, { shared: false })
    server.cutNext(3)
    const report = await signal()
    assert.equal(report.result, 'succeeded', report.message)
    server.cutNext(2)
    assert.equal((await resume()).result, 'succeeded')
    assert.equal((await first().mode()).mode, 'Normal')
  })

  it('refuse a wrong key at once, and a wrong path', async () => {
    const { signal } = open(1, { shared: false, given: 'wrong' })
    await assert.rejects(
      signal(),
      (error) => error instanceof Refusal && /key is not accepted.*appModeKey/.test(error.message),
    )
    await assert.rejects(signal({ appModeKey: key, appModePath: '/api/app-mode/mode/x?' }), Refusal)
    assert.equal((await first().mode()).mode, 'Normal')
  })

  it('refuse three processes of which each speaks for itself', async () => {
    await assert.rejects(open(3, { shared: false }).signal(), /speaks for one process alone/)
  })

  it('return to Normal when the time is up', async () => {
    const { signal } = open(2)
    const held = await hold(first())
    const report = await signal({ timeoutMs: 300 })
    assert.match(report.message, /not safe to stop after .*1 item in progress.*was returned to Normal\.$/)
    assert.equal((await first().mode()).mode, 'Normal')
    held.end()
  })

  it('return to Normal when the run is cancelled, within its time', async () => {
    const { signal, abort } = open(2)
    const held = await hold(first())
    const done = signal()
    await new Promise((resolve) => held.item.signal.addEventListener('abort', resolve))
    const cancelled = performance.now()
    abort.abort()
    await assert.rejects(done, (error) => error instanceof Cancelled && /was returned to Normal\.$/.test(error.message))
    assert.ok(performance.now() - cancelled < 7_000)
    assert.equal((await first().mode()).mode, 'Normal')
    held.end()
  })

  it('wait in vain for an instance that does not share the directory', async () => {
    const { signal } = open(3)
    await apps[2]?.close()
    apps = apps.slice(0, 2)
    const report = await signal({ timeoutMs: 500 })
    assert.equal(report.result, 'failed')
    assert.match(report.message, /3 instances listed, but 2 processes in its directory/)
  })
})
