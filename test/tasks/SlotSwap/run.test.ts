import assert from 'node:assert/strict'
import { Cancelled, Refusal } from '../../../core/failures.ts'
import type { SlotName } from '../../../core/function-app/picture.ts'
import { production } from '../../../core/function-app/picture.ts'
import { emptyRecord, findRecorded } from '../../../core/record/record.ts'
import { recordRotated } from '../../../core/rotate/record.ts'
import type { Deps } from '../../../tasks/deps.ts'
import { slotSwap } from '../../../tasks/SlotSwap/run.ts'
import type { SlotSwapWanted } from '../../../tasks/SlotSwap/wanted.ts'
import { app } from '../../support/app.ts'
import { FakeAzure, hubNamed, hubOfShop } from '../../support/fake-azure.ts'
import { cancelledAtEach, denied, lostReply, run, shop, story, withoutLock } from '../story.ts'

const wanted: SlotSwapWanted = {
  ...shop,
  sourceSlot: 'staging' as SlotName,
  targetSlot: production,
  taskHub: { name: hubNamed('shop99') },
  preserveVnet: false,
  requireIdle: 'none',
  evidence: 'storage',
  healthCheckTimeoutMs: 9_000,
  settleMs: 30_000,
  observeMs: 0,
  rollbackOnFailure: true,
  timeoutMs: 600_000,
  lock: withoutLock,
  dryRun: false,
}
const ok = [{ from: 200, to: 299 }]
const swapped = 'swap staging production'
const alreadySwapped = () =>
  new FakeAzure(app().slot('production', { hub: 'shop99' }).slot('staging', { hub: 'shop100' }))
const alreadySwappedAndSick = () => {
  const azure = alreadySwapped()
  azure.hosts.sick('production', 'boom')
  return azure
}
const born = recordRotated(emptyRecord('shop'), {
  hub: hubOfShop('shop99'),
  at: '2026-11-21T09:00:00.000Z',
  by: run,
  evidence: 'none required',
})

const stateService = { url: 'https://state.example', key: 'k3y' }
const newsOf = (azure: FakeAzure) => azure.told.map(({ news }) => news)
const shop99 = { account: 'shopdata', name: 'shop99' }
const shop100 = { account: 'shopdata', name: 'shop100' }
const slots = { sourceSlot: 'staging', targetSlot: 'production' }
const toldSwapped = { kind: 'swap', id: 'build-101.shop99', ...slots, taskHub: shop99, previous: shop100 }
const toldBack = {
  ...{ kind: 'swap', id: 'build-101.shop99.rolledBack', ...slots },
  ...{ taskHub: shop100, previous: shop99, rolledBack: true },
}

function open(azure = new FakeAzure(app())) {
  const opened = story(azure)
  const swap = async (twist: Partial<SlotSwapWanted> = {}) =>
    await slotSwap({ ...wanted, ...twist }, opened.deps, opened.signal)
  return { ...opened, swap }
}

function sick(): FakeAzure {
  const azure = new FakeAzure(app())
  azure.hosts.sick('production', 'boom')
  return azure
}

const swapsOf = (azure: FakeAzure) => azure.mutations.filter((each) => each.startsWith('swap'))

