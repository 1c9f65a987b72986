import assert from 'node:assert/strict'
import { AzureFailure, Cancelled } from '../../../core/failures.ts'
import { Busy } from '../../../state-service/events/busy.ts'
import type { Documents } from '../../../state-service/documents/documents.ts'
import { changeHints, readHints } from '../../../state-service/documents/hints-document.ts'
import { openIntake, type IntakeLimits } from '../../../state-service/events/intake.ts'
import { memoryDocuments } from '../../../state-service/documents/store-memory.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { lifecycleEvent, lifecycleEvents, seeded } from './lifecycle-events.ts'
import { startTableStorage, type TableStorage } from '../documents/table-storage.ts'
import { down, gate, lostReply, settle, withWrites } from '../documents/writes.ts'

const never = new AbortController().signal
let ids = 0

function open(documents: Documents, limits: Partial<IntakeLimits> = {}) {
  return openIntake({ documents, clock: new FakeClock(), newId: () => `batch-${++ids}`, random: seeded(++ids) }, limits)
}

async function counted(documents: Documents, hub = 'orders1'): Promise<number> {
  return (await readHints(documents, hub, never)).events
}

/** Each event posted on its own, as Event Grid does by default. */
async function postEach(intakes: readonly ReturnType<typeof open>[], count: number, hub = 'orders1'): Promise<void> {
  const posts = lifecycleEvents(count, hub).map(async (event, at) => {
    await intakes[at % intakes.length]?.takeEvents([event], new AbortController().signal)
  })
  await Promise.all(posts)
}

