import assert from 'node:assert/strict'
import { Refusal } from '../../../core/failures.ts'
import { app } from '../../support/app.ts'
import { lostReply } from '../story.ts'
import { drain, functions, picture, production, settingsOf, shopOf, stateOf } from './drain-scene.ts'

const nightly = 'AzureWebJobs.Nightly.Disabled'
const underscored = 'AzureWebJobs_OnOrder_Disabled'
const journal = 'DurableSafeDeployment.Fenced.Nightly'

describe('the story of a release', () => {
  it('leaves everything as it was before the fence', async () => {
    const azure = shopOf(
      app()
        .slot('staging', { settings: { [nightly]: 'False', [underscored]: '', Colour: 'blue' } })
        .slot('production', { settings: { [nightly]: '0' } })
        .sticky('Colour'),
    )
    const before = stateOf(azure)
    const { fence, release } = drain(azure)
    await fence()
    assert.equal(settingsOf(azure)[nightly], 'true')
    assert.equal(settingsOf(azure)[underscored], 'true')

    const report = await release()

    assert.equal(stateOf(azure), before)
    assert.equal(report.result, 'succeeded')
    assert.deepEqual(JSON.parse(report.outputs['releasedFunctions'] ?? ''), ['Nightly', 'OnOrder'])
    assert.match(report.message, /2 functions of slot 'staging' released; they are seen enabled again/)
  })

  it('takes the settings back before the names', async () => {
    const { azure, fence, release } = drain()
    await fence()

    await release()

    assert.deepEqual(azure.mutations.slice(2), ['writeSettings staging', 'writeStickyNames'])
  })

  it('leaves alone what the user had disabled', async () => {
    const azure = shopOf(
      app()
        .slot('staging', { settings: { [nightly]: 'true' } })
        .sticky(nightly),
    )
    const before = stateOf(azure)
    const { fence, release } = drain(azure)

    const fenced = await fence()
    const released = await release()

    assert.deepEqual(JSON.parse(fenced.outputs['fencedFunctions'] ?? ''), ['OnOrder'])
    assert.deepEqual(JSON.parse(released.outputs['releasedFunctions'] ?? ''), ['OnOrder'])
    assert.equal(stateOf(azure), before)
  })

  it('keeps a name that was a deployment slot setting before', async () => {
    const azure = shopOf(app().sticky(nightly))
    const before = stateOf(azure)
    const { fence, release } = drain(azure)
    await fence()

    await release()

    assert.equal(stateOf(azure), before)
  })

  it('changes nothing where nothing is fenced, and says so', async () => {
    const { azure, release } = drain()

    const report = await release()

    assert.equal(report.result, 'succeeded')
    assert.match(report.message, /Nothing of slot 'staging' is fenced; nothing was changed/)
    assert.deepEqual(azure.mutations, [])
  })

  it('works after a swap, on the slot that the fence stayed with', async () => {
    const { azure, fence, release, deps, signal } = drain()
    await fence()
    const swap = { source: picture(azure).slots[1]?.name ?? production, target: production, preserveVnet: false }
    await azure.apps.requestSwap(picture(azure).app, swap, signal)
    for (let reading = 0; reading < 3; reading++) await deps.azure.apps.look(picture(azure).app, signal)

    const report = await release()

    assert.deepEqual(JSON.parse(report.outputs['releasedFunctions'] ?? ''), ['Nightly', 'OnOrder'])
    assert.equal(settingsOf(azure)['TaskHubName'], 'shop100')
    assert.deepEqual(picture(azure).stickySettings, [])
    assert.deepEqual(Object.keys(settingsOf(azure)).sort(), ['AzureWebJobsStorage', 'TaskHubName'])
  })

  it('keeps the names while another slot is fenced, and takes them back with the last one', async () => {
    const azure = shopOf(app().slot('beta', { hub: 'shop55' })).hub('shop55')
    azure.functions.deploy('beta', functions)
    const before = stateOf(azure)
    const { fence, release } = drain(azure)
    await fence()
    await fence({ slotName: 'beta' as never })
    const sticky = picture(azure).stickySettings

    await release()
    assert.deepEqual(picture(azure).stickySettings, sticky)
    assert.equal(settingsOf(azure, 'beta')[nightly], 'true')

    await release({ slotName: 'beta' as never })
    assert.equal(stateOf(azure), before)
  })

  it('leaves a setting that somebody else has changed since, and says so', async () => {
    const { azure, fence, release, log } = drain()
    await fence()
    azure.apps.set('shop', 'staging', { [nightly]: '1' })

    const report = await release()

    assert.equal(settingsOf(azure)[nightly], '1')
    assert.equal(settingsOf(azure)[journal], undefined)
    assert.ok(picture(azure).stickySettings.includes(nightly))
    assert.deepEqual(JSON.parse(report.outputs['releasedFunctions'] ?? ''), ['OnOrder'])
    assert.match(log.warnings.join(' '), /function 'Nightly' was changed or removed since/)
  })

  it('keeps the names where another slot cannot be read', async () => {
    const { azure, fence, release, log } = drain()
    await fence()
    azure.apps.put('production', { settings: { kind: 'unreadable', because: 'no role' } })

    const report = await release()

    assert.equal(report.result, 'succeeded')
    assert.equal(settingsOf(azure)[nightly], undefined)
    assert.ok(picture(azure).stickySettings.includes(nightly))
    assert.match(log.warnings.join(' '), /slot 'production' cannot be read, so the names/)
  })

  it('refuses what is no record of a fence', async () => {
    const { azure, fence, release } = drain()
    await fence()
    azure.apps.set('shop', 'staging', { [journal]: 'perhaps' })
    const [made] = [azure.mutations.length]

    await assert.rejects(
      release(),
      (error) => error instanceof Refusal && /is not what fence wrote/.test(error.message),
    )
    assert.equal(azure.mutations.length, made)
  })

  it('prints what it would do in a dry run', async () => {
    const { azure, fence, release } = drain()
    await fence()

    const report = await release({ dryRun: true })

    assert.match(report.message, /Dry run: 2 functions of slot 'staging' would be released, and 6 names/)
    assert.equal(azure.mutations.length, 2)
  })

  it('fails where the functions are not seen enabled again', async () => {
    const { azure, fence, release } = drain()
    await fence()
    azure.functions.lag = Number.POSITIVE_INFINITY
    azure.hosts.sick('staging', 'no storage')

    const report = await release({ timeoutMs: 60_000 })

    assert.equal(report.result, 'failed')
    assert.match(report.message, /settings are as they were before the fence.*its host reports: no storage/)
  })

  it('says so where the code itself disables one', async () => {
    const azure = shopOf()
    azure.functions.deploy('staging', functions, ['Nightly'])
    const { fence, release } = drain(azure)
    await fence()
    azure.hosts.upFor('staging', 1_000)

    const report = await release()

    assert.equal(report.result, 'succeededWithIssues')
    assert.match(report.message, /still says that 'Nightly' is disabled: by its code/)
  })

  it('does not wait for a slot that is stopped', async () => {
    const { azure, fence, release } = drain()
    await fence()
    azure.apps.put('staging', { state: 'Stopped' })

    const report = await release()

    assert.equal(report.result, 'succeededWithIssues')
    assert.match(report.message, /The slot is stopped, so the functions were not seen enabled/)
    assert.equal(settingsOf(azure)[nightly], undefined)
  })

  for (const call of ['writeStickyNames', 'writeSettings'] as const) {
    it(`ends where it should where the answer of ${call} was lost`, async () => {
      for (const way of ['loses', 'fails'] as const) {
        const azure = shopOf()
        const before = stateOf(azure)
        const { fence, release } = drain(azure)
        await fence()
        azure.calls[way](call, lostReply())

        assert.equal((await release()).result, 'succeeded')
        assert.equal(stateOf(azure), before)
      }
    })
  }
})
