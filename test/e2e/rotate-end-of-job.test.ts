import assert from 'node:assert/strict'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { assertEndsWell, warningsOf } from './endings.ts'
import type { Job } from './job-scene.ts'
import { failsAfter, lockOf, runJob, taskStep } from './job-scene.ts'
import { putRecord, recordOf } from './rotate-scene.ts'
import { Scene } from './scene.ts'
import { SwapApp } from './swap-scene.ts'

const fails = '- script: exit 1\n  displayName: Deploy to staging\n'

/** The one step at the end of the job, which succeeded and ended well whatever became of the job. */
function endOf({ end, steps }: Job): string {
  assert.ok(end?.task, steps.map(({ displayName }) => displayName).join())
  assert.equal(end.result, 'Succeeded', end.task.log)
  assertEndsWell(end.task)
  assert.deepEqual(end.task.outputs, {})
  return end.message
}

const results = ({ steps }: Job): string[] => steps.map(({ result }) => result)

describe('The end of a job with RotateTaskHub, from the package', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start({ timing: { stepMs: 20 } })))
  after(async () => await scene.stop())

  const rotate = (app: FunctionApp, inputs = {}, more = {}): string =>
    taskStep(scene, 'RotateTaskHub', { appName: app.name, requireIdle: 'false', ...inputs }, more)

  /** Another run can deploy now. */
  async function assertFree(app: FunctionApp, id: number): Promise<void> {
    assert.equal(await lockOf(scene, app.name), undefined)
    const next = await runJob(scene, id, `steps:\n${rotate(app)}`)
    assert.equal(next.result, 'Succeeded', next.steps[0]?.task?.log)
    assert.equal(app.slot('staging').settings['TaskHubName'], `${app.name}${id}`)
  }

  it('gives the lock back where a later step failed, and the next run can deploy', async () => {
    const app = await scene.app()

    const job = await runJob(scene, 101, `steps:\n${rotate(app)}${fails}`)

    assert.deepEqual(results(job), ['Succeeded', 'Failed', 'Succeeded'])
    assert.match(endOf(job), /^The deployment lock of 'shop\d+x' was given back, because the job failed\.$/)
    assert.deepEqual(job.end?.task && warningsOf(job.end.task), [])
    await assertFree(app, 102)
  })

  it('keeps the lock where the job succeeded, for a SlotSwap of the same run, and says until when', async () => {
    const shop = await SwapApp.start(scene)
    const { app } = shop

    const job = await runJob(scene, 201, `steps:\n${rotate(app)}`)

    const lock = await lockOf(scene, app.name)
    assert.equal(lock?.holder.run, '2026.201')
    assert.ok(endOf(job).includes(lock.until), endOf(job))
    assert.match(endOf(job), /SlotSwap/)

    const rival = await runJob(scene, 202, `steps:\n${rotate(app)}`)
    assert.equal(rival.result, 'Failed')
    assert.match(rival.steps[0]?.message ?? '', /is held by run '2026\.201'/)
    assert.equal((await lockOf(scene, app.name))?.holder.run, '2026.201')

    const inputs = { appName: app.name, taskHubName: `${app.name}201`, settleInSeconds: '0' }
    const swap = await runJob(scene, 201, `steps:\n${taskStep(scene, 'SlotSwap', inputs)}`)
    assert.equal(swap.result, 'Succeeded', swap.steps[0]?.task?.log)
    await assertFree(app, 203)
  })

  it('has nothing left to give back where SlotSwap did it in the same job', async () => {
    const shop = await SwapApp.start(scene)
    const { app } = shop
    const swap = taskStep(scene, 'SlotSwap', { appName: app.name, settleInSeconds: '0' })

    const job = await runJob(scene, 301, `steps:\n${rotate(app)}${swap}`)

    assert.deepEqual(results(job), ['Succeeded', 'Succeeded', 'Succeeded'], job.steps[1]?.task?.log)
    assert.equal(endOf(job), '')
    await assertFree(app, 302)
  })

  it('gives the lock back within seconds where the job was cancelled after the rotation', async () => {
    const app = await scene.app()
    const cancel = new AbortController()

    const job = await runJob(scene, 401, `steps:\n${rotate(app)}- script: echo deploying && exec sleep 60\n`, {
      signal: cancel.signal,
      onEvent: (event) => {
        if (event.kind === 'line' && event.line === 'deploying') cancel.abort()
      },
    })

    assert.deepEqual(results(job), ['Succeeded', 'Canceled', 'Succeeded'])
    assert.equal(job.result, 'Canceled')
    assert.match(endOf(job), / was given back, because the job was cancelled\.$/)
    assert.ok((job.end?.durationMs ?? Infinity) < 12_000)
    await assertFree(app, 402)
  })

  const withoutLock: [what: string, steps: (app: FunctionApp) => string][] = [
    ['was skipped', (app) => `${fails}${rotate(app)}`],
    ['only printed its plan', (app) => `${rotate(app, { dryRun: 'true' })}${fails}`],
    ['took no lock', (app) => `${rotate(app, { lock: 'false' })}${fails}`],
  ]
  for (const [what, steps] of withoutLock) {
    it(`does nothing, not even sign in, where RotateTaskHub ${what}`, async () => {
      const app = await scene.app()
      let before = -1
      const job = await runJob(scene, 501, `steps:\n${steps(app)}`, {
        onEvent: (event) => {
          if (event.kind === 'step' && event.displayName.startsWith('Post-job')) before = scene.azure.requests.count()
        },
      })
      assert.equal(job.result, 'Failed')
      assert.equal(endOf(job), '')
      assert.equal(scene.azure.requests.count(), before)
      assert.deepEqual(job.end?.task && warningsOf(job.end.task), [])
    })
  }

  it('has nothing to give back where RotateTaskHub was refused before it took the lock', async () => {
    const app = await scene.app()
    const job = await runJob(scene, 502, `steps:\n${rotate(app, { slotName: 'elsewhere' })}`)
    assert.equal(job.result, 'Failed')
    assert.equal(endOf(job), '')
    assert.deepEqual(job.end?.task && warningsOf(job.end.task), [])
  })

  /** A job that fails after something has happened to the lock. */
  async function failing(id: number, app: FunctionApp, act: () => Promise<void>): Promise<Job> {
    const { step, stop } = await failsAfter(act)
    try {
      const job = await runJob(scene, id, `steps:\n${rotate(app)}${step}`)
      assert.deepEqual(results(job), ['Succeeded', 'Failed', 'Succeeded'], job.steps[1]?.task?.log)
      return job
    } finally {
      await stop()
    }
  }

  /** Enters something in the lock as it lies in storage. */
  async function changeLock(app: FunctionApp, change: object): Promise<void> {
    const record = await recordOf(scene, app.name)
    assert.ok(record && 'lock' in record)
    await putRecord(scene, app.name, JSON.stringify({ ...record, lock: { ...(record.lock as object), ...change } }))
  }

  it('leaves the lock to a run that took it over', async () => {
    const app = await scene.app()
    const other = { id: 'other/run', run: '2026.999', project: 'shop', link: '' }

    const job = await failing(601, app, async () => await changeLock(app, { holder: other, claim: 'other' }))

    assert.equal((await lockOf(scene, app.name))?.holder.run, '2026.999')
    assert.equal(endOf(job), '')
  })

  it('leaves the lock where a change may be under way, and says until when and how to give it back', async () => {
    const app = await scene.app()
    const changing = { what: "swap slot 'staging' with slot 'production'", at: '2026-01-01T00:00:00.000Z' }

    const job = await failing(701, app, async () => await changeLock(app, { changing }))

    const lock = await lockOf(scene, app.name)
    assert.equal(lock?.holder.run, '2026.701')
    assert.equal(endOf(job), '')
    const [warning = '', ...more] = job.end?.task ? warningsOf(job.end.task) : []
    assert.deepEqual(more, [])
    assert.match(warning, /about to swap slot 'staging' with slot 'production', and that may be under way.*release/)
    assert.ok(warning.includes(`stays until ${lock.until}`), warning)
  })

  it('is a warning, and no failure, where the storage account cannot be reached any more', async () => {
    const front = (await scene.azure.storage.front()).account()
    const throughFront = { AzureWebJobsStorage: front.connectionString }
    const app = await scene.app({ settings: { production: throughFront, staging: throughFront } })
    let closed: { remove(): void } | undefined
    const job = await failing(801, app, async () => {
      const path = new RegExp(`/${app.name}\\.json`)
      closed = scene.azure.faults.add({ service: 'storage', path, action: { kind: 'status', status: 403 } })
      await Promise.resolve()
    })
    closed?.remove()

    endOf(job)
    const [warning = '', ...more] = job.end?.task ? warningsOf(job.end.task) : []
    assert.deepEqual(more, [])
    assert.match(warning, /^What becomes of the deployment lock .*shop\d+x\.json/)
    assert.match(warning, /release/)
    assert.equal((await lockOf(scene, app.name))?.holder.run, '2026.801')
  })
})
