import assert from 'node:assert/strict'
import { Refusal } from '../../../core/failures.ts'
import { drainFunctionApp } from '../../../tasks/DrainFunctionApp/run.ts'
import type { DrainWanted } from '../../../tasks/DrainFunctionApp/wanted.ts'
import { app } from '../../support/app.ts'
import { drain, shopOf, wanted } from './drain-scene.ts'
import { FakeAppMode } from './fake-app-mode.ts'

function open(azure = shopOf()) {
  const told = drain(azure)
  const appMode = new FakeAppMode(azure.calls, told.clock)
  const run = (twist: Partial<DrainWanted>) => drainFunctionApp(wanted(twist), { ...told.deps, appMode }, told.signal)
  return { ...told, appMode, run }
}

describe('the story of a status', () => {
  it('tells which functions start work, are disabled and are fenced, and the App Mode; changes nothing', async () => {
    const { azure, run, appMode } = open()
    await run({ action: 'fence' })
    const made = azure.mutations.length

    const report = await run({ action: 'status' })

    assert.equal(azure.mutations.length, made)
    assert.match(
      report.message,
      /Slot 'staging' has 6 functions, of which 3 start work and 2 are fenced. App Mode: Normal/,
    )
    assert.deepEqual(JSON.parse(report.outputs['fencedFunctions'] ?? ''), ['Nightly', 'OnOrder'])
    assert.deepEqual([report.outputs['appMode'], report.outputs['inProgressCount']], ['Normal', '0'])
    assert.match(report.summary, /\| Nightly \| timerTrigger \| yes \| yes \| yes \|/)
    assert.match(report.summary, /\| Start \| httpTrigger \| yes \| no \| no \|/)
    assert.match(report.summary, /\| Order \| orchestrationTrigger \| no \| no \| no \|/)
    assert.equal(appMode.opened.length, 1)
  })

  it('succeeds for an app without App Mode', async () => {
    const { run, appMode } = open()
    appMode.answers('mode', { kind: 'refused', because: 'GET mode was answered with 404', remedy: '' })

    const report = await run({ action: 'status' })

    assert.equal(report.result, 'succeeded')
    assert.match(report.message, /App Mode: not known \(GET mode was answered with 404\)/)
    assert.equal(report.outputs['appMode'], 'unknown')
  })

  it('tells what Azure lists where the host cannot be asked', async () => {
    const azure = shopOf()
    azure.functions.deploy('staging', { Odd: '' }).goesDown('Azure answered 403')
    const { run, log } = open(azure)

    const report = await run({ action: 'status' })

    assert.match(log.warnings.join(' '), /does not say what it runs \(Azure answered 403\)/)
    assert.match(report.summary, /\| Odd \| not known \| not known \| no \| no \|/)
  })

  it('says that the fence is not known where the settings cannot be read', async () => {
    const { run, log } = open(shopOf(app().slot('staging', { unreadable: 'no role' })))

    const report = await run({ action: 'status' })

    assert.match(log.warnings.join(' '), /What a fence did is not known/)
    assert.match(report.summary, /\| Nightly \| timerTrigger \| yes \| no \| not known \|/)
  })

  it('says that the App Mode is not known of a slot that is stopped', async () => {
    const { run } = open(shopOf(app().slot('staging', { state: 'Stopped' })))

    assert.match((await run({ action: 'status' })).message, /App Mode: not known \(Slot 'staging' is stopped/)
  })

  it('refuses a slot that is not there', async () => {
    await assert.rejects(open().run({ action: 'status', slotName: 'blue' as never }), Refusal)
  })
})

describe('DrainFunctionApp', () => {
  it('does what its action says', async () => {
    const { azure, run } = open()

    assert.match((await run({ action: 'fence' })).message, /fenced/)
    assert.match((await run({ action: 'release' })).message, /released/)
    assert.equal((await run({ action: 'signal' })).outputs['appMode'], 'SafeToStop')
    assert.equal((await run({ action: 'resume' })).outputs['appMode'], 'Normal')
    assert.deepEqual([...new Set(azure.mutations)], ['writeStickyNames', 'writeSettings staging', 'prepare', 'resume'])
  })
})
