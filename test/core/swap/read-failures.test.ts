import assert from 'node:assert/strict'
import { AzureFailure, Cancelled } from '../../../core/failures.ts'
import { failureReader, type FailureQuestion } from '../../../core/swap/read-failures.ts'
import type { InstancesSeen, InstancesWanted, SeenInstance } from '../../../core/task-hub/ports.ts'
import { accountNamed, hubNamed } from '../../support/fake-azure.ts'
import { FakeCalls } from '../../support/fake-calls.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FakeTaskHubs } from '../../support/fake-task-hubs.ts'

const signal = new AbortController().signal
const start = new FakeClock().now().getTime()
const hour = 3_600_000
const weekAgo = new Date(start - 168 * hour)

function ended(count: number, status: string, hoursAgo: number, name = 'Order'): SeenInstance[] {
  const beganAt = new Date(start - hoursAgo * hour)
  return Array.from({ length: count }, () => ({ name, status, beganAt, endedAt: beganAt }))
}

/** Remembers what it was asked. */
class AskedTaskHubs extends FakeTaskHubs {
  readonly asked: InstancesWanted[] = []
  failure: { readonly at: number; readonly kind: 'timeout' | 'denied' } | undefined
  readMs = 0
  readAt: Date | undefined
  /** Answers with instances that have lost the time they began at. */
  timeless = false
  readonly #clock: FakeClock

  constructor(clock: FakeClock) {
    super(new FakeCalls(), accountNamed('shopdata'))
    this.#clock = clock
  }

  override async instances(...question: Parameters<FakeTaskHubs['instances']>): Promise<InstancesSeen> {
    this.asked.push(question[1])
    if (this.readMs > 0) await this.#clock.sleep(this.readMs, question[2])
    if (this.failure?.at === this.asked.length) {
      throw new AzureFailure('Could not read it.', { operation: 'read it', kind: this.failure.kind })
    }
    const seen = await super.instances(...question)
    const instances = seen.instances.map(({ name, status }) => ({ name, status }))
    const told = this.timeless ? { ...seen, instances } : seen
    return this.readAt === undefined ? told : { ...told, at: this.readAt }
  }
}

function scene(now: readonly SeenInstance[], before: readonly SeenInstance[], twist: Partial<FailureQuestion> = {}) {
  const clock = new FakeClock()
  const [newHubs, oldHubs] = [new AskedTaskHubs(clock), new AskedTaskHubs(clock)]
  newHubs.put(hubNamed('shop99'), { instances: now })
  oldHubs.put(hubNamed('shop100'), { instances: before })
  const read = failureReader(clock, {
    now: { name: hubNamed('shop99'), hubs: newHubs },
    before: { name: hubNamed('shop100'), hubs: oldHubs },
    since: weekAgo,
    limit: { instances: 10, increase: 20 },
    ...twist,
  })
  return { clock, newHubs, oldHubs, read }
}