describe('the intake of lifecycle events', () => {
  it('has stored what events say once it says so', async () => {
    const documents = memoryDocuments()
    const event = lifecycleEvent()
    await open(documents).takeEvents([event], never)
    const { generation, events, running } = await readHints(documents, 'orders1', never)
    assert.deepEqual({ generation, events }, { generation: 1, events: 1 })
    assert.deepEqual(
      running.map(({ id, name }) => [id, name]),
      [[event.instanceId, 'Ship']],
    )
  })

  it('takes hub names that differ by case for one hub, and others apart', async () => {
    const documents = memoryDocuments()
    await open(documents).takeEvents(
      [lifecycleEvent('Orders1'), lifecycleEvent('ORDERS1'), lifecycleEvent('bills')],
      never,
    )
    assert.equal(await counted(documents), 2)
    assert.equal(await counted(documents, 'bills'), 1)
    assert.deepEqual(await documents.keys('hints', never), ['bills', 'orders1'])
  })

  it('writes nothing for a delivery without events', async () => {
    const documents = memoryDocuments()
    await open(documents).takeEvents([], never)
    assert.deepEqual(await documents.keys('hints', never), [])
  })

  it('puts all that comes during a write into the next one', async () => {
    const { open: release, opened } = gate()
    const documents = withWrites(memoryDocuments(), async ({ proceed }) => {
      await opened
      return proceed()
    })
    const intake = open(documents)
    const posts = lifecycleEvents(500).map((event) => intake.takeEvents([event], new AbortController().signal))
    await settle()
    assert.equal(documents.writes(), 1)
    release()
    await Promise.all(posts)
    assert.equal(documents.writes(), 2)
    assert.equal(await counted(documents), 500)
  })

  it('does not let a hub wait for another whose write takes long', async () => {
    const { open: release, opened } = gate()
    const documents = withWrites(memoryDocuments(), async ({ key, proceed }) => {
      if (key === 'slow') await opened
      return proceed()
    })
    const intake = open(documents)
    const slow = intake.takeEvents([lifecycleEvent('slow')], never)
    await intake.takeEvents([lifecycleEvent('quick')], never)
    assert.equal(await counted(documents, 'slow'), 0)
    release()
    await slow
    assert.equal(await counted(documents, 'slow'), 1)
  })

  it('writes so many hubs at a time and no more, however many are named', async () => {
    let [now, most] = [0, 0]
    const documents = withWrites(memoryDocuments(), async ({ proceed }) => {
      most = Math.max(most, ++now)
      await settle()
      now -= 1
      return proceed()
    })
    const events = Array.from({ length: 60 }, (_, at) => lifecycleEvent(`hub${at}`))
    await open(documents, { hubsAtOnce: 3 }).takeEvents(events, never)
    assert.equal(most, 3)
    for (let at = 0; at < 60; at++) assert.equal(await counted(documents, `hub${at}`), 1)
  })

  it('loses and doubles nothing where two services write the same hubs', async () => {
    const documents = memoryDocuments()
    const intakes = [open(documents), open(documents), open(documents)]
    await Promise.all(['orders1', 'bills'].map((hub) => postEach(intakes, 900, hub)))
    assert.equal(await counted(documents), 900)
    assert.equal(await counted(documents, 'bills'), 900)
  })

  for (const [when, seed] of [
    ['before', 1],
    ['after', 2],
  ] as const) {
    it(`loses and doubles nothing where replies are lost (${when} the effect)`, async () => {
      const documents = memoryDocuments()
      const random = seeded(seed)
      let lost = 0
      const losingSome = () => {
        // A batch that is lost three times is given up, and nobody can promise a count of events that come again.
        let ofThisBatch = 0
        return withWrites(documents, async ({ proceed }) => {
          if (ofThisBatch === 2 || random() >= 0.3) {
            const answer = await proceed()
            if (answer === 'written') ofThisBatch = 0
            return answer
          }
          lost += 1
          ofThisBatch += 1
          if (when === 'after' && (await proceed()) === 'written') ofThisBatch = 0
          throw lostReply()
        })
      }
      const intakes = [open(losingSome()), open(losingSome())]
      for (let round = 0; round < 50; round++) await postEach(intakes, 10)
      assert.ok(lost > 10)
      assert.equal(await counted(documents), 500)
    })
  }

  it('knows a batch again that got through although others wrote before it looked', async () => {
    const documents = memoryDocuments()
    const faulty = withWrites(documents, async ({ at, proceed }) => {
      const answer = await proceed()
      if (at > 0) return answer
      await open(documents).takeEvents([lifecycleEvent()], never)
      await changeHints(documents, 'orders1', (hints) => ({ ...hints, generation: hints.generation + 1 }), never)
      throw lostReply()
    })
    await open(faulty).takeEvents(lifecycleEvents(3), never)
    const { events, generation } = await readHints(documents, 'orders1', never)
    assert.deepEqual({ events, generation }, { events: 4, generation: 3 })
  })

  it('says no to exactly those whose events are not known to be stored, and goes on once storage is back', async () => {
    const documents = memoryDocuments()
    let isDown = true
    const faulty = withWrites(documents, ({ key, proceed }) =>
      isDown && key === 'orders1' ? Promise.reject(down()) : proceed(),
    )
    const intake = open(faulty)
    const deliveries = [['orders1'], ['bills'], ['bills', 'orders1'], ['bills', 'bills']]
    const results = await Promise.allSettled(
      deliveries.map((hubs) =>
        intake.takeEvents(
          hubs.map((hub) => lifecycleEvent(hub)),
          new AbortController().signal,
        ),
      ),
    )
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
    )
    for (const result of results) assert.ok(result.status === 'fulfilled' || result.reason instanceof AzureFailure)
    assert.equal(await counted(documents), 0)
    isDown = false
    await postEach([intake], 20)
    assert.equal(await counted(documents), 20)
    assert.equal(await counted(documents, 'bills'), 4)
  })

  it('gives a batch up whose reply is lost every time', async () => {
    const documents = withWrites(memoryDocuments(), () => Promise.reject(lostReply()))
    await assert.rejects(open(documents).takeEvents([lifecycleEvent()], never), (error) => {
      return error instanceof AzureFailure && error.mayHaveHappened
    })
    assert.equal(documents.writes(), 3)
  })

  it('gives a batch up that storage holds for too long, and takes the next', async () => {
    const documents = memoryDocuments()
    const stuck = withWrites(documents, ({ at, signal, proceed }) => {
      if (at > 0) return proceed()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Cancelled()), { once: true }))
    })
    const intake = open(stuck, { storeWithinMs: 50 })
    await assert.rejects(intake.takeEvents([lifecycleEvent()], never), (error) => {
      return error instanceof AzureFailure && error.kind === 'timeout' && error.mayHaveHappened
    })
    await intake.takeEvents([lifecycleEvent()], never)
    assert.equal(await counted(documents), 1)
  })

  it('takes no more than it may hold, whole deliveries only, and more again once some are stored', async () => {
    const { open: release, opened } = gate()
    const documents = withWrites(memoryDocuments(), async ({ proceed }) => {
      await opened
      return proceed()
    })
    const intake = open(documents, { mostHeld: 10 })
    const taken = [intake.takeEvents(lifecycleEvents(6), never), intake.takeEvents(lifecycleEvents(4), never)]
    await assert.rejects(intake.takeEvents([lifecycleEvent()], never), (error) => {
      return error instanceof Busy && error.retryAfterSeconds > 0
    })
    release()
    await Promise.all(taken)
    await assert.rejects(intake.takeEvents(lifecycleEvents(11), never), Busy)
    await intake.takeEvents(lifecycleEvents(10), never)
    assert.equal(await counted(documents), 20)
  })

  it('forgets events of a request that ends while they wait, and makes room for others', async () => {
    const { open: release, opened } = gate()
    const documents = withWrites(memoryDocuments(), async ({ proceed }) => {
      await opened
      return proceed()
    })
    const intake = open(documents, { mostHeld: 5 })
    const first = intake.takeEvents([lifecycleEvent()], never)
    await settle()
    const request = new AbortController()
    const waiting = intake.takeEvents(lifecycleEvents(4), request.signal)
    request.abort()
    await assert.rejects(waiting, Cancelled)
    const other = intake.takeEvents(lifecycleEvents(4), never)
    release()
    await Promise.all([first, other])
    assert.equal(await counted(documents), 5)
  })

  it('lets go of a request that ends during its write, whose events may be stored all the same', async () => {
    const { open: release, opened } = gate()
    const documents = withWrites(memoryDocuments(), async ({ proceed }) => {
      await opened
      return proceed()
    })
    const intake = open(documents, { mostHeld: 2 })
    const request = new AbortController()
    const writing = intake.takeEvents(lifecycleEvents(2), request.signal)
    await settle()
    request.abort()
    await assert.rejects(writing, Cancelled)
    await assert.rejects(intake.takeEvents([lifecycleEvent()], never), Busy)
    release()
    await settle()
    assert.equal(await counted(documents), 2)
    await intake.takeEvents(lifecycleEvents(2), never)
    await assert.rejects(intake.takeEvents([lifecycleEvent()], AbortSignal.abort()), Cancelled)
    assert.equal(await counted(documents), 4)
  })

  it('does not write over hints that it cannot read', async () => {
    const documents = memoryDocuments()
    await documents.write({ kind: 'hints', key: 'orders1', text: '{"version":2}' }, undefined, never)
    await assert.rejects(open(documents).takeEvents([lifecycleEvent()], never), (error) => {
      return error instanceof AzureFailure && error.kind === 'unreadable'
    })
    assert.equal((await documents.read('hints', 'orders1', never))?.text, '{"version":2}')
  })
})

