import assert from 'node:assert/strict'
import { systemClock } from '../../../../core/azure/clock.ts'
import { hubReader } from '../../../../core/azure/storage/hub-reader.ts'
import { openStore } from '../../../../core/azure/storage/store.ts'
import { openTaskHubs } from '../../../../core/azure/storage/task-hubs.ts'
import { referenceFromConnectionString } from '../../../../core/function-app/storage-reference.ts'
import { evidenceSummary } from '../../../../core/report/evidence-summary.ts'
import { noAccount } from '../../../../core/task-hub/account/account.ts'
import { historyTable, instancesTable } from '../../../../core/task-hub/layout.ts'
import { lookAtHub } from '../../../../core/task-hub/idle-proof/look.ts'
import type { Evidence, LookAtHub } from '../../../../core/task-hub/idle-proof/evidence.ts'
import { strictPolicy } from '../../../../core/task-hub/idle-proof/policy.ts'
import type { HubName } from '../../../../core/task-hub/name.ts'
import { waitUntilIdle } from '../../../../core/task-hub/idle-proof/prove-idle.ts'
import { event } from '../../../../emulator/durable/events.ts'
import { fillHub, type FilledHub } from '../../../../emulator/durable/fill.ts'
import { startAzurite, type Azurite } from '../../../support/azurite.ts'
import { FakeClock, FakeLog } from '../../../support/fake-clock.ts'

const signal = new AbortController().signal

