import assert from 'node:assert/strict'
import type { EntityContext, OrchestrationContext } from '../../../emulator/durable/app.ts'
import { readHistory } from '../../../emulator/durable/history.ts'
import { readInstance } from '../../../emulator/durable/instances.ts'
import type { Task } from '../../../emulator/durable/tasks.ts'
import { startAzurite } from '../../support/azurite.ts'
import type { Azurite } from '../../support/azurite.ts'
import { ended, reaches, until, workers } from './hub-for-test.ts'

type Code = Generator<Task, unknown, never>

const activities = { Double: (input: unknown) => Number(input) * 2 }

describe('a durable worker over Azurite', () => {
  let azurite: Azurite
  const fleet = workers()
  before(async () => {
    azurite = await startAzurite()
  })
  after(async () => {
    await fleet.stop()
    await azurite.stop()
  })

  it('runs activities one after the other', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Chain', {
      activities,
      orchestrators: {
        *Chain(context: OrchestrationContext): Code {
          const once: number = yield context.callActivity('Double', context.input)
          return yield context.callActivity('Double', once)
        },
      },
    })
    const status = await ended(client, await client.startNew('Chain', 3))
    assert.deepEqual([status.runtimeStatus, status.output], ['Completed', 12])
  })

  it('fans out and collects the results in order', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'FanOut', {
      activities,
      orchestrators: {
        *FanOut(context: OrchestrationContext): Code {
          return yield context.all([1, 2, 3, 4, 5].map((n) => context.callActivity('Double', n)))
        },
      },
    })
    assert.deepEqual((await ended(client, await client.startNew('FanOut'))).output, [2, 4, 6, 8, 10])
  })

  it('waits for a sub-orchestration, which has a row only after its first checkpoint', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Parent', {
      activities,
      orchestrators: {
        *Parent(context: OrchestrationContext): Code {
          return yield context.callSubOrchestrator('Child', 4, `${context.instanceId}-child`)
        },
        *Child(context: OrchestrationContext): Code {
          return yield context.callActivity('Double', context.input)
        },
      },
    })
    const id = await client.startNew('Parent')
    assert.equal((await ended(client, id)).output, 8)
    assert.equal((await client.getStatus(`${id}-child`))?.name, 'Child')
  })

  it('tells the orchestration that its activity failed', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Failing', {
      activities: {
        Break: () => {
          throw new Error('out of paper')
        },
      },
      orchestrators: {
        *Fails(context: OrchestrationContext): Code {
          return yield context.callActivity('Break')
        },
      },
    })
    const status = await ended(client, await client.startNew('Fails'))
    assert.equal(status.runtimeStatus, 'Failed')
    assert.match(String(status.output), /out of paper/)
  })

  it('sleeps on a timer', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Timers', {
      orchestrators: {
        *Sleep(context: OrchestrationContext): Code {
          yield context.createTimer(new Date(context.currentUtcDateTime.getTime() + 1000))
          return 'awake'
        },
      },
    })
    const before = Date.now()
    assert.equal((await ended(client, await client.startNew('Sleep'))).output, 'awake')
    assert.ok(Date.now() - before >= 1000)
  })

  it('leaves the message of a cancelled timer behind when the event came first', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Cancelled', {
      orchestrators: {
        *Wait(context: OrchestrationContext): Code {
          const timer = context.createTimer(new Date(context.currentUtcDateTime.getTime() + 600_000))
          const approved = context.waitForExternalEvent('Approved')
          const winner: Task = yield context.any([timer, approved])
          timer.cancel()
          return winner === approved ? approved.result : 'too late'
        },
      },
    })
    const id = await client.startNew('Wait')
    await reaches(client, id, 'Running')
    await client.raiseEvent(id, 'Approved', 'yes')
    assert.equal((await ended(client, id)).output, 'yes')
    const { storage, names } = client.hub
    const counts = await Promise.all(
      [0, 1].map(async (n) => (await storage.queue(names.control(n)).getProperties()).approximateMessagesCount ?? 0),
    )
    const peeked = await Promise.all([0, 1].map((n) => storage.queue(names.control(n)).peekMessages()))
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      1,
    )
    assert.deepEqual(
      peeked.flatMap((answer) => answer.peekedMessageItems),
      [],
    )
  })

  it('starts at the time it was scheduled for', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Later', {
      orchestrators: { Later: (context: OrchestrationContext) => context.input },
    })
    const at = new Date(Date.now() + 1500)
    const id = await client.startNew('Later', 1, undefined, { scheduledStartTime: at })
    assert.equal((await client.getStatus(id))?.runtimeStatus, 'Pending')
    await ended(client, id)
    assert.ok(Date.now() >= at.getTime())
  })

  it('continues as new under a new execution id', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Eternal', {
      activities,
      orchestrators: {
        *Count(context: OrchestrationContext): Code {
          const n = Number(context.input)
          yield context.callActivity('Double', n)
          if (n < 3) context.continueAsNew(n + 1)
          return n
        },
      },
    })
    const id = await client.startNew('Count', 1)
    const first = (await readInstance(client.hub, id))?.ExecutionId
    assert.equal((await ended(client, id)).output, 3)
    assert.notEqual((await readInstance(client.hub, id))?.ExecutionId, first)
  })

  it('holds a suspended orchestration until it is resumed', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Suspended', {
      orchestrators: {
        *Wait(context: OrchestrationContext): Code {
          return yield context.waitForExternalEvent('Go')
        },
      },
    })
    const id = await client.startNew('Wait')
    await reaches(client, id, 'Running')
    await client.suspend(id, 'maintenance')
    assert.equal((await reaches(client, id, 'Suspended')).output, 'maintenance')
    await client.raiseEvent(id, 'Go', 7)
    await until('the event is in History', async () =>
      (await readHistory(client.hub, id)).events.some((each) => each.EventType === 'EventRaised'),
    )
    assert.equal((await client.getStatus(id))?.runtimeStatus, 'Suspended')
    await client.resume(id)
    assert.equal((await ended(client, id)).output, 7)
  })

  it('terminates an orchestration with its reason', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Terminated', {
      orchestrators: {
        *Wait(context: OrchestrationContext): Code {
          return yield context.waitForExternalEvent('Never')
        },
      },
    })
    const id = await client.startNew('Wait')
    await reaches(client, id, 'Running')
    await client.terminate(id, 'enough')
    const status = await ended(client, id)
    assert.deepEqual([status.runtimeStatus, status.output], ['Terminated', 'enough'])
  })

  it('keeps the state of an entity, whose row is Running for ever', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Entities', {
      entities: {
        Counter: (context: EntityContext) => {
          context.setState(context.getState(0) + Number(context.input))
        },
      },
      orchestrators: {
        Add: (context: OrchestrationContext) => {
          context.signalEntity('@counter@total', 'add', 5)
          return 'added'
        },
      },
    })
    await client.signalEntity('@counter@total', 'add', 1)
    await ended(client, await client.startNew('Add'))
    const status = await until('both were added', async () => {
      const seen = await client.getStatus('@counter@total')
      return (seen?.input as { state?: string } | undefined)?.state === '6' && seen
    })
    assert.equal(status.runtimeStatus, 'Running')
    assert.deepEqual(status.customStatus, { entityExists: true })
    assert.equal(status.name, '@counter@total')
  })

  it('puts large payloads into blobs and reads them back', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Large', {
      activities: { Length: (input: unknown) => String(input).length, Grow: () => 'y'.repeat(70_000) },
      orchestrators: {
        *Large(context: OrchestrationContext): Code {
          const grown: string = yield context.callActivity('Grow')
          const length: number = yield context.callActivity('Length', context.input)
          return length + grown.length
        },
      },
    })
    const status = await ended(client, await client.startNew('Large', 'x'.repeat(100_000)))
    assert.equal(status.output, 170_000)
    assert.match(String(status.input), /^http.*-largemessages\/.*json\.gz$/)
  })

  it('fails an orchestration whose function is not there', async () => {
    const { client } = await fleet.start(azurite.connectionString, 'Unknown', {})
    const status = await ended(client, await client.startNew('Nobody'))
    assert.equal(status.runtimeStatus, 'Failed')
    assert.match(String(status.output), /'Nobody' doesn't exist, is disabled, or is not an orchestrator function/)
  })
})
