import assert from 'node:assert/strict'
import { Refusal } from '../../../core/failures.ts'
import { referenceFromConnectionString } from '../../../core/function-app/storage-reference.ts'
import { emptyRecord } from '../../../core/record/record.ts'
import { app, connectionTo } from '../../support/app.ts'
import { heldBy, hour, rival } from '../lock/scene.ts'
import { denied, lostReply } from '../story.ts'
import { drain, functions, picture, production, settingsOf, shopOf, stateOf } from './drain-scene.ts'

const nightly = 'AzureWebJobs.Nightly.Disabled'
const onOrder = 'AzureWebJobs.OnOrder.Disabled'
const journal = (name: string) => `DurableSafeDeployment.Fenced.${name}`
const mark = (setting: string) => `DurableSafeDeployment.FencedSticky.${setting}`

describe('the story of a fence', () => {
  it('disables the starters of a slot, and no orchestrator, activity, entity or HTTP function', async () => {
    const { azure, fence } = drain()
    const before = settingsOf(azure)

    const report = await fence()

    assert.equal(report.result, 'succeeded')
    assert.deepEqual(settingsOf(azure), {
      ...before,
      [nightly]: 'true',
      [journal('Nightly')]: 'absent',
      [onOrder]: 'true',
      [journal('OnOrder')]: 'absent',
    })
    assert.deepEqual(JSON.parse(report.outputs['fencedFunctions'] ?? ''), ['Nightly', 'OnOrder'])
    assert.equal(report.outputs['createdAfterFence'], '0')
    assert.match(
      report.message,
      /2 functions of slot 'staging' fenced; for 30 s nothing new began in task hub 'shop99'/,
    )
  })

  it('makes the names stay with their slot before it writes the settings, and changes nothing else', async () => {
    const { azure, fence } = drain(shopOf(app().sticky('Colour')))
    const others = azure.functions.others

    await fence()

    assert.deepEqual(azure.mutations, ['writeStickyNames', 'writeSettings staging'])
    assert.deepEqual(picture(azure).stickySettings, [
      'Colour',
      nightly,
      mark(nightly),
      journal('Nightly'),
      onOrder,
      mark(onOrder),
      journal('OnOrder'),
    ])
    assert.deepEqual(azure.functions.others, others)
  })

  it('fences HTTP functions where it is asked to', async () => {
    const { fence } = drain()

    const report = await fence({ includeHttp: true })

    assert.deepEqual(JSON.parse(report.outputs['fencedFunctions'] ?? ''), ['Nightly', 'OnOrder', 'Start'])
  })

  it('fences the starters of the version that the swap will bring', async () => {
    const azure = shopOf()
    azure.functions.deploy('production', { ...functions, Weekly: 'timerTrigger' })
    const { fence } = drain(azure)

    await fence()

    assert.equal(settingsOf(azure)['AzureWebJobs.Weekly.Disabled'], 'true')
    assert.equal(settingsOf(azure, 'production')['AzureWebJobs.Weekly.Disabled'], undefined)
  })

  it('fences production for itself alone', async () => {
    const azure = shopOf()
    azure.functions.deploy('staging', { ...functions, Weekly: 'timerTrigger' })
    const { fence } = drain(azure)

    const report = await fence({ slotName: production })

    assert.deepEqual(JSON.parse(report.outputs['fencedFunctions'] ?? ''), ['Nightly', 'OnOrder'])
    assert.equal(settingsOf(azure, 'production')[nightly], 'true')
    assert.equal(settingsOf(azure)[nightly], undefined)
  })

  it('stays with the slot in a swap, and the new version starts its work', async () => {
    const { azure, fence, deps, signal } = drain()
    await fence()

    await azure.apps.requestSwap(
      picture(azure).app,
      { source: 'staging', target: 'production', preserveVnet: false } as never,
      signal,
    )
    for (let reading = 0; reading < 3; reading++) await deps.azure.apps.look(picture(azure).app, signal)

    assert.equal(settingsOf(azure, 'production').TaskHubName, 'shop99')
    assert.equal(settingsOf(azure, 'production')[nightly], undefined)
    assert.equal(settingsOf(azure)[nightly], 'true')
    assert.equal(settingsOf(azure)[journal('Nightly')], 'absent')
  })

  it('changes nothing the second time', async () => {
    const { azure, fence } = drain()
    await fence()
    const after = stateOf(azure)

    const report = await fence()

    assert.equal(stateOf(azure), after)
    assert.equal(azure.mutations.length, 2)
    assert.deepEqual(JSON.parse(report.outputs['fencedFunctions'] ?? ''), ['Nightly', 'OnOrder'])
  })

  it('leaves what a slot setting of the user disables, and says so', async () => {
    const own = { [nightly]: 'true', [onOrder]: '1' }
    const azure = shopOf(app().slot('staging', { settings: own }).sticky(nightly, onOrder))
    const { fence } = drain(azure)

    const report = await fence()

    assert.deepEqual(azure.mutations, [])
    assert.match(
      report.message,
      /^Slot 'staging' has no starter to fence: 2 functions disabled already by settings of your own; for 30 s nothing new/,
    )
    assert.equal(report.outputs['fencedFunctions'], '[]')
  })

  it('prints what it would do in a dry run, and changes nothing', async () => {
    const { azure, fence } = drain()

    const report = await fence({ dryRun: true })

    assert.deepEqual(azure.mutations, [])
    assert.match(report.message, /Dry run: 2 functions of slot 'staging' would be fenced: 'Nightly', 'OnOrder'/)
    assert.equal(report.outputs['fencedFunctions'], '[]')
  })

  it('waits until the host itself says that they are disabled, twice', async () => {
    const azure = shopOf()
    azure.functions.lag = 4
    const { fence } = drain(azure)

    const report = await fence()

    assert.equal(report.result, 'succeeded')
    // Three more: to know the functions before and after the lock, and whether the host that came up has others.
    assert.equal(azure.calls.made.filter((call) => call === 'running functions').length, 6 + 3)
  })

  it('does not take them for disabled that were seen so only once when the time is up', async () => {
    const azure = shopOf()
    azure.functions.lag = 4
    const { fence } = drain(azure)

    const report = await fence({ timeoutMs: 20_000 })

    assert.equal(report.result, 'failed')
    assert.match(report.message, /not seen disabled: to be seen once more/)
  })

  it("goes by Azure Resource Manager's list where the host cannot be asked", async () => {
    const azure = shopOf()
    azure.functions.goesDown('Azure answered 403')
    const { fence, log } = drain(azure)

    assert.equal((await fence()).result, 'succeeded')
    assert.ok(log.lines.some((line) => line.includes("Azure Resource Manager's list")))
  })

  it('fails, and keeps the fence, where they are never seen disabled', async () => {
    const azure = shopOf()
    azure.functions.lag = Number.POSITIVE_INFINITY
    const { fence } = drain(azure)

    const report = await fence({ timeoutMs: 60_000 })

    assert.equal(report.result, 'failed')
    assert.match(report.message, /within 1 minute .* 2 functions \(such as 'Nightly'\) are not disabled yet/)
    assert.equal(settingsOf(azure)[nightly], 'true')
    assert.deepEqual(JSON.parse(report.outputs['fencedFunctions'] ?? ''), ['Nightly', 'OnOrder'])
  })

  it('changes nothing where the host reports an error until the time is up', async () => {
    const azure = shopOf()
    azure.hosts.sick('staging', 'no storage')

    const { fence } = drain(azure)

    await assert.rejects(
      fence(),
      new Refusal(
        "The functions of slot 'staging' cannot be told: its host reports: no storage. Deploy to it, or look there why its host " +
          'does not start, then run again. Nothing was changed.',
      ),
    )
    assert.deepEqual(azure.mutations, [])
  })

  it('changes nothing in a slot without code, and waits five minutes for some at most', async () => {
    const azure = shopOf()
    azure.functions.deploy('staging', {})
    const { fence, clock } = drain(azure)
    const from = clock.now().getTime()

    await assert.rejects(
      fence({ timeoutMs: 1_800_000 }),
      /The functions of slot 'staging' cannot be told: its host lists no functions\. Deploy to it.*Nothing was changed\./,
    )
    const waitedMs = clock.now().getTime() - from
    assert.ok(waitedMs > 200_000 && waitedMs <= 300_000, `${waitedMs} ms`)
    assert.deepEqual(azure.mutations, [])
  })

  it('waits for the host of a slot that has just been deployed to', async () => {
    const azure = shopOf()
    azure.functions.deploy('staging', {})
    let asked = 0
    azure.calls.onEach(() => {
      if (azure.calls.made.at(-1) === 'running functions' && ++asked === 3) azure.functions.deploy('staging', functions)
    })
    const { fence, log } = drain(azure)

    const report = await fence()

    assert.equal(report.result, 'succeeded')
    assert.deepEqual(JSON.parse(report.outputs['fencedFunctions'] ?? ''), ['Nightly', 'OnOrder'])
    assert.match(
      log.lines.join('\n'),
      /waiting until its host runs and lists its functions; its host lists no functions/,
    )
  })

  it('has its whole time after a long wait for the lock', async () => {
    const azure = shopOf().keep(heldBy(rival))
    azure.functions.lag = 4
    const { fence, clock } = drain(azure)
    const reference = referenceFromConnectionString(connectionTo('shopdata'))
    assert.equal(reference.kind, 'connectionString')
    azure.records(reference).now = () => clock.now()
    clock.at(1_800_000, () => azure.keep(emptyRecord('shop')))

    const report = await fence({ lock: { take: true, keep: false, forMs: 2 * hour, waitMs: hour } })

    assert.equal(report.result, 'succeeded', report.message)
    assert.ok(clock.slept.reduce((sum, ms) => sum + ms, 0) > 1_800_000)
  })

  it('fences what the version has that comes up after the settings were written, beside what the one before had', async () => {
    const azure = shopOf()
    azure.calls.after('writeSettings', () =>
      azure.functions.deploy('staging', { ...functions, Weekly: 'timerTrigger' }),
    )
    const { fence } = drain(azure)

    const report = await fence()

    assert.equal(report.result, 'succeeded')
    assert.deepEqual(JSON.parse(report.outputs['fencedFunctions'] ?? ''), ['Nightly', 'OnOrder', 'Weekly'])
    assert.equal(settingsOf(azure)['AzureWebJobs.Weekly.Disabled'], 'true')
    assert.match(report.summary, /Weekly \| timerTrigger \| staging \| fenced \|/)
  })

  describe('looks for new work in the hub', () => {
    const soon = (ms: number) => new Date(Date.parse('2026-11-21T10:00:00Z') + ms)

    it('and fails, naming it, where something else starts it', async () => {
      const azure = shopOf()
      azure.functions.deploy('staging', { Nightly: 'timerTrigger' }).deploy('production', {})
      azure.hub('shop99', { roots: [{ id: 'abc', name: 'Order', createdAt: soon(20_000) }] })
      const { fence } = drain(azure)

      const report = await fence()

      assert.equal(report.result, 'failed')
      assert.match(
        report.message,
        /1 new instance \('abc' \(Order\)\) began in task hub 'shop99' after it. Something else/,
      )
      assert.equal(report.outputs['createdAfterFence'], '1')
    })

    it('and warns where HTTP functions were left open', async () => {
      const azure = shopOf().hub('shop99', { roots: [{ id: 'abc', name: 'Order', createdAt: soon(20_000) }] })
      const { fence, log } = drain(azure)

      const report = await fence()

      assert.equal(report.result, 'succeededWithIssues')
      assert.match(log.warnings.join(' '), /HTTP functions still start work: 'Start'. Set includeHttp to true/)
    })

    it('and fails with HTTP functions that only the other slot has', async () => {
      const azure = shopOf().hub('shop99', { roots: [{ id: 'abc', name: 'Order', createdAt: soon(20_000) }] })
      azure.functions.deploy('staging', { Nightly: 'timerTrigger' })

      assert.equal((await drain(azure).fence()).result, 'failed')
    })

    it('and lets pass what began before', async () => {
      const azure = shopOf().hub('shop99', { roots: [{ id: 'abc', name: 'Order', createdAt: soon(1_000) }] })

      assert.equal((await drain(azure).fence()).result, 'succeeded')
    })

    it('and not at all where the quiet period is 0', async () => {
      const { azure, fence } = drain()

      assert.match((await fence({ quietMs: 0 })).message, /its task hub was not looked at/)
      assert.ok(!azure.calls.made.includes('roots'))
    })

    it('and says that there is nothing to prove of one that was never provisioned', async () => {
      const azure = shopOf(app().slot('staging', { hub: 'shop77' }))

      const report = await drain(azure).fence()

      assert.equal(report.result, 'succeeded')
      assert.match(report.message, /task hub 'shop77' was never provisioned/)
      assert.equal(azure.hasHub('shop77'), false)
    })

    it('and fails where the hub cannot be read', async () => {
      const azure = shopOf().hub('shop99', { denied: denied() })

      const report = await drain(azure).fence()

      assert.equal(report.result, 'failed')
      assert.match(report.message, /not known: could not do it: a role is missing/)
    })

    it('and fails where durable functions have no hub that the settings name', async () => {
      const azure = shopOf(app().slot('staging', { hub: undefined }))

      assert.match((await drain(azure).fence()).message, /app setting 'TaskHubName' of slot 'staging' has no task hub/)
    })

    it('and says so where there is neither hub nor durable function', async () => {
      const azure = shopOf(app().slot('staging', { hub: undefined }))
      azure.functions.deploy('staging', { Nightly: 'timerTrigger' })

      assert.match((await drain(azure).fence()).message, /slot 'staging' has no durable functions and no task hub/)
    })
  })

  describe('refuses, and changes nothing', () => {
    const refusals = [
      ['a slot that is not there', shopOf(app().without('staging')), /no slot 'staging'/],
      ['a slot that is stopped', shopOf(app().slot('staging', { state: 'Stopped' })), /is stopped/],
      [
        'while a swap is under way',
        shopOf(app().slot('staging', { targetSwapSlot: 'production' })),
        /already being swapped/,
      ],
      [
        'settings of another slot that cannot be read',
        shopOf(app().slot('production', { unreadable: 'no role' })),
        /slot 'production' cannot be read: no role/,
      ],
      [
        'a setting of another slot that a swap would take along',
        shopOf(app().slot('production', { settings: { [nightly]: '1' } })),
        /'AzureWebJobs.Nightly.Disabled' of slot 'production' disables function 'Nightly' and is no deployment slot setting/,
      ],
    ] as const
    for (const [what, azure, message] of refusals) {
      it(what, async () => {
        await assert.rejects(drain(azure).fence(), (error) => error instanceof Refusal && message.test(error.message))
        assert.deepEqual(azure.mutations, [])
      })
    }

    it('functions without a trigger', async () => {
      const azure = shopOf()
      azure.functions.deploy('production', { Nightly: '' })

      await assert.rejects(drain(azure).fence(), /function 'Nightly' of slot 'production' cannot be told/)
    })
  })

  for (const call of ['writeStickyNames', 'writeSettings'] as const) {
    it(`goes on where the answer of ${call} was lost and it had its effect`, async () => {
      const { azure, fence } = drain()
      azure.calls.loses(call, lostReply())

      assert.equal((await fence()).result, 'succeeded')
      assert.deepEqual(azure.mutations, ['writeStickyNames', 'writeSettings staging'])
    })

    it(`sends ${call} again where it was lost and had no effect`, async () => {
      const whole = drain()
      await whole.fence()
      const { azure, fence } = drain()
      azure.calls.fails(call, lostReply())

      assert.equal((await fence()).result, 'succeeded')
      assert.equal(azure.mutations.length, 3)
      assert.equal(stateOf(azure), stateOf(whole.azure))
    })
  }

  it('writes no setting where Azure refuses the names', async () => {
    const { azure, fence } = drain()
    azure.calls.fails('writeStickyNames', denied())

    await assert.rejects(fence(), /No setting was changed/)
    assert.deepEqual(azure.mutations, ['writeStickyNames'])
  })

  it('makes the names stay again where somebody took that back under its hands', async () => {
    const { azure, fence } = drain()
    azure.calls.after('writeSettings', () => azure.apps.stick('shop', []))

    assert.equal((await fence()).result, 'succeeded')
    assert.ok(picture(azure).stickySettings.includes(nightly))
  })

  it('stops where somebody else set the same function under its hands', async () => {
    const { azure, fence } = drain()
    azure.calls.after('writeStickyNames', () =>
      azure.apps.set('shop', 'staging', { azurewebjobs_nightly_disabled: '0' }),
    )

    await assert.rejects(fence(), /was changed by somebody else/)
    assert.equal(settingsOf(azure)[nightly], undefined)
  })
})
