import assert from 'node:assert/strict'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { ask } from '../emulator/support/request.ts'
import { assertRefused, warningsOf } from './endings.ts'
import { DrainScene } from './drain-scene.ts'
import { settingsOf, writesOf } from './rotate-scene.ts'

const nightly = 'AzureWebJobs.Nightly.Disabled'
const journal = 'DurableSafeDeployment.Fenced.Nightly'
const mark = `DurableSafeDeployment.FencedSticky.${nightly}`
const yes = 'true'

describe('DrainFunctionApp, from the package', function () {
  this.timeout(90_000)
  let scene: DrainScene
  before(async () => (scene = await DrainScene.start()))
  afterEach(async () => await scene.rest())
  after(async () => await scene.stop())

  /** How many instances begin in a hub in so much time. */
  async function begunIn(hub: string, ms: number): Promise<number> {
    const before = await scene.instances(hub)
    await new Promise((resolve) => setTimeout(resolve, ms))
    return (await scene.instances(hub)) - before
  }

  async function swap(app: FunctionApp): Promise<void> {
    const inputs = { appName: app.name, taskHubName: `${app.name}new`, settleInSeconds: '0' }
    const run = await scene.scene.run('SlotSwap', inputs)
    assert.equal(run.result, 'Succeeded', run.log)
  }

  it('keeps the old version from starting work once it is swapped out, and lets the new one', async () => {
    const app = await scene.app()

    const run = await scene.drain(app)

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(warningsOf(run), [])
    assert.deepEqual(run.outputs, {
      fencedFunctions: '["Nightly"]',
      releasedFunctions: '[]',
      appMode: '',
      inProgressCount: '',
      createdAfterFence: '0',
    })
    assert.equal(app.slot('staging').settings[nightly], yes)
    assert.deepEqual(app.stickySettings, [nightly, mark, journal])
    assert.equal(await begunIn(`${app.name}new`, 1_000), 0)
    assert.ok((await begunIn(`${app.name}old`, 1_000)) > 2)

    await swap(app)

    assert.equal(app.slot().settings[nightly], undefined)
    assert.equal(app.slot('staging').settings[nightly], yes)
    assert.equal(app.slot('staging').settings['TaskHubName'], `${app.name}old`)
    await app.slot('staging').ready()
    assert.equal(await begunIn(`${app.name}old`, 1_500), 0)
    assert.ok((await begunIn(`${app.name}new`, 1_500)) > 2)
  })

  it('takes the fence back and leaves no trace', async () => {
    const app = await scene.app({ stickySettings: ['Colour'] })
    app.otherStickyNames = { connectionStringNames: ['Db'], azureStorageConfigNames: null }
    const before = settingsOf(app)
    await scene.drain(app, { quietPeriodInSeconds: '0' })

    const run = await scene.drain(app, { action: 'release' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.equal(run.outputs['releasedFunctions'], '["Nightly"]')
    assert.deepEqual(settingsOf(app), before)
    assert.deepEqual(app.otherStickyNames, { connectionStringNames: ['Db'], azureStorageConfigNames: null })
    assert.ok((await begunIn(`${app.name}new`, 1_500)) > 2)

    const again = await scene.drain(app, { action: 'release' })
    assert.equal(again.message, "Nothing of slot 'staging' is fenced; nothing was changed.")
  })

  it('changes nothing in a dry run, nor where all is done', async () => {
    const app = await scene.app()
    const before = settingsOf(app)

    const dry = await scene.drain(app, { dryRun: 'true' })
    assert.equal(dry.message, "Dry run: 1 function of slot 'staging' would be fenced: 'Nightly'. Nothing was changed.")
    assert.deepEqual(settingsOf(app), before)

    await scene.drain(app, { quietPeriodInSeconds: '0' })
    const writes = writesOf(scene.scene, app)
    const again = await scene.drain(app)
    assert.equal(again.result, 'Succeeded', again.log)
    assert.equal(writesOf(scene.scene, app), writes)
  })

  it('fails and names what begins all the same', async () => {
    const app = await scene.app()
    const hub = await scene.scene.hub(`${app.name}new`)
    const listening = setInterval(() => void hub.running({ name: 'Other' }), 300)

    try {
      const run = await scene.drain(app, { includeHttp: 'true', quietPeriodInSeconds: '3' })

      assertRefused(
        run,
        /2 functions of slot 'staging' fenced, but \d+ new instances \('.*' \(Other\)/,
        /Something else starts them/,
      )
      assert.ok(Number(run.outputs['createdAfterFence']) > 0)
      assert.equal(app.slot('staging').settings[nightly], yes)
    } finally {
      clearInterval(listening)
    }
  })

  it('warns where HTTP functions were left open and begin work', async () => {
    const app = await scene.app()
    const { hostName } = app.slot('staging')
    const start = () =>
      ask(scene.scene.azure, `https://${hostName}/api/start`, { method: 'POST' }).catch(() => undefined)
    const listening = setInterval(() => void start(), 300)

    try {
      const run = await scene.drain(app, { quietPeriodInSeconds: '3' })

      assert.equal(run.result, 'SucceededWithIssues', run.log)
      assert.match(warningsOf(run).join(' '), /HTTP functions still start work: 'Start'\. Set includeHttp to true/)
    } finally {
      clearInterval(listening)
    }
  })

  it('refuses a name that starts work in one slot and is an orchestrator in the other', async () => {
    const app = await scene.app({}, 'orchestrators.nightly = function* () {}\ndelete starters.Nightly\n')

    assertRefused(
      await scene.drain(app),
      /Function 'Nightly' starts work in slot 'production' and has a 'orchestrationTrigger' in slot 'staging'/,
    )
    assert.equal(writesOf(scene.scene, app), 0)
  })

  it('refuses a setting that the swap would take along', async () => {
    const app = await scene.app({ settings: { production: { [nightly]: 'True' }, staging: {} } })

    assertRefused(
      await scene.drain(app),
      /'AzureWebJobs\.Nightly\.Disabled' of slot 'production' disables function 'Nightly'/,
    )
    assert.equal(writesOf(scene.scene, app), 0)
  })

  it('refuses what Linux takes no setting for', async () => {
    const more = "starters['on-order'] = { type: 'timer', everyMs: 60000, run: () => {} }\n"
    const app = await scene.app({ kind: 'functionapp,linux' }, more)

    assertRefused(await scene.drain(app), /Function 'on-order' cannot be disabled on this app: on Linux/)
    assert.equal(writesOf(scene.scene, app), 0)
  })

  for (const [what, path, when] of [
    ['the names is lost, with effect', '/config/slotConfigNames', 'after'],
    ['the settings is lost, with effect', '/slots/staging/config/appsettings', 'after'],
    ['the settings is lost, without effect', '/slots/staging/config/appsettings', 'before'],
  ] as const) {
    it(`goes on where the answer to writing ${what}`, async () => {
      const app = await scene.app()
      scene.scene.azure.faults.add({
        service: 'arm',
        method: 'PUT',
        path: new RegExp(`/sites/${app.name}${path}\\?`, 'i'),
        times: 1,
        when,
        action: { kind: 'reset' },
      })

      const run = await scene.drain(app, { quietPeriodInSeconds: '0' })

      assert.equal(run.result, 'Succeeded', run.log)
      assert.equal(app.slot('staging').settings[nightly], yes)
      assert.deepEqual(app.stickySettings, [nightly, mark, journal])
      assert.match(warningsOf(run).join(' '), /The answer to the change of settings was lost/)
    })
  }

  it('tells how things stand', async () => {
    const app = await scene.app()
    await scene.drain(app, { quietPeriodInSeconds: '0' })

    const run = await scene.drain(app, { action: 'status' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(
      run.message,
      /Slot 'staging' has 4 functions, of which 2 start work and 1 are fenced\. App Mode: not known/,
    )
    const summary = run.attachments[0]?.text ?? ''
    assert.match(summary, /\| Nightly \| timerTrigger \| yes \| yes \| yes \|/)
    assert.match(summary, /\| Order \| orchestrationTrigger \| no \| no \| no \|/)
  })
})
