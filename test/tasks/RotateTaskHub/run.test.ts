import assert from 'node:assert/strict'
import { AzureFailure, Refusal } from '../../../core/failures.ts'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { emptyRecord, findRecorded } from '../../../core/record/record.ts'
import { recordRotating } from '../../../core/rotate/record.ts'
import type { RotateDeps } from '../../../tasks/RotateTaskHub/run.ts'
import { rotateTaskHub } from '../../../tasks/RotateTaskHub/run.ts'
import type { RotateWanted } from '../../../tasks/RotateTaskHub/wanted.ts'
import type { Deps } from '../../../tasks/deps.ts'
import { app } from '../../support/app.ts'
import { FakeAzure, hubNamed, hubOfShop } from '../../support/fake-azure.ts'
import { cancelledAtEach, denied, lostReply, run, shop, story, withoutLock } from '../story.ts'

const wanted: RotateWanted = {
  ...shop,
  slotName: 'staging' as SlotName,
  taskHub: hubNamed('shop101'),
  requireIdle: true,
  evidence: 'storage',
  lock: withoutLock,
  dryRun: false,
}
const written = 'writeSettings staging'
const hostJson = (connectionName?: string) =>
  JSON.stringify({
    version: '2.0',
    extensions: { durableTask: { hubName: '%TaskHubName%', storageProvider: { connectionName } } },
  })
const hidden = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault/secrets/s)' }
const rotating = { hub: hubOfShop('shop101'), previous: hubOfShop('shop99'), at: '2026-11-21T09:00:00.000Z', by: run }
const rotated = () => new FakeAzure(app().slot('staging', { hub: 'shop101' }))
const halfRecorded = () => rotated().keep(recordRotating(emptyRecord('shop'), { ...rotating, evidence: '' }))

const stateService = { url: 'https://state.example', key: 'k3y' }
const newsOf = (azure: FakeAzure) => azure.told.map(({ news }) => news)
const noService = new AzureFailure('Could not tell it.', { operation: 'tell it', kind: 'network' })
const told = { kind: 'staging', slot: 'staging', taskHub: { account: 'shopdata', name: 'shop101' }, build: '101' }
const shop99 = { account: 'shopdata', name: 'shop99' }

function withPackage(deps: Deps, text = hostJson()): RotateDeps {
  return { ...deps, readHostJson: async () => await Promise.resolve(text) }
}

function open(azure = new FakeAzure(app())) {
  const opened = story(azure)
  const rotate = async (twist: Partial<RotateWanted> = {}, text = hostJson()) =>
    await rotateTaskHub({ ...wanted, ...twist }, withPackage(opened.deps, text), opened.signal)
  const settings = async () => {
    const picture = await azure.apps.look({ name: 'shop', resourceGroup: 'shop-rg' }, new AbortController().signal)
    const staging = picture.slots.find(({ name }) => name === 'staging')?.settings
    return staging?.kind === 'read' ? staging.values : {}
  }
  return { ...opened, rotate, settings }
}

