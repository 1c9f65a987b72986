import assert from 'node:assert/strict'
import { AzureFailure, Refusal } from '../../../core/failures.ts'
import { production } from '../../../core/function-app/picture.ts'
import { emptyRecord, findRecorded } from '../../../core/record/record.ts'
import { recordRotated } from '../../../core/rotate/record.ts'
import { strictPolicy } from '../../../core/task-hub/idle-proof/policy.ts'
import { cleanupTaskHub } from '../../../tasks/CleanupTaskHub/run.ts'
import type { CleanupWanted } from '../../../tasks/CleanupTaskHub/wanted.ts'
import { app } from '../../support/app.ts'
import { FakeAzure, hubNamed, hubOfShop } from '../../support/fake-azure.ts'
import { cancelledAtEach, denied, lostReply, run, shop, story, withoutLock } from '../story.ts'

const wanted: CleanupWanted = {
  ...shop,
  slotName: production,
  taskHubs: [{ name: hubNamed('shop7') }],
  keepLast: 0,
  minimumAgeMs: 0,
  policy: strictPolicy,
  lock: withoutLock,
  dryRun: false,
}
const shop7 = () => new FakeAzure(app()).hub('shop7')
const both = [{ name: hubNamed('shop7') }, { name: hubNamed('shop8') }]
const partsOfShop7 = [
  'delete queue shop7-control-00',
  'delete queue shop7-workitems',
  'delete table shop7Instances',
  'delete table shop7History',
  'delete container shop7-leases',
]
const retiredShop7 = recordRotated(emptyRecord('shop'), {
  hub: hubOfShop('shop100'),
  previous: hubOfShop('shop7'),
  at: '2026-11-20T10:00:00.000Z',
  by: run,
  evidence: 'none required',
})

const stateService = { url: 'https://state.example', key: 'k3y' }
const newsOf = (azure: FakeAzure) => azure.told.map(({ news }) => news)
const told = (name: string) => ({ kind: 'cleanup', taskHub: { account: 'shopdata', name } })

function open(azure = shop7()) {
  const opened = story(azure)
  const cleanUp = async (twist: Partial<CleanupWanted> = {}) =>
    await cleanupTaskHub({ ...wanted, ...twist }, opened.deps, opened.signal)
  return { ...opened, cleanUp }
}

const deletesOf = (azure: FakeAzure) => azure.mutations.filter((each) => each.startsWith('delete'))
const reasonsOf = (report: { outputs: Readonly<Record<string, string>> }) => report.outputs['keptTaskHubs'] ?? ''

