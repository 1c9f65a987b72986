import assert from 'node:assert/strict'
import type { OrchestrationContext } from '../../../emulator/durable/app.ts'
import { event } from '../../../emulator/durable/events.ts'
import { readHistory } from '../../../emulator/durable/history.ts'
import { readInstance } from '../../../emulator/durable/instances.ts'
import { sendToInstance } from '../../../emulator/durable/queues.ts'
import type { Task } from '../../../emulator/durable/tasks.ts'
import type { Worker } from '../../../emulator/durable/worker.ts'
import { startAzurite } from '../../support/azurite.ts'
import type { Azurite } from '../../support/azurite.ts'
import { ended, reaches, until, workers } from './hub-for-test.ts'

type Code = Generator<Task, unknown, never>

const brief = { leaseSeconds: 2, controlVisibilitySeconds: 2, workItemVisibilitySeconds: 2 }

describe('a durable worker that stops or is replaced', () => {
  let azurite: Azurite
  const fleet = workers()
  before(async () => {
    azurite = await startAzurite()
  })
  after(async () => {
    await fleet.stop()
    await azurite.stop()
  })

  const owners = async (worker: Worker) => {
    const found: (string | undefined)[] = []
    const { storage, names } = worker.client.hub
    for await (const row of storage.table(names.partitions).listEntities()) found.push(row['CurrentOwner'] as string)
    return found
  }

  function app(runs: string[], release: { now: boolean }) {
    return {
      activities: {
        async Work(input: unknown) {
          runs.push(String(input))
          await until('the work may end', () => Promise.resolve(release.now))
          return input
        },
      },
      orchestrators: {
        *Job(context: OrchestrationContext): Code {
          return yield context.callActivity('Work', 'once')
        },
      },
    }
  }

  it('leaves leases and messages to run out after a crash, and another worker goes on', async () => {
    const runs: string[] = []
    const release = { now: false }
    const first = await fleet.start(azurite.connectionString, 'Crash', app(runs, release), { ...brief, workerId: 'a' })
    const id = await first.client.startNew('Job')
    await until('the activity runs', () => Promise.resolve(runs.length === 1))
    const killed = first.kill()
    release.now = true
    await killed
    const second = await fleet.start(azurite.connectionString, 'Crash', app(runs, release), { ...brief, workerId: 'b' })
    assert.deepEqual(await owners(second), ['a', 'a'])
    assert.equal((await ended(second.client, id)).output, 'once')
    assert.equal(runs.length, 2)
    // The two leases run out a moment apart, and the job may have ended between.
    await until('both partitions are taken over', async () => (await owners(second)).every((owner) => owner === 'b'))
  })

  it('puts off the answer to what a killed worker had asked for and not written down, and asks again', async () => {
    const release = { now: false }
    const runs: string[] = []
    const twice = {
      ...app(runs, release),
      orchestrators: {
        *Job(context: OrchestrationContext): Code {
          const first = yield context.callActivity('Work', 'first')
          return [first, yield context.callActivity('Work', 'second')]
        },
      },
    }
    const { client } = await fleet.start(azurite.connectionString, 'Early', twice, brief)
    const id = await client.startNew('Job')
    await until('the first activity runs', () => Promise.resolve(runs.length === 1))
    const { executionId = '' } = await readHistory(client.hub, id)
    const target = { InstanceId: id, ExecutionId: executionId }
    const early = event('TaskCompleted', { TaskScheduledId: 1, Result: '"of the killed worker"' })
    await sendToInstance(client.hub, { event: early, target, sender: target })
    release.now = true

    assert.deepEqual((await ended(client, id)).output, ['first', 'second'])
    assert.deepEqual(runs, ['first', 'second'])
  })

  it('gives its partitions up when it stops gracefully', async () => {
    const worker = await fleet.start(azurite.connectionString, 'Graceful', {}, { workerId: 'a' })
    assert.deepEqual(await owners(worker), ['a', 'a'])
    await worker.stop()
    const other = await fleet.start(azurite.connectionString, 'Graceful', {}, { workerId: 'b' })
    assert.deepEqual(await owners(other), ['b', 'b'])
  })

  it('shares the partitions with a second worker', async () => {
    const one = await fleet.start(
      azurite.connectionString,
      'Shared',
      {},
      { ...brief, workerId: 'a', partitionCount: 4 },
    )
    const two = await fleet.start(
      azurite.connectionString,
      'Shared',
      {},
      { ...brief, workerId: 'b', partitionCount: 4 },
    )
    await until('each has two', () => Promise.resolve(one.partitions().length === 2 && two.partitions().length === 2))
  })

  const begun = {
    activities: { First: () => 'first' },
    orchestrators: {
      *Order(context: OrchestrationContext): Code {
        yield context.callActivity('First')
        return yield context.waitForExternalEvent('Go')
      },
    },
  }

  it('fails what it finds non-deterministic, and says what History holds', async () => {
    const first = await fleet.start(azurite.connectionString, 'Versions', begun, { workerId: 'a' })
    const id = await first.client.startNew('Order')
    await until('its first step was done', async () =>
      (await readHistory(first.client.hub, id)).events.some((each) => each.EventType === 'TaskCompleted'),
    )
    await first.kill()
    const second = await fleet.start(
      azurite.connectionString,
      'Versions',
      {
        orchestrators: {
          *Order(context: OrchestrationContext): Code {
            yield context.callActivity('Before')
            yield context.callActivity('First')
            return yield context.waitForExternalEvent('Go')
          },
        },
      },
      { workerId: 'a' },
    )
    await second.client.raiseEvent(id, 'Go')
    const status = await ended(second.client, id)
    assert.equal(status.runtimeStatus, 'Failed')
    assert.match(
      String(status.output),
      /History holds activity 'First' as action 0, but the code now asks for activity 'Before'/,
    )
  })

  it('goes on where the version is the same', async () => {
    const first = await fleet.start(azurite.connectionString, 'SameVersion', begun, { workerId: 'a' })
    const id = await first.client.startNew('Order')
    // An activity that is cut off comes back only when its message does, after five minutes.
    await until('its first step was done', async () =>
      (await readHistory(first.client.hub, id)).events.some((each) => each.EventType === 'TaskCompleted'),
    )
    await first.stop()
    const second = await fleet.start(azurite.connectionString, 'SameVersion', begun, { workerId: 'a' })
    await second.client.raiseEvent(id, 'Go', 'done')
    assert.equal((await ended(second.client, id)).output, 'done')
  })

  it('mends a row that a crash left Running when another message comes', async () => {
    const worker = await fleet.start(azurite.connectionString, 'Mend', {
      orchestrators: { Quick: () => 'done' },
    })
    const id = await worker.client.startNew('Quick')
    await ended(worker.client, id)
    const { storage, names } = worker.client.hub
    const row = { partitionKey: id, rowKey: '', RuntimeStatus: 'Running' }
    await storage.table(names.instances).updateEntity(row, 'Merge')
    await worker.client.raiseEvent(id, 'Anything')
    await until('it is mended', async () => (await readInstance(worker.client.hub, id))?.RuntimeStatus === 'Completed')
  })

  it('terminates a Pending row that nothing will ever run', async () => {
    const worker = await fleet.start(azurite.connectionString, 'Orphan', {})
    const { storage, names } = worker.client.hub
    const orphan = { partitionKey: 'orphan', rowKey: '', RuntimeStatus: 'Pending', ExecutionId: 'x' }
    await storage.table(names.instances).createEntity(orphan)
    await worker.client.terminate('orphan', 'cleared')
    assert.equal((await reaches(worker.client, 'orphan', 'Terminated')).output, 'cleared')
  })
})
