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

function ended(count: number, status: string, hoursAgo: number, name = 'Order'): SeenInstance[] {
  const beganAt = new Date(start - hoursAgo * hour)
  return Array.from({ length: count }, () => ({ name, status, beganAt, endedAt: beganAt }))
}

/** Remembers what it was asked. */
class AskedTaskHubs extends FakeTaskHubs {
  readonly asked: InstancesWanted[] = []
  failure: { readonly at: number; readonly kind: 'timeout' | 'denied' } | undefined
  readMs = 0
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
    return await super.instances(...question)
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

    assert.equal((await read(signal)).names[0]?.endedBefore, 6)
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

  it('asks for nothing of the new hub that began before the old one served', async () => {
    const since = new Date(start - 2 * hour)
    const { newHubs, read } = scene(
      [...ended(9, 'Completed', 1), ...ended(90, 'Failed', 3)],
      ended(60, 'Completed', 0.5),
      {
        since,
      },
    )

    assert.equal((await read(signal)).verdict, 'noData')
    assert.deepEqual(newHubs.asked[0]?.from, since)
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