describe('the intake of lifecycle events over Azurite', function () {
  this.timeout(60_000)
  let storage: TableStorage
  before(async () => {
    storage = await startTableStorage()
  })
  after(() => storage.stop())
  afterEach(() => storage.faults.clear())

  it('loses and doubles nothing where two services write one hub and every seventh reply is lost', async () => {
    const table = storage.newTable()
    const documents = storage.open(table)
    await documents.ensure(never)
    const clock = new FakeClock()
    const intakes = [open(storage.openThroughFaults(table, clock)), open(storage.openThroughFaults(table, clock))]
    const faults = (['before', 'after'] as const).map((when) => {
      let writes = 0
      return storage.faults.add({ method: 'PUT', when, only: () => ++writes % 7 === 0, action: { kind: 'reset' } })
    })
    for (let round = 0; round < 30; round++) await postEach(intakes, 20)
    assert.ok(faults.every((fault) => fault.struck() > 0))
    assert.equal(await counted(documents), 600)
  })

  it('says no while storage is down, and takes the same events in when it is up again', async () => {
    const table = storage.newTable()
    const documents = storage.openThroughFaults(table, new FakeClock())
    await documents.ensure(never)
    const intake = open(documents)
    storage.faults.add({ action: { kind: 'status', status: 500 } })
    const events = lifecycleEvents(3)
    await assert.rejects(intake.takeEvents(events, never), AzureFailure)
    storage.faults.clear()
    await intake.takeEvents(events, never)
    assert.equal(await counted(documents), 3)
  })
})
