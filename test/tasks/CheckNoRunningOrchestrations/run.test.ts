import assert from 'node:assert/strict'
import { AzureFailure, Refusal } from '../../../core/failures.ts'
import { production } from '../../../core/function-app/picture.ts'
import { strictPolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import { checkNoRunningOrchestrations } from '../../../tasks/CheckNoRunningOrchestrations/run.ts'
import type { CheckWanted } from '../../../tasks/CheckNoRunningOrchestrations/wanted.ts'
import { app } from '../../support/app.ts'
import { FakeAzure, hubNamed } from '../../support/fake-azure.ts'
import { cancelledAtEach, denied, shop, story } from '../story.ts'

const wanted: CheckWanted = {
  ...shop,
  slotName: production,
  evidence: 'storage',
  timeoutMs: 0,
  pollIntervalMs: 30_000,
  quietPeriodMs: 5_000,
  policy: strictPolicy,
}
const hidden = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault/secrets/s)' }
const typed = { taskHub: { name: hubNamed('shop7') } }
const stateService = { url: 'https://state.example.net', key: 'k' }
const statusUrl = 'https://shop.example.net/api/status'
const idle = () => new FakeAzure(app()).hub('shop100')

function open(azure = idle()) {
  const opened = story(azure)
  const check = async (twist: Partial<CheckWanted> = {}) =>
    await checkNoRunningOrchestrations({ ...wanted, ...twist }, opened.deps, opened.signal)
  return { ...opened, check }
}