describe('the story of a clean-up', () => {
  it('deletes a retired hub, queues before tables, and keeps that in the record', async () => {
    const { azure, cleanUp } = open()

    const report = await cleanUp()

    assert.equal(report.result, 'succeeded', report.message)
    assert.deepEqual(azure.mutations, [...partsOfShop7, 'record shop'])
    assert.equal(azure.hasHub('shop7'), false)
    assert.equal(azure.record()?.audit.at(-1)?.action, 'delete')
    assert.match(report.outputs['deletedTaskHubs'] ?? '', /"state":"deleted"/)
  })

  it('tells the state service of each hub that it deleted, and of no other', async () => {
    const { azure, cleanUp } = open(shop7().hub('shop8').hub('shop9', { verdict: 'busy' }))

    const report = await cleanUp({ taskHubs: [...both, { name: hubNamed('shop9') }], stateService })

    assert.equal(report.result, 'failed')
    assert.deepEqual(newsOf(azure), [told('shop7'), told('shop8')])
  })

  it('tells the state service of a hub that was gone already nothing', async () => {
    const { azure, cleanUp } = open(new FakeAzure(app()))

    assert.match((await cleanUp({ stateService })).outputs['deletedTaskHubs'] ?? '', /"state":"absent"/)

    assert.deepEqual(azure.told, [])
  })

  it('only says in a dry run what the state service would be told', async () => {
    const { azure, log, cleanUp } = open()

    await cleanUp({ stateService, dryRun: true })

    assert.deepEqual(azure.told, [])
    assert.match(
      log.lines.join('\n'),
      /Dry run: the state service .* would be told that task hub 'shop7' was deleted\./,
    )
  })

  it('deletes and succeeds though the state service is down, and warns once', async () => {
    const { azure, log, cleanUp } = open(shop7().hub('shop8'))
    azure.calls.fails('tell state service', denied())

    const report = await cleanUp({ taskHubs: both, stateService })

    assert.equal(report.result, 'succeeded', report.message)
    assert.equal(log.warnings.filter((text) => text.startsWith('The state service was not told')).length, 1)
  })

  it('says of a hub that was deleted before a cancel that the state service does not know', async () => {
    const { azure, log, abort, cleanUp } = open(shop7().hub('shop8'))
    azure.calls.onEach(() => {
      if (!azure.hasHub('shop7') && azure.calls.made.at(-1) === 'look at hub') abort.abort()
    })

    await assert.rejects(cleanUp({ taskHubs: both, stateService }), /Deleted before that: 'shop7'\.$/)

    assert.deepEqual(azure.told, [])
    assert.match(log.warnings.join(), /not told that task hub 'shop7' was deleted: the run was cancelled/)
  })

  it('takes the retired hubs of the record where none is named', async () => {
    const { azure, cleanUp } = open(shop7().keep(retiredShop7))

    await cleanUp({ taskHubs: [] })

    assert.deepEqual(deletesOf(azure), partsOfShop7)
    assert.ok(findRecorded(azure.record() ?? retiredShop7, hubOfShop('shop7'))?.deletedAt)
  })

  it('has nothing to do where the record names no retired hub', async () => {
    const { azure, cleanUp } = open(new FakeAzure(app()).keep(emptyRecord('shop')))

    assert.equal((await cleanUp({ taskHubs: [] })).message, 'There is no retired task hub to delete.')
    assert.deepEqual(azure.mutations, [])
  })

  it('asks for names where there is no record', async () => {
    await assert.rejects(open().cleanUp({ taskHubs: [] }), (error) => {
      return error instanceof Refusal && /no deployment record of 'shop'.*Give taskHubName/.test(error.message)
    })
  })

  it('refuses a slot that is not there', async () => {
    await assert.rejects(open(new FakeAzure(app().without('production'))).cleanUp(), /Nothing was changed\.$/)
  })

  it('deletes nothing in a dry run', async () => {
    const { azure, cleanUp } = open()

    const report = await cleanUp({ dryRun: true })

    assert.match(report.message, /'shop7' would be deleted/)
    assert.equal(report.outputs['deletedTaskHubs'], '[]')
    assert.deepEqual(azure.mutations, [])
  })

  it('is done with a hub that is gone, and enters that in the record', async () => {
    const { azure, cleanUp } = open(new FakeAzure(app()).keep(retiredShop7))

    assert.match((await cleanUp()).message, /'shop7' absent/)
    assert.deepEqual(azure.mutations, ['record shop'])
    assert.ok(findRecorded(azure.record() ?? retiredShop7, hubOfShop('shop7'))?.deletedAt)
  })

  it('enters nothing about a hub that is gone in a dry run', async () => {
    const { azure, cleanUp } = open(new FakeAzure(app()).keep(retiredShop7))

    await cleanUp({ dryRun: true })

    assert.deepEqual(azure.mutations, [])
  })

  const orders = (hub: string) => app().named('orders').slot('production', { hub })
  const held: [string, FakeAzure, Partial<CleanupWanted>, RegExp][] = [
    [
      'a slot uses',
      new FakeAzure(app()).hub('shop99'),
      { taskHubs: [{ name: hubNamed('shop99') }] },
      /'staging' of 'shop' uses it/,
    ],
    ['another app uses', new FakeAzure(app(), orders('shop7')).hub('shop7'), {}, /'production' of 'orders' uses it/],
    ['a worker holds', shop7().hub('shop7', { heldBy: 'w1' }), {}, /a worker \('w1'\) still holds/],
    ['is busy', shop7().hub('shop7', { verdict: 'busy' }), {}, /it is busy: 2 running/],
    ['is not understood', shop7().hub('shop7', { verdict: 'unknown' }), {}, /it is unknown/],
    ['cannot be told from others', shop7().hub('shop7', { obstacle: 'rows of nobody' }), {}, /rows of nobody/],
    [
      'an unreadable slot may use',
      new FakeAzure(app().slot('staging', { unreadable: 'no role' })).hub('shop7'),
      {},
      /whether slot 'staging' uses it cannot be told: no role/,
    ],
  ]
  for (const [what, azure, twist, reason] of held) {
    it(`holds back a hub that ${what}, and fails`, async () => {
      const { cleanUp } = open(azure)

      const report = await cleanUp(twist)

      assert.equal(report.result, 'failed')
      assert.match(report.message, reason)
      assert.deepEqual(azure.mutations, [])
    })
  }

  it('keeps a hub that is too young, and succeeds', async () => {
    const { azure, cleanUp } = open(shop7().hub('shop7', { active: new Date('2026-11-21T09:00:00Z') }))

    const report = await cleanUp({ minimumAgeMs: 7_200_000 })

    assert.equal(report.result, 'succeeded')
    assert.match(reasonsOf(report), /1\.0 hours ago/)
    assert.deepEqual(azure.mutations, [])
  })

  it('spares the newest', async () => {
    const azure = shop7()
      .hub('shop7', { active: new Date('2026-11-01') })
      .hub('shop8', { active: new Date('2026-11-02') })
    const { cleanUp } = open(azure)

    const report = await cleanUp({ taskHubs: both, keepLast: 1 })

    assert.match(reasonsOf(report), /"name":"shop8".*keepLast spares/)
    assert.deepEqual(deletesOf(azure), partsOfShop7)
  })

  it('spares with keepLast a hub that could not be read when the newest were told, though it can be read later', async () => {
    const azure = shop7()
      .hub('shop7', { active: new Date('2026-11-02') })
      .hub('shop8', { active: new Date('2026-11-01') })
      .hub('shop9', { active: new Date('2026-10-01') })
    const { cleanUp } = open(azure)
    // The look before the lock would be taken reads all three; the one that decides cannot read shop7.
    for (const nothing of [1, 2, 3]) azure.calls.after('liveLeases', () => nothing)
    azure.calls.fails('liveLeases', denied())

    const report = await cleanUp({ taskHubs: [...both, { name: hubNamed('shop9') }], keepLast: 1 })

    assert.equal(report.result, 'failed')
    assert.deepEqual([azure.hasHub('shop7'), azure.hasHub('shop8'), azure.hasHub('shop9')], [true, true, false])
    assert.match(reasonsOf(report), /"name":"shop7".*may be one of the 1 newest, which keepLast spares, because/)
  })

  it('spares with keepLast a hub that a worker held when the newest were told, though it lets go later', async () => {
    const azure = shop7()
      .hub('shop7', { active: new Date('2026-11-02'), heldBy: 'w1' })
      .hub('shop8', { active: new Date('2026-11-01') })
      .hub('shop9', { active: new Date('2026-10-01') })
    const { cleanUp } = open(azure)
    // All three twice over: before the lock would be taken, and when it is decided.
    for (const nothing of [1, 2, 3, 4, 5]) azure.calls.after('liveLeases', () => nothing)
    azure.calls.after('liveLeases', () => azure.letGo('shop7'))

    const report = await cleanUp({ taskHubs: [...both, { name: hubNamed('shop9') }], keepLast: 1 })

    assert.equal(report.result, 'failed')
    assert.deepEqual([azure.hasHub('shop7'), azure.hasHub('shop8'), azure.hasHub('shop9')], [true, true, false])
    assert.match(reasonsOf(report), /a worker \('w1'\) still holds/)
  })

  it('spares with keepLast what the record says retired last, however long another drained', async () => {
    const lately = { active: new Date('2026-11-21T09:59:00Z') }
    const long = { active: new Date('2026-11-01T00:00:00Z') }
    const at = { at: '2026-11-10T00:00:00.000Z', by: run, evidence: '' }
    const first = recordRotated(emptyRecord('shop'), { ...at, hub: hubOfShop('shop8'), previous: hubOfShop('shop7') })
    const second = { ...at, at: '2026-11-20T00:00:00.000Z', hub: hubOfShop('shop9'), previous: hubOfShop('shop8') }
    const azure = new FakeAzure(app()).hub('shop7', lately).hub('shop8', long).keep(recordRotated(first, second))
    const { cleanUp } = open(azure)

    await cleanUp({ taskHubs: [{ name: hubNamed('shop7') }, { name: hubNamed('shop8') }], keepLast: 1 })

    assert.deepEqual([azure.hasHub('shop7'), azure.hasHub('shop8')], [false, true])
  })

  it('keeps with minimumAgeInHours a hub that retired lately, though nothing was active in it for long', async () => {
    const at = { at: '2026-11-21T09:00:00.000Z', by: run, evidence: '' }
    const record = recordRotated(emptyRecord('shop'), { ...at, hub: hubOfShop('shop8'), previous: hubOfShop('shop7') })
    const long = { active: new Date('2026-11-01T00:00:00Z') }
    const { azure, cleanUp } = open(new FakeAzure(app()).hub('shop7', long).keep(record))

    const report = await cleanUp({ minimumAgeMs: 7_200_000 })

    assert.match(reasonsOf(report), /retired or taken into production 1\.0 hours ago/)
    assert.equal(azure.hasHub('shop7'), true)
  })

  it('refuses to choose by age or order where the record cannot be read', async () => {
    const { azure, cleanUp } = open(new FakeAzure(app()).hub('shop7').keepText('<html>'))

    await assert.rejects(cleanUp({ keepLast: 1 }), /is not JSON/)
    assert.deepEqual(azure.mutations, [])
    assert.equal((await cleanUp()).result, 'succeeded')
  })

  it('takes a hub that was named twice once', async () => {
    const { cleanUp } = open()

    const report = await cleanUp({ taskHubs: [{ name: hubNamed('shop7') }, { name: hubNamed('SHOP7') }] })

    assert.equal((JSON.parse(report.outputs['deletedTaskHubs'] ?? '') as unknown[]).length, 1)
  })

  it('goes on with the next hub when one cannot be read', async () => {
    const { azure, cleanUp } = open(shop7().hub('shop8'))
    azure.calls.fails('liveLeases', denied())

    const report = await cleanUp({ taskHubs: both })

    assert.equal(azure.hasHub('shop8'), false, report.message)
  })

  it('deletes one hub and says why another could not be deleted', async () => {
    const { azure, cleanUp } = open(shop7().hub('shop8'))
    azure.calls.fails('deletePart', denied())

    const report = await cleanUp({ taskHubs: both })

    assert.equal(report.result, 'failed')
    assert.match(report.message, /'shop7' was not deleted: could not do it: a role is missing\. Remove/)
    assert.match(report.outputs['deletedTaskHubs'] ?? '', /"name":"shop8"/)
  })

  it('lets what is no failure of Azure through', async () => {
    const { azure, cleanUp } = open()
    azure.calls.fails('lastActivity', new RangeError('a bug'))

    await assert.rejects(cleanUp(), RangeError)
  })

  it('reads storage after a lost reply, and deletes no part twice', async () => {
    const { azure, cleanUp } = open()
    azure.calls.loses('deletePart', lostReply())

    assert.equal((await cleanUp()).result, 'succeeded')
    assert.deepEqual(deletesOf(azure), partsOfShop7)
  })

  it('reads the guards again after the proof', async () => {
    const { azure, cleanUp } = open()
    azure.calls.after('look at hub', () => azure.apps.set('shop', 'staging', { TaskHubName: 'shop7' }))

    const report = await cleanUp()

    assert.match(report.message, /'staging' of 'shop' uses it/)
    assert.deepEqual(azure.mutations, [])
  })

  it('says once that another app could not be read, and deletes', async () => {
    const { azure, log, cleanUp } = open(
      new FakeAzure(app(), app().named('orders').slot('production', { unreadable: 'no' })).hub('shop7'),
    )

    await cleanUp()

    assert.equal(azure.hasHub('shop7'), false)
    assert.deepEqual(log.warnings, [
      "Whether these function apps use task hub 'shop7' could not be read: 'orders' (slot 'production').",
      "No deployment lock of 'shop' is taken, because input 'lock' is false: nothing keeps another run from changing it at the same time.",
    ])
  })

  it('names an app that gives no answer at all', async () => {
    const { azure, log, cleanUp } = open(new FakeAzure(app(), app().named('orders')).hub('shop7'))
    azure.calls.after('list', () => azure.calls.fails('look', denied()))

    await cleanUp({ dryRun: true })

    assert.match(log.warnings.join(), /could not be read: 'orders'/)
  })

  it('deletes nothing while another app cannot be read for a reason that passes', async () => {
    const { azure, cleanUp } = open(new FakeAzure(app(), app().named('orders')).hub('shop7'))
    const reset = new AzureFailure('Could not read it: the connection was reset.', { operation: 'x', kind: 'network' })
    let listed = 0
    azure.calls.onEach(() => {
      if (azure.calls.made.at(-1) === 'list' && ++listed === 3) azure.calls.fails('look', reset)
    })

    const report = await cleanUp()

    assert.equal(report.result, 'failed')
    assert.match(report.message, /'shop7' was not deleted: could not read it: the connection was reset/)
    assert.equal(azure.hasHub('shop7'), true)
  })

  it('fails as a whole when the apps cannot be looked at', async () => {
    const { azure, cleanUp } = open()
    azure.calls.fails('look', denied())

    await assert.rejects(cleanUp(), AzureFailure)
  })

  it('has deleted the hub when the record cannot be kept', async () => {
    const { azure, log, cleanUp } = open()
    azure.calls.fails('write record', denied())

    assert.equal((await cleanUp()).result, 'succeeded')
    assert.match(log.warnings.join(), /record of 'shop' was not written/)
  })

  it('tells, wherever it is cancelled, which hub is gone and which is half deleted', async () => {
    const ends = await cancelledAtEach(
      () => shop7().hub('shop8'),
      (deps, signal) => cleanupTaskHub({ ...wanted, taskHubs: both }, deps, signal),
    )
    for (const { during, message, mutations } of ends) {
      const begun = (hub: string) => mutations.some((each) => each.includes(hub))
      assert.equal(message.includes("'shop7'"), begun('shop7'), `${during}: ${message}`)
      assert.equal(message.includes("'shop8'"), begun('shop8'), `${during}: ${message}`)
      if (message.includes('Deleted before that')) assert.match(message, /Run the task again/)
    }
    assert.ok(ends.some(({ message }) => /'shop8' was being deleted.*Deleted before that: 'shop7'/.test(message)))
  })
})