describe('the story of a rotation', () => {
  it('gives the slot the new hub, keeps its other settings, and keeps both hubs in the record', async () => {
    const { azure, rotate, settings } = open(new FakeAzure(app().slot('staging', { settings: { Colour: 'blue' } })))

    const report = await rotate()

    assert.deepEqual(report.outputs, { taskHubName: 'shop101', previousTaskHubName: 'shop99', rotated: 'true' })
    assert.deepEqual(report.variables, { 'DurableSafeDeployment.TaskHubName': 'shop101' })
    const { TaskHubName, Colour } = await settings()
    assert.deepEqual({ TaskHubName, Colour }, { TaskHubName: 'shop101', Colour: 'blue' })
    assert.deepEqual(azure.mutations, ['record shop', written, 'record shop'])
    const record = azure.record() ?? emptyRecord('shop')
    assert.ok(findRecorded(record, hubOfShop('shop99'))?.retiredAt)
    assert.equal(record.audit.at(-1)?.evidence, 'storage: nothing running, nothing queued')
  })

  it('tells the state service once the slot has the hub', async () => {
    const { azure, rotate } = open()

    assert.equal((await rotate({ stateService })).result, 'succeeded')

    assert.deepEqual(newsOf(azure), [{ ...told, previous: shop99 }])
    assert.equal(azure.calls.made.at(-1), 'tell state service')
  })

  it('tells the state service of a hub that the slot already had, too', async () => {
    const known = open(halfRecorded())
    await known.rotate({ stateService })
    assert.deepEqual(newsOf(known.azure), [{ ...told, previous: { name: 'shop99' } }])

    const unknown = open(rotated())
    await unknown.rotate({ stateService })
    assert.deepEqual(newsOf(unknown.azure), [told])
  })

  it('tells of a hub whose account is hidden by its name alone', async () => {
    const { azure, rotate } = open(new FakeAzure(app().slot('staging', { settings: hidden })))

    await rotate({ stateService, evidence: 'managementApi' })

    const { taskHub, ...rest } = told
    assert.deepEqual(newsOf(azure), [{ ...rest, taskHub: { name: taskHub.name }, previous: { name: 'shop99' } }])
  })

  it('tells a state service nothing in a dry run but says what it would', async () => {
    const { azure, log, rotate } = open()

    await rotate({ stateService, dryRun: true })

    assert.deepEqual(azure.told, [])
    assert.match(
      log.lines.join('\n'),
      /Dry run: the state service .* would be told that slot 'staging' has task hub 'shop101'\./,
    )
  })

  it('succeeds though the state service is down', async () => {
    const { azure, log, rotate } = open()
    azure.calls.fails('tell state service', noService)

    const report = await rotate({ stateService })

    assert.equal(report.outputs['rotated'], 'true')
    assert.equal(log.warnings.filter((text) => text.includes('state service')).length, 1)
  })

  it('tells no state service of a rotation that was refused', async () => {
    const { azure, rotate } = open(new FakeAzure(app()).hub('shop99', { verdict: 'busy' }))

    await assert.rejects(rotate({ stateService }), Refusal)

    assert.deepEqual(azure.told, [])
  })

  it('changes and announces nothing in a dry run', async () => {
    const { azure, rotate } = open()

    const report = await rotate({ dryRun: true })

    assert.equal(report.outputs['rotated'], 'false')
    assert.equal(report.variables, undefined)
    assert.deepEqual(azure.mutations, [])
  })

  it('changes nothing when the slot already has the hub', async () => {
    const { azure, rotate } = open(rotated())

    const report = await rotate()

    assert.deepEqual(report.outputs, { taskHubName: 'shop101', previousTaskHubName: '', rotated: 'false' })
    assert.deepEqual(azure.mutations, [])
  })

  it('announces the previous hub of a run that died, and enters that it retired', async () => {
    const { azure, rotate } = open(halfRecorded())

    assert.equal((await rotate()).outputs['previousTaskHubName'], 'shop99')
    assert.deepEqual(azure.mutations, ['record shop'])
    assert.ok(findRecorded(azure.record() ?? emptyRecord('shop'), hubOfShop('shop99'))?.retiredAt)
  })

  it('makes no record good in a dry run', async () => {
    const { azure, rotate } = open(halfRecorded())

    const report = await rotate({ dryRun: true })

    assert.equal(report.outputs['previousTaskHubName'], 'shop99')
    assert.equal(report.variables, undefined)
    assert.deepEqual(azure.mutations, [])
  })

  it('does not retire a previous hub that another slot runs again', async () => {
    const azure = halfRecorded()
    azure.apps.set('shop', 'production', { TaskHubName: 'shop99' })
    const { rotate } = open(azure)

    assert.equal((await rotate()).outputs['previousTaskHubName'], 'shop99')
    assert.deepEqual(azure.mutations, [])
  })

  for (const [what, twist] of [
    ['cannot be read', (azure: FakeAzure) => azure.calls.fails('read record', denied())],
    ['is no record', (azure: FakeAzure) => azure.keepText('<html>')],
  ] as const) {
    it(`announces no previous hub when the record ${what}`, async () => {
      const { azure, log, rotate } = open(rotated())
      twist(azure)

      const report = await rotate()

      assert.equal(report.result, 'succeeded')
      assert.equal(report.outputs['previousTaskHubName'], '')
      assert.match(log.warnings.join(), /had before is not known/)
    })
  }

  it('announces no previous hub where the storage account is hidden', async () => {
    const { azure, rotate } = open(new FakeAzure(app().slot('staging', { hub: 'shop101', settings: hidden })))

    const report = await rotate({ evidence: 'managementApi' })

    assert.equal(report.outputs['previousTaskHubName'], '')
    assert.ok(!azure.calls.made.includes('read record'))
  })

  const refusals: [string, FakeAzure, Partial<RotateWanted>, RegExp][] = [
    [
      'a slot that is not there',
      new FakeAzure(app().without('staging')),
      {},
      /no slot 'staging'.*Nothing was changed\.$/,
    ],
    ['a hub that holds data', new FakeAzure(app()).hub('shop101', { data: true }), {}, /already holds data/],
    ['a hub that a worker holds', new FakeAzure(app()).hub('shop101', { heldBy: 'w1' }), {}, /A worker already runs/],
    [
      'while the hub is busy',
      new FakeAzure(app()).hub('shop99', { verdict: 'busy' }),
      {},
      /'shop99' .*is busy.*CheckNo/,
    ],
    ['while the hub is unknown', new FakeAzure(app()).hub('shop99', { verdict: 'unknown' }), {}, /is not proven idle/],
    [
      'where the storage account is hidden',
      new FakeAzure(app().slot('staging', { settings: hidden })),
      {},
      /Whether task hub 'shop101' already exists cannot be told.*Nothing was changed\.$/,
    ],
  ]
  for (const [what, azure, twist, message] of refusals) {
    it(`refuses ${what}`, async () => {
      const { rotate } = open(azure)

      await assert.rejects(rotate(twist), (error) => error instanceof Refusal && message.test(error.message))
      assert.deepEqual(azure.mutations, [])
    })
  }

  it('refuses a package whose hub is in the account of another connection', async () => {
    const { azure, rotate } = open()

    await assert.rejects(rotate({ package: 'app.zip' }, hostJson('Orders')), /Give storageSetting: Orders/)
    assert.deepEqual(azure.calls.made, [])
  })

  it('refuses a package whose host.json names no hub', async () => {
    await assert.rejects(open().rotate({ package: 'app.zip' }, '{"version":"2.0"}'), /Nothing was changed\.$/)
  })

  it('takes a package that names the same connection in its short form', async () => {
    assert.equal((await open().rotate({ package: 'app.zip' }, hostJson('Storage'))).outputs['rotated'], 'true')
  })

  it('takes a hub that exists and is empty', async () => {
    assert.equal((await open(new FakeAzure(app()).hub('shop101')).rotate()).outputs['rotated'], 'true')
  })

  it('asks nothing about the old hub when it need not be idle', async () => {
    const { azure, rotate } = open(new FakeAzure(app()).hub('shop99', { verdict: 'busy' }))

    assert.equal((await rotate({ requireIdle: false })).outputs['rotated'], 'true')
    assert.equal(azure.record()?.audit.at(-1)?.evidence, 'none required')
  })

  it('gives a slot without a hub its first one, without a proof', async () => {
    const { azure, log, rotate } = open(new FakeAzure(app().slot('staging', { hub: undefined })))

    assert.equal((await rotate()).outputs['previousTaskHubName'], '')
    assert.ok(!azure.calls.made.includes('look at hub'))
    assert.match(log.warnings.join(), /had no app setting 'TaskHubName'/)
  })

  it('works through the app where the storage account is hidden, and keeps no record', async () => {
    const { azure, log, rotate } = open(new FakeAzure(app().slot('staging', { settings: hidden })))

    assert.equal((await rotate({ evidence: 'managementApi' })).outputs['rotated'], 'true')
    assert.deepEqual(azure.mutations, [written])
    assert.match(log.warnings.join(), /No deployment record is kept/)
  })

  it('goes on with evidence managementApi when storage cannot be read, and says what was not checked', async () => {
    const { azure, log, rotate } = open()
    // It looks before it takes the lock, and again with it.
    azure.calls.fails('parts', denied())
    azure.calls.fails('parts', denied())

    assert.equal((await rotate({ evidence: 'managementApi' })).outputs['rotated'], 'true')
    assert.match(log.warnings.join(), /could not be checked in storage/)
  })

  it('fails with evidence storage when storage cannot be read', async () => {
    const { azure, rotate } = open()
    azure.calls.fails('parts', denied())

    await assert.rejects(rotate(), AzureFailure)
    assert.deepEqual(azure.mutations, [])
  })

  it('reads the slot when the reply to the change is lost, and writes no second time', async () => {
    const { azure, rotate } = open()
    azure.calls.loses('writeSettings', lostReply())

    assert.equal((await rotate()).outputs['rotated'], 'true')
    assert.deepEqual(azure.mutations, ['record shop', written, 'record shop'])
  })

  it('writes again when the change was lost before its effect and the slot was seen unchanged', async () => {
    const { azure, rotate } = open()
    azure.calls.fails('writeSettings', lostReply())

    assert.equal((await rotate()).outputs['rotated'], 'true')
    assert.equal(azure.mutations.filter((each) => each === written).length, 2)
    const made = azure.calls.made
    const between = made.slice(made.indexOf('writeSettings'), made.lastIndexOf('writeSettings'))
    assert.ok(between.filter((call) => call === 'look').length >= 4)
  })

  it('merges anew what somebody else changed before it writes again', async () => {
    const { azure, rotate } = open()
    azure.calls.fails('writeSettings', lostReply())
    azure.calls.after('sleep', () => azure.apps.set('shop', 'staging', { Colour: 'red' }))

    assert.equal((await rotate()).outputs['rotated'], 'true')
    const { settings } = (
      await azure.apps.look({ name: 'shop', resourceGroup: 'shop-rg' }, new AbortController().signal)
    ).slots[1] ?? { settings: undefined }
    assert.ok(settings?.kind === 'read')
    assert.deepEqual([settings.values['Colour'], settings.values['TaskHubName']], ['red', 'shop101'])
  })

  it('refuses to write again when somebody else gave the slot a hub meanwhile', async () => {
    const { azure, rotate } = open()
    azure.calls.fails('writeSettings', lostReply())
    azure.calls.after('writeSettings', () => undefined)
    azure.calls.onEach(() => {
      if (azure.calls.made.at(-1) === 'sleep' && azure.mutations.includes(written)) {
        azure.apps.set('shop', 'staging', { TaskHubName: 'shop7' })
      }
    })

    await assert.rejects(rotate(), /was given 'shop7' by somebody else/)
    assert.equal(azure.mutations.filter((each) => each === written).length, 1)
  })

  it('fails when the change was lost four times', async () => {
    const { azure, rotate } = open()
    for (let times = 0; times < 9; times++) azure.calls.fails('writeSettings', lostReply())

    await assert.rejects(rotate(), /connection was reset/)
    assert.equal(azure.mutations.filter((each) => each === written).length, 4)
    assert.equal(findRecorded(azure.record() ?? emptyRecord('shop'), hubOfShop('shop99'))?.retiredAt, undefined)
  })

  it('never writes again after an answer that cannot be read', async () => {
    const { azure, rotate } = open()
    const html = { operation: 'do it', kind: 'unreadable', mayHaveHappened: true } as const
    azure.calls.fails('writeSettings', new AzureFailure('Could not do it: the answer is an HTML page.', html))

    await assert.rejects(rotate(), /HTML page/)
    assert.equal(azure.mutations.filter((each) => each === written).length, 1)
  })

  it('waits while Azure is busy, and then writes', async () => {
    const { azure, clock, rotate } = open()
    const busy = { operation: 'do it', kind: 'conflict', status: 409, code: 'Conflict' } as const
    azure.calls.fails('writeSettings', new AzureFailure('Could not do it: another operation is in progress.', busy))

    assert.equal((await rotate()).outputs['rotated'], 'true')
    assert.ok(clock.slept.includes(15_000))
  })

  it('gives up after some minutes of a busy Azure, and says that nothing was changed', async () => {
    const { azure, rotate } = open()
    const busy = { operation: 'do it', kind: 'conflict', status: 409, code: 'Conflict' } as const
    for (let times = 0; times < 99; times++) {
      azure.calls.fails('writeSettings', new AzureFailure('Could not do it: another operation is in progress.', busy))
    }

    await assert.rejects(rotate(), /another operation is in progress\. No setting was changed\./)
    assert.ok(azure.mutations.filter((each) => each === written).length <= 21)
  })

  it('says that no setting was changed when Azure refuses the change', async () => {
    const { azure, rotate } = open()
    azure.calls.fails('writeSettings', denied())

    await assert.rejects(rotate(), (error) => {
      return error instanceof AzureFailure && error.kind === 'denied' && /No setting was changed/.test(error.message)
    })
  })

  it('refuses when somebody else gave the slot a hub during the proof', async () => {
    const { azure, rotate } = open()
    azure.calls.after('look at hub', () => azure.apps.set('shop', 'staging', { TaskHubName: 'shop7' }))

    await assert.rejects(rotate(), /was given 'shop7' by somebody else.*Nothing was changed/)
    assert.ok(!azure.mutations.includes(written))
  })

  it('refuses when other settings changed under its hands', async () => {
    const { azure, rotate } = open()
    azure.calls.after('writeSettings', () => azure.apps.set('shop', 'staging', { Colour: 'red' }))

    await assert.rejects(rotate(), /other app settings than this task wrote \('Colour'\)/)
  })

  it('refuses when the slot is gone by the time it is written', async () => {
    const { azure, rotate } = open()
    azure.calls.after('look at hub', () => azure.apps.drop('staging'))

    await assert.rejects(rotate(), /Slot 'staging' is gone/)
  })

  it('refuses when the settings can no longer be read by the time they are written', async () => {
    const { azure, rotate } = open()
    azure.calls.after('look at hub', () => {
      azure.apps.put('staging', { settings: { kind: 'unreadable', because: 'no role' } })
    })

    await assert.rejects(rotate(), (error) => error instanceof Refusal && /no role/.test(error.message))
    assert.ok(!azure.mutations.includes(written))
  })

  it('rotates all the same when the record cannot be kept', async () => {
    const { azure, log, rotate } = open()
    azure.calls.fails('write record', denied())

    assert.equal((await rotate()).outputs['rotated'], 'true')
    assert.match(log.warnings.join(), /record of 'shop' was not written/)
  })

  it('keeps what another run wrote into the record meanwhile', async () => {
    const { azure, rotate } = open()
    const theirs = recordRotating(emptyRecord('shop'), { ...rotating, hub: hubOfShop('shop7'), evidence: '' })
    azure.calls.after('read record', () => azure.keep(theirs))

    await rotate()

    assert.deepEqual(
      azure.record()?.hubs.map(({ hub }) => hub.name),
      ['shop7', 'shop101', 'shop99'],
    )
  })

  it('says, wherever it is cancelled from the change on, that the slot may have the new hub', async () => {
    const ends = await cancelledAtEach(
      () => new FakeAzure(app()),
      (deps, signal) => rotateTaskHub(wanted, withPackage(deps), signal),
    )
    for (const { during, message, mutations } of ends) {
      assert.equal(/'staging' was given task hub 'shop101'/.test(message), mutations.includes(written), during)
    }
  })

  it('says so too while it reads the slot after a lost reply', async () => {
    const lossy = () => {
      const azure = new FakeAzure(app())
      azure.calls.loses('writeSettings', lostReply())
      return azure
    }
    const ends = await cancelledAtEach(lossy, (deps, signal) => rotateTaskHub(wanted, withPackage(deps), signal))
    for (const { during, message, mutations } of ends) {
      assert.equal(/'staging' was given task hub 'shop101'/.test(message), mutations.includes(written), during)
    }
  })
})