describe('the story of a check', () => {
  it('is idle over two proofs and changes nothing', async () => {
    const { azure, clock, check } = open()

    const report = await check()

    assert.equal(report.result, 'succeeded')
    assert.match(report.message, /'shop100' is idle over 2 proofs/)
    assert.deepEqual(clock.slept, [5_000])
    assert.deepEqual(azure.mutations, [])
  })

  it('fails on a busy hub and says what runs', async () => {
    const { check } = open(idle().hub('shop100', { verdict: 'busy' }))

    const report = await check()

    assert.equal(report.result, 'failed')
    assert.match(report.message, /'shop100' is busy: 2 running/)
    assert.equal(report.outputs['runningCount'], '2')
  })

  it('waits until the work is done', async () => {
    const azure = idle().hub('shop100', { verdict: 'busy' })
    const { clock, check } = open(azure)
    clock.at(60_000, () => azure.hub('shop100', { verdict: 'idle' }))

    assert.equal((await check({ timeoutMs: 600_000 })).result, 'succeeded')
  })

  it('says how long it waited when the work does not end', async () => {
    const { check } = open(idle().hub('shop100', { verdict: 'busy' }))

    assert.match((await check({ timeoutMs: 600_000 })).message, /after 10 minutes of waiting/)
  })

  for (const [evidence, twist] of [
    ['managementApi', {}],
    ['statusEndpoint', { statusUrl, statusKey: 'k' }],
    ['stateService', { stateService }],
  ] as const) {
    it(`asks the app alone with evidence ${evidence}`, async () => {
      const { azure, check } = open()

      assert.equal((await check({ evidence, ...twist })).outputs['evidence'], evidence)
      assert.deepEqual(
        azure.calls.made.filter((call) => /hub|parts/.test(call)),
        [],
      )
    })
  }

  it('needs an address for evidence statusEndpoint', async () => {
    await assert.rejects(open().check({ evidence: 'statusEndpoint' }), /statusUrl is missing/)
  })

  it('asks the state service twice for a proof made for it, by its own policy', async () => {
    const { azure, clock, check } = open()
    const policy = { ...strictPolicy, entityPolicy: 'block' } as const

    const report = await check({ evidence: 'stateService', stateService, policy })

    assert.match(report.message, /'shop100' is idle over 2 proofs/)
    assert.deepEqual(clock.slept, [5_000])
    assert.deepEqual(azure.calls.made.filter((call) => call === 'ask stateService').length, 2)
    const [question] = azure.statusQuestions
    assert.deepEqual(question?.policy, policy)
    assert.equal(question.maxProofAgeInSeconds, 0)
    assert.equal(question.hub.name, 'shop100')
    assert.deepEqual([question.app.name, question.slot], ['shop', production])
  })

  it('waits no longer once the state service refuses the question', async () => {
    const { azure, clock, check } = open()
    azure.calls.fails('ask stateService', new Refusal('Not valid.'))

    await assert.rejects(check({ evidence: 'stateService', stateService, timeoutMs: 3_600_000 }), Refusal)

    assert.deepEqual(clock.slept, [])
  })

  it("refuses the state service for a hub that is not the slot's own, and asks nobody", async () => {
    const { azure, check } = open(idle().hub('shop7'))

    await assert.rejects(check({ evidence: 'stateService', stateService, ...typed }), (error) => {
      return (
        error instanceof Refusal && /taskHubName 'shop7' is not the task hub of slot 'production'/.test(error.message)
      )
    })
    assert.deepEqual(azure.statusQuestions, [])
  })

  it("takes the state service for a typed hub that is the slot's own", async () => {
    const report = await open().check({
      evidence: 'stateService',
      stateService,
      taskHub: { name: hubNamed('SHOP100') },
    })
    assert.equal(report.result, 'succeeded', report.message)
  })

  it('needs an address for evidence stateService', async () => {
    await assert.rejects(open().check({ evidence: 'stateService' }), /stateServiceUrl is missing/)
  })

  it('takes storage by itself where it can be read', async () => {
    assert.equal((await open().check({ evidence: 'auto' })).outputs['evidence'], 'storage')
  })

  it('asks the app where the storage account is hidden, and says what is then not checked', async () => {
    const { log, check } = open(new FakeAzure(app().slot('production', { settings: hidden })))

    const report = await check({ evidence: 'auto' })

    assert.equal(report.result, 'succeeded', report.message)
    assert.equal(report.outputs['evidence'], 'managementApi')
    assert.match(log.warnings.join(), /its app is asked instead/)
  })

  it('asks the app where storage gives no access', async () => {
    const { azure, check } = open(idle().hub('shop100', { verdict: 'unknown' }))
    azure.calls.fails('parts', denied())

    assert.equal((await check({ evidence: 'auto' })).outputs['evidence'], 'managementApi')
  })

  for (const [what, twist] of [
    ['answers badly', (azure: FakeAzure) => azure.calls.fails('parts', unreadable())],
    ['can be read and is not understood', () => undefined],
  ] as const) {
    it(`stays with storage that ${what}`, async () => {
      const { azure, check } = open(idle().hub('shop100', { verdict: 'unknown' }))
      twist(azure)

      const report = await check({ evidence: 'auto' })

      assert.equal(report.outputs['evidence'], 'storage')
      assert.match(report.message, /not proven idle/)
    })
  }

  it('refuses a slot that is not there', async () => {
    await assert.rejects(open(new FakeAzure(app().without('production'))).check(), Refusal)
  })

  it('refuses a slot without a hub', async () => {
    await assert.rejects(open(new FakeAzure(app().slot('production', { hub: undefined }))).check(), /is not set/)
  })

  it('refuses evidence storage where the account is hidden', async () => {
    const { check } = open(new FakeAzure(app().slot('production', { settings: hidden })))

    await assert.rejects(check(), /cannot be read in storage/)
  })

  for (const [what, settings] of [
    ['another hub', { TaskHubName: 'shop101' }],
    ['no hub', { TaskHubName: '' }],
  ] as const) {
    it(`is not proven when the slot was given ${what} meanwhile`, async () => {
      const { azure, check } = open()
      azure.calls.after('look at hub', () => azure.apps.set('shop', 'production', settings))

      const report = await check()

      assert.equal(report.outputs['verdict'], 'unknown')
      assert.match(report.message, /was given another task hub than 'shop100'/)
    })
  }

  it('is not proven when the slot cannot be read any more', async () => {
    const { azure, check } = open()
    azure.calls.after('look at hub', () => {
      azure.apps.put('production', { settings: { kind: 'unreadable', because: 'no role' } })
    })

    assert.match((await check()).message, /still has it cannot be told: no role/)
  })

  describe('of a hub that was named', () => {
    const shop7 = () => idle().hub('shop7')

    it('asks about it, whatever the slot is given meanwhile', async () => {
      const { azure, check } = open(shop7())
      azure.calls.after('look at hub', () => azure.apps.set('shop', 'production', { TaskHubName: 'shop101' }))

      assert.match((await check(typed)).message, /'shop7' is idle/)
    })

    it('takes it for the own one where the slot runs it', async () => {
      const { azure, check } = open()

      assert.equal((await check({ taskHub: { name: hubNamed('SHOP100') } })).result, 'succeeded')
      assert.ok(!azure.calls.made.includes('parts'))
    })

    it('refuses one that does not exist', async () => {
      await assert.rejects(open().check(typed), /'shop7' does not exist in storage account 'shopdata'/)
    })

    it('refuses an account that no slot uses', async () => {
      const elsewhere = { taskHub: { name: hubNamed('shop7'), accountName: 'other' } }
      await assert.rejects(open().check(elsewhere), /'other'.*is used by no slot/)
    })

    it('asks for the account where it exists in two', async () => {
      const azure = new FakeAzure(app().slot('staging', { account: 'olddata' }))
        .hub('shop7')
        .hub('shop7', {}, 'olddata')

      await assert.rejects(open(azure).check(typed), /exists more than once.*Write it as account\/name/)
    })

    it('refuses where every account is hidden', async () => {
      const azure = new FakeAzure(app().slot('production', { settings: hidden }).slot('staging', { settings: hidden }))

      await assert.rejects(open(azure).check(typed), /storage account of task hub 'shop7' cannot be told/)
    })

    for (const [evidence, twist] of [
      ['managementApi', {}],
      ['statusEndpoint', { statusUrl }],
    ] as const) {
      it(`asks the app with evidence ${evidence}`, async () => {
        assert.equal((await open(shop7()).check({ ...typed, evidence, ...twist })).outputs['evidence'], evidence)
      })
    }

    it('does not ask an app that uses another account', async () => {
      const azure = new FakeAzure(app().slot('staging', { account: 'olddata' })).hub('shop7', {}, 'olddata')

      await assert.rejects(
        open(azure).check({ ...typed, evidence: 'managementApi' }),
        /cannot see it.*evidence 'storage'/,
      )
    })
  })

  it('stops wherever it is cancelled', async () => {
    const ends = await cancelledAtEach(idle, (deps, signal) => checkNoRunningOrchestrations(wanted, deps, signal))
    assert.ok(ends.length >= 5)
    for (const { mutations } of ends) assert.deepEqual(mutations, [])
  })
})

function unreadable(): AzureFailure {
  return new AzureFailure('Could not do it: a page came.', { operation: 'do it', kind: 'unreadable' })
}