describe('the story of a swap', () => {
  it('swaps once, sees the target healthy, and keeps the swap in the record', async () => {
    const { azure, swap } = open()

    const report = await swap()

    assert.equal(report.result, 'succeeded', report.message)
    assert.deepEqual(report.outputs, {
      swapped: 'true',
      alreadySwapped: 'false',
      rolledBack: 'false',
      targetTaskHub: 'shop99',
      sourceTaskHub: 'shop100',
    })
    assert.deepEqual(azure.mutations, [swapped, 'record shop'])
    assert.equal(azure.record()?.audit.at(-1)?.action, 'swap')
    assert.ok(findRecorded(azure.record() ?? born, hubOfShop('shop99'))?.productionSince)
  })

  it('tells the state service of the swap', async () => {
    const { azure, swap } = open()

    await swap({ stateService })

    assert.deepEqual(newsOf(azure), [toldSwapped])
  })

  it('tells the state service of a swap that an earlier run made, under the same id', async () => {
    const { azure, swap } = open(alreadySwapped())

    await swap({ stateService })

    assert.deepEqual(newsOf(azure), [toldSwapped])
  })

  it('tells the state service of the way back alone, once that is done', async () => {
    const { azure, swap } = open(sick())

    assert.equal((await swap({ stateService })).outputs['rolledBack'], 'true')

    assert.deepEqual(newsOf(azure), [toldBack])
    assert.equal(azure.calls.made.at(-1), 'tell state service')
  })

  it('tells the state service that the swap stands where the way back failed', async () => {
    const { azure, swap } = open(sick())
    azure.calls.after('host state', () => azure.apps.swapsFail('no ping'))

    assert.match((await swap({ stateService })).message, /Swapping back failed too/)

    assert.deepEqual(newsOf(azure), [toldSwapped])
    assert.equal(azure.calls.made.at(-1), 'tell state service')
  })

  for (const [what, azure] of [
    ['that it made', sick],
    ['that it found', () => alreadySwappedAndSick()],
  ] as const) {
    it(`tells the state service of a swap ${what} and that stays though it is not healthy`, async () => {
      const opened = open(azure())

      const report = await opened.swap({ stateService, rollbackOnFailure: false })

      assert.match(report.message, /is not healthy/)
      assert.deepEqual(newsOf(opened.azure), [toldSwapped])
    })
  }

  for (const [what, azure] of [
    ['made', () => new FakeAzure(app())],
    ['found', alreadySwapped],
  ] as const) {
    it(`asks for the health, and reads the slots, before the state service is told of a swap ${what}`, async () => {
      const opened = open(azure())

      await opened.swap({ stateService, lock: { ...withoutLock, take: true } })

      const { made } = opened.azure.calls
      assert.deepEqual(
        made.flatMap((call, at) => (call === 'tell state service' ? [at] : [])),
        [made.length - 1],
      )
    })
  }

  it('tells no state service of a swap that somebody else has changed meanwhile', async () => {
    const { azure, clock, swap } = open()
    clock.at(30_000, () => azure.apps.set('shop', 'production', { TaskHubName: 'shop7' }))

    assert.equal((await swap({ stateService })).result, 'failed')

    assert.deepEqual(newsOf(azure), [])
  })

  it('tells nobody of the way back to a slot without a task hub', async () => {
    const azure = new FakeAzure(app().slot('production', { hub: undefined }))
    azure.hosts.sick('production', 'boom')
    const { log, swap } = open(azure)

    const report = await swap({ stateService })

    assert.equal(report.outputs['rolledBack'], 'true', report.message)
    assert.deepEqual(newsOf(azure), [])
    assert.ok(!log.warnings.join().includes('state service'))
  })

  for (const [what, azure] of [
    ['to do', () => new FakeAzure(app())],
    ['found', alreadySwapped],
  ] as const) {
    it(`says in a dry run what a state service would be told of a swap ${what}`, async () => {
      const opened = open(azure())

      await opened.swap({ stateService, dryRun: true })

      assert.deepEqual(opened.azure.told, [])
      assert.match(opened.log.lines.join('\n'), /would be told that .* and 'production' runs task hub 'shop99'\./)
    })
  }

  it('swaps and sees the health though the state service is down', async () => {
    const { azure, log, swap } = open()
    azure.calls.fails('tell state service', denied())

    const report = await swap({ stateService })

    assert.equal(report.result, 'succeeded', report.message)
    assert.deepEqual(
      log.warnings.filter((text) => text.includes('state service')).map((text) => text.split(':')[0]),
      [
        "The state service was not told that slots 'staging' and 'production' were swapped, and 'production' runs task hub 'shop99'",
      ],
    )
  })

  it('has done its work when it is cancelled while the state service is told', async () => {
    const { azure, abort, log, swap } = open()
    azure.calls.onEach(() => {
      if (azure.calls.made.at(-1) === 'tell state service') abort.abort()
    })

    assert.equal((await swap({ stateService })).outputs['swapped'], 'true')

    assert.match(log.warnings.join('\n'), /not known whether the state service was told .*: the run was cancelled\./)
  })

  it('tells the state service what stands when it is cancelled, wherever that is known', async () => {
    const made = async (open: () => FakeAzure, twist: Partial<SlotSwapWanted>) => {
      const told = new Set<string>()
      let azure = open()
      const opened = () => (azure = open())
      const act = async (deps: Deps, signal: AbortSignal) => {
        try {
          return await slotSwap({ ...wanted, ...twist, stateService }, deps, signal)
        } catch (error) {
          const swaps = swapsOf(azure).length
          const rolledBack = newsOf(azure).map((news) => news.kind === 'swap' && news.rolledBack === true)
          told.add(`${swaps} ${rolledBack.map((back) => (back ? 'back' : 'swapped')).join()}`)
          throw error
        }
      }
      await cancelledAtEach(opened, act, 'tell state service')
      return [...told]
    }

    // Not told: that the swap is under way, or the way back. Both are cancelled before Azure has shown their end.
    assert.deepEqual(await made(() => new FakeAzure(app()), {}), ['0 ', '1 ', '1 swapped'])
    assert.deepEqual(await made(sick, { settleMs: 0, healthCheckTimeoutMs: 0 }), [
      ...['0 ', '1 ', '1 swapped', '2 ', '2 back'],
    ])
    assert.deepEqual(await made(alreadySwapped, {}), ['0 ', '0 swapped'])
  })

  it('gives the state service a second at most after a cancel', async () => {
    const { azure, abort, deps, signal } = story(new FakeAzure(app()))
    const times: number[] = []
    azure.calls.onEach(() => {
      if (azure.calls.made.at(-1) === 'host state') abort.abort()
    })
    const hangs = { ...deps, atLast: (ms: number) => Promise.reject(new Cancelled(String(times.push(ms)))) }

    await assert.rejects(slotSwap({ ...wanted, stateService }, hangs, signal), /Cancelled after the swap and before/)

    assert.deepEqual(times, [1_000])
  })

  it('tells no state service of a swap that did not come about', async () => {
    const { azure, swap } = open()

    await assert.rejects(swap({ stateService, taskHub: { name: hubNamed('shop7') } }), Refusal)

    assert.deepEqual(azure.told, [])
  })

  it('changes nothing in a dry run', async () => {
    const { azure, swap } = open()

    const report = await swap({ dryRun: true })

    assert.match(report.message, /^Dry run: .* would be swapped/)
    assert.equal(report.outputs['targetTaskHub'], 'shop100')
    assert.deepEqual(azure.mutations, [])
  })

  it('refuses a hub that neither slot runs', async () => {
    const { azure, swap } = open()

    await assert.rejects(swap({ taskHub: { name: hubNamed('shop7') } }), (error) => {
      return error instanceof Refusal && /'shop7'.*Nothing was changed\.$/.test(error.message)
    })
    assert.deepEqual(azure.mutations, [])
  })

  it('swaps nothing when the target already runs the hub', async () => {
    const { azure, swap } = open(alreadySwapped())

    const report = await swap()

    assert.equal(report.result, 'succeeded', report.message)
    assert.equal(report.outputs['alreadySwapped'], 'true')
    assert.deepEqual(azure.mutations, [])
  })

  it('asks an already swapped target nothing in a dry run', async () => {
    const { azure, swap } = open(alreadySwapped().keep(born))

    assert.equal((await swap({ dryRun: true })).outputs['alreadySwapped'], 'true')

    assert.ok(!azure.calls.made.includes('host state'))
    assert.deepEqual(azure.mutations, [])
  })

  it('makes good the record of a run that swapped and died', async () => {
    const { azure, swap } = open(alreadySwapped().keep(born))

    assert.equal((await swap()).result, 'succeeded')

    assert.deepEqual(azure.mutations, ['record shop'])
    assert.equal(azure.record()?.audit.at(-1)?.evidence, 'an earlier run swapped')
  })

  it('never swaps back what another run swapped', async () => {
    const { azure, swap } = open(alreadySwapped())
    azure.hosts.sick('production', 'boom')

    const report = await swap()

    assert.equal(report.result, 'failed')
    assert.match(report.message, /boom.*was not swapped back, because this run did not swap it/)
    assert.deepEqual(azure.mutations, [])
  })

  it('fails when an already swapped target moves on while its health is asked', async () => {
    const { azure, swap } = open(alreadySwapped())
    azure.calls.after('host state', () => azure.apps.set('shop', 'production', { TaskHubName: 'shop101' }))

    const report = await swap()

    assert.equal(report.result, 'failed')
    assert.match(report.message, /another deployment has changed it/)
    assert.equal(report.outputs['targetTaskHub'], 'shop101')
  })

  it('swaps an unhealthy target back and says so', async () => {
    const { azure, swap } = open(sick())

    const report = await swap()

    assert.equal(report.result, 'failed')
    assert.match(report.message, /not healthy: its host reports: boom\. It was swapped back/)
    assert.equal(report.outputs['rolledBack'], 'true')
    assert.equal(report.outputs['targetTaskHub'], 'shop100')
    assert.deepEqual(azure.mutations, [swapped, 'record shop', swapped, 'record shop'])
    assert.equal(azure.record()?.audit.at(-1)?.action, 'swapBack')
  })

  it('lets an unhealthy target be when that was asked for', async () => {
    const { azure, swap } = open(sick())

    const report = await swap({ rollbackOnFailure: false })

    assert.equal(report.result, 'failed')
    assert.equal(report.outputs['swapped'], 'true')
    assert.equal(report.outputs['targetTaskHub'], 'shop99')
    assert.deepEqual(swapsOf(azure), [swapped])
  })

  it('says when swapping back fails too', async () => {
    const { azure, swap } = open(sick())
    azure.calls.after('host state', () => azure.apps.swapsFail('no ping'))

    const report = await swap()

    assert.match(report.message, /Swapping back failed too: .*no ping/)
    assert.equal(report.outputs['rolledBack'], 'false')
    assert.equal(azure.record()?.audit.at(-1)?.action, 'swap')
  })

  it('asks for no second swap when somebody else swapped back meanwhile', async () => {
    const { azure, swap } = open(sick())
    azure.calls.after('host state', () => {
      azure.apps.set('shop', 'production', { TaskHubName: 'shop100' })
      azure.apps.set('shop', 'staging', { TaskHubName: 'shop99' })
    })

    assert.equal((await swap()).outputs['rolledBack'], 'true')
    assert.deepEqual(swapsOf(azure), [swapped])
  })

  it('sends one request when its reply is lost', async () => {
    const { azure, swap } = open()
    azure.apps.answers({ kind: 'lost', message: 'reset' }, true)

    assert.equal((await swap()).result, 'succeeded')
    assert.deepEqual(swapsOf(azure), [swapped])
  })

  it('tells what the slots have when Azure fails the swap, and records none', async () => {
    const { azure, swap } = open()
    azure.apps.swapsFail('no ping')

    const report = await swap()

    assert.equal(report.result, 'failed')
    assert.match(report.message, /no ping\. Slot 'production' has task hub 'shop100', slot 'staging' task hub 'shop99'/)
    assert.equal(report.outputs['swapped'], 'false')
    assert.equal(azure.record(), undefined)
  })

  it('says that the slots cannot be read at the end', async () => {
    const { azure, swap } = open()
    azure.apps.answers({ kind: 'rejected', status: 400, message: 'no' })
    azure.calls.after('requestSwap', () => azure.calls.after('look', () => azure.calls.fails('look', denied())))

    assert.match((await swap()).message, /could not be read\.$/)
  })

  it('says that it does not know what an unreadable slot has', async () => {
    const { azure, swap } = open()
    azure.calls.after('host state', () => {
      azure.apps.put('staging', { settings: { kind: 'unreadable', because: 'no role' } })
    })

    const report = await swap()

    assert.equal(report.result, 'failed')
    assert.match(report.message, /could not be read\.$/)
  })

  it('fails when the target has no hub any more once it was found healthy', async () => {
    const { azure, swap } = open()
    azure.calls.after('host state', () => azure.apps.set('shop', 'production', { TaskHubName: '' }))

    const report = await swap()

    assert.match(report.message, /Slot 'production' has no task hub/)
    assert.equal(report.outputs['swapped'], 'true')
  })

  it('swaps all the same when the record cannot be kept', async () => {
    const { azure, log, swap } = open()
    azure.calls.fails('read record', denied())

    assert.equal((await swap()).result, 'succeeded')
    assert.match(log.warnings.join(), /record of 'shop' was not written/)
  })

  it('keeps no record where the storage account is hidden', async () => {
    const hidden = { AzureWebJobsStorage: '@Microsoft.KeyVault(SecretUri=https://vault/secrets/s)' }
    const shown = app().slot('production', { settings: hidden }).slot('staging', { settings: hidden })
    const { azure, log, swap } = open(new FakeAzure(shown))

    assert.equal((await swap()).result, 'succeeded')
    assert.match(log.warnings.join(), /not in the deployment record/)
    assert.deepEqual(azure.mutations, [swapped])
  })

  it('waits for an operation that already runs', async () => {
    const { azure, clock, swap } = open()
    azure.apps.put('staging', { operationInProgress: 'op0' })
    clock.at(20_000, () => {
      azure.apps.drop('staging')
    })

    await assert.rejects(swap(), /no slot 'staging'/)
    assert.deepEqual(azure.mutations, [])
  })

  it('waits for a swap whose operation Azure does not tell of', async () => {
    const { azure, clock, swap } = open()
    azure.apps.put('staging', { targetSwapSlot: 'production' })
    clock.at(6_000, () => {
      azure.apps.drop('staging')
    })

    await assert.rejects(swap(), /no slot 'staging'/)
    assert.deepEqual(
      azure.mutations.filter((each) => each === swapped),
      [],
    )
  })

  it('refuses a swap that stays half done, with the command that undoes it', async () => {
    const { azure, clock, swap } = open()
    azure.apps.put('staging', { targetSwapSlot: 'production' })

    await assert.rejects(
      swap(),
      /'staging' of 'shop' is already being swapped with 'production'.*az rest .*resourceGroups\/shop-rg\/.*\/slots\/staging\/resetSlotConfig/,
    )
    assert.ok(clock.slept.length >= 3)
    assert.deepEqual(
      azure.mutations.filter((each) => each === swapped),
      [],
    )
  })

  it('goes on waiting for an operation when one look in between fails', async () => {
    const { azure, clock, swap } = open()
    azure.apps.put('staging', { operationInProgress: 'op0' })
    clock.at(5_000, () => azure.calls.fails('look', lostReply()))
    clock.at(20_000, () => {
      azure.apps.drop('staging')
    })

    await assert.rejects(swap(), /no slot 'staging'/)
  })

  it('gives up on an operation that does not end', async () => {
    const { azure, swap } = open()
    azure.apps.put('staging', { operationInProgress: 'op0' })

    await assert.rejects(swap(), /another operation on slot 'staging'.*the time is up/)
    assert.deepEqual(azure.mutations, [])
  })

  it('warms the source up, and refuses one that stays cold', async () => {
    const { azure, swap } = open()
    azure.hosts.answers('/ready', 503)

    await assert.rejects(swap({ warmUp: { path: '/ready', statuses: ok } }), /'staging' did not warm up.*503/)
    assert.deepEqual(azure.mutations, [])
  })

  it('swaps a source that is warm', async () => {
    const { azure, swap } = open()

    assert.equal((await swap({ warmUp: { path: '/ready', statuses: ok } })).result, 'succeeded')
    assert.ok(azure.calls.made.indexOf('probe') < azure.calls.made.indexOf('requestSwap'))
  })

  for (const [requireIdle, evidence, asked] of [
    ['source', 'storage', 'look at hub'],
    ['target', 'managementApi', 'ask managementApi'],
  ] as const) {
    it(`refuses while the hub of the ${requireIdle} is busy (evidence ${evidence})`, async () => {
      const busy = requireIdle === 'source' ? 'shop99' : 'shop100'
      const { azure, swap } = open(new FakeAzure(app()).hub(busy, { verdict: 'busy' }))

      await assert.rejects(swap({ requireIdle, evidence }), new RegExp(`'${busy}' of slot .* is busy: 2 running`))
      assert.ok(azure.calls.made.includes(asked))
      assert.deepEqual(azure.mutations, [])
    })
  }

  it('asks for the hubs of both slots when both must be idle', async () => {
    const { azure, swap } = open()

    assert.equal((await swap({ requireIdle: 'both' })).result, 'succeeded')
    assert.equal(azure.calls.made.filter((call) => call === 'look at hub').length, 4)
  })

  it('plans anew after the proof, because the slots may have moved', async () => {
    const { azure, swap } = open()
    azure.calls.after('look at hub', () => azure.apps.set('shop', 'staging', { TaskHubName: 'shop101' }))

    await assert.rejects(swap({ requireIdle: 'source' }), /Neither slot runs task hub 'shop99'/)
    assert.deepEqual(azure.mutations, [])
  })

  describe('when it is cancelled', () => {
    it('says in each of its waits what is under way', async () => {
      const ends = await cancelledAtEach(
        () => new FakeAzure(app()),
        (deps, signal) => slotSwap(wanted, deps, signal),
      )
      const messages = ends.map(({ message, mutations }) => ({ message, begun: mutations.includes(swapped) }))
      for (const { message, begun } of messages) {
        assert.match(message, begun ? /Azure goes on with it|after the swap/ : /nothing is under way/)
      }
      assert.ok(messages.some(({ message }) => /Azure goes on with it/.test(message)))
      assert.ok(messages.some(({ message }) => /after the swap/.test(message)))
    })

    it('still says why the swap did not succeed', async () => {
      const failing = () => {
        const azure = new FakeAzure(app())
        azure.apps.answers({ kind: 'rejected', status: 400, message: 'no such thing' })
        return azure
      }
      const ends = await cancelledAtEach(failing, (deps, signal) => slotSwap(wanted, deps, signal))
      assert.match(ends.at(-1)?.message ?? '', /^Cancelled.*did not succeed: .*no such thing/)
    })

    it('still says that the target is not healthy', async () => {
      const calm = { ...wanted, rollbackOnFailure: false, settleMs: 0 }
      const ends = await cancelledAtEach(sick, (deps, signal) => slotSwap(calm, deps, signal))
      assert.match(ends.at(-1)?.message ?? '', /^Cancelled.*not healthy: its host reports: boom/)
    })

    it('says in each of its waits that it was swapping back', async () => {
      const twice = { ...wanted, settleMs: 0, healthCheckTimeoutMs: 0 }
      const ends = await cancelledAtEach(sick, (deps, signal) => slotSwap(twice, deps, signal))
      const last = ends.filter(({ mutations }) => mutations.filter((each) => each === swapped).length === 2)
      assert.ok(last.length > 0)
      for (const { during, message } of last) assert.match(message, /swapped back/, during)
    })

    it('says for an already swapped target that nothing is under way', async () => {
      const ends = await cancelledAtEach(alreadySwapped, (deps, signal) => slotSwap(wanted, deps, signal))
      for (const { during, message } of ends) assert.match(message, /nothing is under way/, during)
    })

    it('says so in a dry run of an already swapped target', async () => {
      const dry = { ...wanted, dryRun: true }
      const ends = await cancelledAtEach(alreadySwapped, (deps, signal) => slotSwap(dry, deps, signal))
      for (const { during, message } of ends) assert.match(message, /nothing is under way/, during)
    })
  })
})