describe('the account of a hub in Azurite', function () {
  this.timeout(120_000)

  let azurite: Azurite
  before(async function () {
    this.timeout(20_000)
    azurite = await startAzurite()
  })
  after(() => azurite.stop())

  const access = (): Parameters<typeof openStore> => {
    const reference = referenceFromConnectionString(azurite.connectionString)
    assert.ok(reference.kind === 'connectionString')
    const transport = { userAgent: 'test', proxyFor: () => undefined }
    return [reference, { transport, clock: systemClock, onSecret: () => {} }]
  }
  const open = () => openTaskHubs(...access())
  let made = 0
  const fill = async (): Promise<FilledHub & { hub: HubName }> => {
    const hub = `Shop${++made}` as HubName
    return { ...(await fillHub(azurite.connectionString, hub, { partitionCount: 1 })), hub }
  }
  const look = (hub: HubName): Promise<Evidence> => open().look(hub, strictPolicy, signal, { account: noAccount })
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)
  /** Completed instances that took from 1 to 10 minutes. */
  const history = async (seed: FilledHub, name: string) => {
    for (let n = 1; n <= 10; n++) {
      await seed.completed(1, { name, createdTime: ago(60), lastUpdatedTime: ago(60 - n) })
    }
  }

  const waits: readonly [string, (seed: FilledHub) => Promise<unknown>, RegExp][] = [
    ['an activity', (seed) => seed.running(), /^activity 'Charge'$/],
    [
      'nothing but an event, once its activity has completed',
      (seed) =>
        seed.running({
          history: [
            event('TaskScheduled', { EventId: 0, Name: 'Charge' }),
            event('TaskCompleted', { TaskScheduledId: 0, Result: '1' }),
          ],
        }),
      /^external event$/,
    ],
    [
      'a timer',
      (seed) =>
        seed.running({ history: [event('TimerCreated', { EventId: 0, FireAt: new Date('2099-01-02T03:04Z') })] }),
      /^timer until 2099-01-02 03:04Z$/,
    ],
    [
      'a sub-orchestration',
      (seed) =>
        seed.running({
          history: [event('SubOrchestrationInstanceCreated', { EventId: 0, Name: 'Ship', InstanceId: 'child' })],
        }),
      /^sub-orchestration 'Ship'$/,
    ],
    ['its resume', (seed) => seed.suspended(), /^to be resumed$/],
    ['its first run', (seed) => seed.pending(), /^first run$/],
    ['its time', (seed) => seed.scheduledStart(new Date('2099-01-02T03:04Z')), /^start at 2099-01-02 03:04Z$/],
    ['a start that is lost', (seed) => seed.pending({ message: false }), /^nothing: its start message is lost$/],
    ['operations', (seed) => seed.entity('counter', 'a', { queueSize: 2 }), /^2 operations$/],
    ['the end of a lock', (seed) => seed.entity('counter', 'a', { lockedBy: 'abc' }), /^to be unlocked by 'abc'$/],
  ]
  for (const [what, act, expected] of waits) {
    it(`says that an instance waits for ${what}`, async () => {
      const seed = await fill()
      await act(seed)
      const { account, verdict } = await look(seed.hub)
      assert.equal(verdict, 'busy')
      assert.match(account?.lines[0]?.waitsFor ?? '', expected)
    })
  }

  it('gives up on a History of more than five pages', async () => {
    const seed = await fill()
    const id = await seed.running({ instanceId: 'long' })
    const table = seed.storage.table(seed.names.history)
    for (let at = 0; at < 5100; at += 100) {
      await table.submitTransaction(
        Array.from({ length: 100 }, (_, n) => [
          'create',
          {
            partitionKey: id,
            rowKey: `X${at + n}`,
            EventType: 'TaskCompleted',
            TaskScheduledId: at + n,
            ExecutionId: 'old',
          },
        ]),
      )
    }
    assert.equal((await look(seed.hub)).account?.lines[0]?.waitsFor, 'not known')
  }).timeout(60_000)

  it('estimates from completed instances of the same name only', async () => {
    const seed = await fill()
    await history(seed, 'ProcessOrder')
    await seed.running({ createdTime: ago(0) })
    await seed.running({ name: "It's new" })
    const { account } = await look(seed.hub)
    const drains = new Map(account?.lines.map(({ name, drain }) => [name, drain]))
    assert.equal(drains.get("It's new")?.kind, 'noHistory')
    const drain = drains.get('ProcessOrder')
    assert.ok(drain?.kind === 'estimate')
    assert.ok(drain.medianMs > 4 * 60_000 && drain.medianMs < 6 * 60_000, String(drain.medianMs))
    assert.equal(drain.samples, 10)
  })

  it('names what waits in queues, and counts the starts that no list shows', async () => {
    const seed = await fill()
    await seed.controlMessage({ instanceId: 'child:0001' })
    await seed.controlMessage({ event: event('EventRaised', { Name: 'Approved' }) })
    await seed.largeMessage()
    await seed.garbageMessage(0)
    await seed.queuedActivity({ name: 'Charge' })
    await seed.queuedActivity({ name: 'Charge', invisibleSeconds: 600 })
    const { account, detail, because } = await look(seed.hub)
    const { kinds, activities, names, unread, hidden } = detail?.queued ?? {}
    assert.deepEqual(
      [kinds?.start, kinds?.event, kinds?.large, kinds?.other, activities, unread, hidden],
      [1, 1, 1, 1, 2, 0, 0],
    )
    assert.equal(account?.newStarts, 1)
    assert.deepEqual(
      names?.find(({ kind }) => kind === 'activity'),
      { kind: 'activity', name: 'Charge', count: 1 },
    )
    assert.equal(because, '2 activities queued or executing, 4 messages in control queues')
  })

  it('takes less than 16 requests a poll where 100 instances run and do not change, messages in every queue', async () => {
    const hub = 'Polled' as HubName
    const seed = await fillHub(azurite.connectionString, hub, { partitionCount: 4 })
    for (let n = 0; n < 100; n++) await seed.running({ instanceId: `order-${n}` })
    for (let n = 0; n < 4; n++) await seed.controlMessage({ partition: n, invisibleSeconds: n % 2 === 0 ? 0 : 600 })
    await seed.queuedActivity()
    const store = openStore(...access())
    const tracking = { store, instances: instancesTable(hub), history: historyTable(hub), shared: false }
    const reader = hubReader(store, tracking, hub)
    const requests: number[] = []
    const look: LookAtHub = async (now, ask) => {
      const before = reader.requests()
      const question = { hub: { account: { name: 'azurite', id: 'azurite' }, name: hub }, policy: strictPolicy }
      const evidence = await lookAtHub(reader, question, ask ?? {}, now)
      requests.push(reader.requests() - before)
      return evidence
    }
    const options = { timeoutMs: 59 * 15_000, pollIntervalMs: 15_000, quietPeriodMs: 30_000 }
    await waitUntilIdle({ look, clock: new FakeClock(), log: new FakeLog() }, options, signal)
    const [first = 0, ...polls] = requests
    assert.equal(polls.length, 59)
    assert.ok(Math.max(...polls) < 16, `a poll took ${Math.max(...polls)} requests, the first look ${first}`)
    assert.ok(requests.reduce((sum, each) => sum + each) <= 1200, `sixty polls, the first one with ${first}`)
  })

  it('is told in the log while waiting, and as tables in the summary', async () => {
    const seed = await fill()
    await history(seed, 'ProcessOrder')
    for (let n = 0; n < 3; n++)
      await seed.running({ version: '2.1', createdTime: ago(2 + n), instanceId: `order-${n}` })
    await seed.queuedActivity({ name: 'Charge' })
    const until = new Date('2099-01-02T03:04Z')
    await seed.running({ name: 'Reminder', history: [event('TimerCreated', { EventId: 0, FireAt: until })] })
    await seed.suspended({ name: 'Refund', instanceId: 'refund-17' })
    await seed.entity('counter', 'total')
    const log = new FakeLog()
    const hubs = open()
    const { evidence } = await waitUntilIdle(
      { look: (now, ask) => hubs.look(seed.hub, strictPolicy, now, ask), clock: new FakeClock(), log, hub: seed.hub },
      { timeoutMs: 60_000, pollIntervalMs: 30_000, quietPeriodMs: 30_000 },
      signal,
    )
    const text = log.lines.join('\n')
    assert.match(text, /^ {2}ProcessOrder +2\.1 +3 +order-2 +.*activity 'Charge' \(3\) +\d+ min \/ \d+ min$/m)
    assert.match(text, /^ {2}Reminder +1 .*timer until 2099-01-02 03:04Z +no history$/m)
    assert.match(text, /^ {2}Refund +1 +refund-17 .*to be resumed +never by itself$/m)
    assert.match(text, /^ {2}In its queues: 1 activity queued or executing \('Charge'\)$/m)
    assert.equal(log.lines.filter((line) => line.startsWith('In flight')).length, 1, 'told once, for nothing changed')
    assert.doesNotMatch(text, /Reading|Counting/, 'a small hub is read at once')
    const page = evidenceSummary(evidence)
    assert.match(page, /\| ProcessOrder \| 2\.1 \| 3 \| order-2 \| .* \| activity 'Charge' \(3\) \|/)
    assert.match(page, /\| Suspended \| 1 \| They do not end by themselves: resume or terminate them\. \|/)
    assert.match(page, /\| Idle entities \| 1 \|/)
  })
})