describe('reading the failure share', () => {
  it('judges the new hub against the last hour of the old one where that is enough', async () => {
    const { oldHubs, read } = scene(ended(20, 'Failed', 0.1), ended(60, 'Completed', 0.5))

    assert.equal((await read(signal)).verdict, 'unhealthy')
    assert.deepEqual(
      oldHubs.asked.map(({ from, before, names }) => [from?.getTime(), before?.getTime(), names]),
      [[start - hour, undefined, ['Order']]],
    )
  })

  it('goes back a day, then a week, each without what was read before', async () => {
    const { oldHubs, read } = scene(ended(20, 'Failed', 0.1), [
      ...ended(2, 'Completed', 0.5),
      ...ended(2, 'Completed', 5),
      ...ended(2, 'Completed', 50),
      ...ended(2, 'Completed', 500),
    ])

    assert.equal((await read(signal)).names[0]?.begunBefore, 6)
    assert.deepEqual(
      oldHubs.asked.map(({ from, before }) => [from?.getTime(), before?.getTime()]),
      [
        [start - hour, undefined],
        [start - 24 * hour, start - hour],
        [start - 168 * hour, start - 24 * hour],
      ],
    )
  })

  it('reads the old hub not at all while too few have ended on the new one', async () => {
    const { oldHubs, read } = scene(ended(9, 'Failed', 0.1), ended(60, 'Completed', 0.5))

    assert.equal((await read(signal)).verdict, 'noData')
    assert.equal(oldHubs.asked.length, 0)
  })

  it('reads the old hub once however often it is asked, and again for a new name', async () => {
    const { newHubs, oldHubs, read } = scene(ended(20, 'Completed', 0.1), ended(60, 'Completed', 0.5))
    await read(signal)
    await read(signal)
    assert.equal(oldHubs.asked.length, 1)

    newHubs.put(hubNamed('shop99'), {
      instances: [...ended(20, 'Completed', 0.1), ...ended(1, 'Completed', 0, 'Refund')],
    })
    await read(signal)

    assert.deepEqual(oldHubs.asked.at(-1)?.names, ['Order', 'Refund'])
  })

  it('counts nothing that began on the new hub before the swap, a test in staging', async () => {
    const since = new Date(start - 2 * hour)
    const began = [...ended(9, 'Completed', 1), ...ended(90, 'Failed', 2.1)]
    const { newHubs, read } = scene(began, ended(60, 'Completed', 3), { since })

    assert.match((await read(signal)).because, /9 completed or failed so far/)
    assert.deepEqual(newHubs.asked[0]?.from, new Date(since.getTime() - hour / 4))
  })

  it('counts nothing whose begin is not known', async () => {
    const timeless = Array.from({ length: 20 }, () => ({ name: 'Order', status: 'Failed' }))

    const { read } = scene(timeless, ended(60, 'Completed', 0.5))

    assert.equal((await read(signal)).verdict, 'noData')
  })

  it('counts nothing whose begin is not known, even where storage tells of it', async () => {
    const { newHubs, read } = scene(ended(20, 'Failed', 0.1), ended(60, 'Completed', 0.5))
    assert.equal((await read(signal)).verdict, 'unhealthy')
    newHubs.timeless = true

    assert.match((await read(signal)).because, /0 completed or failed so far/)
  })

  it('tells the moment of the swap by the clock of the storage account', async () => {
    // Ten minutes behind ours when it is read: what began at 9:55 by it began after the swap, at 9:50 by it.
    const { clock, read } = scene(ended(20, 'Failed', 5 / 60), ended(60, 'Completed', 2), { since: new Date(start) })
    await clock.sleep(hour / 6, signal)

    assert.equal((await read(signal)).verdict, 'unhealthy')
  })

  it('counts no sub-orchestration on either hub, so that an input counts once', async () => {
    const children = (count: number, status: string, hoursAgo: number) =>
      ended(count, status, hoursAgo).map((each) => ({ ...each, isSubOrchestration: true as const }))
    const now = [...ended(3, 'Failed', 0.1), ...children(30, 'Failed', 0.1)]
    assert.match((await scene(now, ended(60, 'Completed', 0.5)).read(signal)).because, /3 completed or failed so far/)

    const { read } = scene(ended(20, 'Failed', 0.1), [...ended(60, 'Completed', 0.5), ...children(90, 'Failed', 0.5)])
    assert.equal((await read(signal)).names[0]?.begunBefore, 60)
  })

  it('asks for more certainty the more often it has judged, and does not count looks without data', async () => {
    // p = 1 of 12,870, so that it is found at the first 12 looks.
    const { newHubs, read } = scene([], ended(8, 'Completed', 0.5), { limit: { instances: 8, increase: 20 } })
    for (let look = 0; look < 20; look++) await read(signal)
    const now = [...ended(8, 'Failed', 0.1)]
    newHubs.put(hubNamed('shop99'), { instances: now })

    const verdicts = []
    for (let look = 1; look <= 13; look++) verdicts.push((await read(signal)).verdict)

    assert.deepEqual(verdicts, [...new Array<string>(12).fill('unhealthy'), 'healthy'])
  })

  it('reads the old hub again after a minute where something ran there', async () => {
    const running = { name: 'Order', status: 'Running', beganAt: new Date(start - hour / 2) }
    const began = ended(20, 'Completed', 0.1)
    for (const [before, reads] of [
      [[...ended(60, 'Completed', 0.5), running], 2],
      [ended(60, 'Completed', 0.5), 1],
    ] as const) {
      const { newHubs, oldHubs, read } = scene(began, before)
      await read(signal)
      newHubs.readAt = new Date(start + 59_000)
      await read(signal)
      assert.equal(oldHubs.asked.length, 1)
      newHubs.readAt = new Date(start + 60_000)
      await read(signal)

      assert.equal(oldHubs.asked.length, reads)
    }
  })

  it('asks for no more than a week of the new hub', async () => {
    const { newHubs, read } = scene([], [], { since: new Date(0) })
    await read(signal)

    assert.deepEqual(newHubs.asked[0]?.from, new Date(start - 168 * hour))
  })

  it('tells how many still run, unless there were more instances than it read', async () => {
    const running = { name: 'Order', status: 'Running', beganAt: new Date(start) }
    const { read } = scene([...ended(3, 'Completed', 0), running, running], [])
    assert.equal((await read(signal)).running, 2)

    const many = scene([...ended(20_001, 'Completed', 0)], ended(60, 'Completed', 0.5))
    assert.equal((await many.read(signal)).running, undefined)
  })

  it('reads no more of the old hub once there is as much as it may read', async () => {
    const { oldHubs, read } = scene(
      [...ended(20, 'Completed', 0), ...ended(1, 'Completed', 0, 'Rare')],
      ended(20_001, 'Completed', 0.5),
    )
    await read(signal)

    assert.equal(oldHubs.asked.length, 1)
  })

  it('has no data, with the reason, where a hub cannot be read', async () => {
    for (const side of ['newHubs', 'oldHubs'] as const) {
      const { [side]: hubs, read } = scene(ended(20, 'Failed', 0.1), ended(60, 'Completed', 0.5))
      hubs.failure = { at: 1, kind: 'denied' }

      assert.deepEqual(await read(signal), { verdict: 'noData', because: 'could not read it', names: [] })
    }
  })

  it('judges by the shorter spans where a longer one takes too long', async () => {
    const { oldHubs, read } = scene(ended(20, 'Failed', 0.1), ended(6, 'Completed', 0.5))
    oldHubs.failure = { at: 2, kind: 'timeout' }

    assert.equal((await read(signal)).verdict, 'unhealthy')
  })

  it('has no data where the first span takes too long, or a longer one may not be read', async () => {
    for (const failure of [
      { at: 1, kind: 'timeout' },
      { at: 2, kind: 'denied' },
    ] as const) {
      const { oldHubs, read } = scene(ended(20, 'Failed', 0.1), ended(6, 'Completed', 0.5))
      oldHubs.failure = failure

      assert.equal((await read(signal)).verdict, 'noData')
    }
  })

  it('gives all spans together a minute', async () => {
    const { oldHubs, read } = scene(ended(20, 'Completed', 0.1), ended(6, 'Completed', 0.5))
    oldHubs.readMs = 25_000
    await read(signal)

    assert.deepEqual(
      oldHubs.asked.map(({ withinMs }) => withinMs),
      [60_000, 35_000, 10_000],
    )
  })

  it('ends with a cancel', async () => {
    const abort = new AbortController()
    abort.abort()

    await assert.rejects(scene([], []).read(abort.signal), Cancelled)
  })
})
