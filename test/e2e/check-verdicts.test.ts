import assert from 'node:assert/strict'
import type { FilledHub } from '../../emulator/durable/fill.ts'
import { slotWithHub } from './check-scene.ts'
import { assertEndsWell, assertRefused, warningsOf } from './endings.ts'
import { Scene } from './scene.ts'

type Situation = {
  readonly name: string
  readonly seed: (hub: FilledHub) => Promise<unknown>
  readonly inputs?: Readonly<Record<string, string>>
}
type Busy = Situation & { readonly says: RegExp; readonly outputs?: Readonly<Record<string, string>> }
type Passes = Situation & { readonly warns: RegExp; readonly outputs?: Readonly<Record<string, string>> }

const inAnHour = () => new Date(Date.now() + 3_600_000)

const busy: readonly Busy[] = [
  {
    name: 'an orchestration that goes on as new',
    seed: (hub) => hub.continuedAsNew(),
    says: /busy: 1 running/,
    outputs: { runningCount: '1' },
  },
  {
    name: 'a start that waits for a worker',
    seed: (hub) => hub.pending(),
    says: /busy: 1 pending, 1 message in control queues/,
    outputs: { pendingCount: '1', queuedMessageCount: '1' },
  },
  {
    name: 'a pending instance whose message was lost',
    seed: (hub) => hub.pending({ message: false }),
    says: /busy: 1 pending, oldest/,
    outputs: { pendingCount: '1', queuedMessageCount: '0' },
  },
  {
    name: 'a start that is scheduled for later',
    seed: (hub) => hub.scheduledStart(inAnHour()),
    says: /busy: 1 pending, 1 message in control queues being processed or due later/,
    outputs: { pendingCount: '1', queuedMessageCount: '1' },
  },
  {
    name: 'a suspended orchestration',
    seed: (hub) => hub.suspended(),
    says: /busy: 1 suspended/,
    outputs: { suspendedCount: '1' },
  },
  {
    name: 'a row without a status',
    seed: (hub) => hub.withoutStatus(),
    says: /busy: 1 with a status that is missing or not known/,
    outputs: { runningCount: '1' },
  },
  {
    name: 'a row with a status of the future',
    seed: (hub) => hub.instance({ status: 'Hibernating' }),
    says: /busy: 1 with a status that is missing or not known/,
    outputs: { runningCount: '1' },
  },
  {
    name: 'an activity that is queued',
    seed: (hub) => hub.queuedActivity(),
    says: /busy: 1 activity queued or executing/,
    outputs: { queuedMessageCount: '1', runningCount: '0' },
  },
  {
    name: 'an activity that is being executed',
    seed: (hub) => hub.queuedActivity({ invisibleSeconds: 300 }),
    says: /busy: 1 activity queued or executing/,
  },
  {
    name: 'a message for an instance that has no row yet',
    seed: (hub) => hub.controlMessage(),
    says: /busy: 1 message in control queues\. /,
    outputs: { queuedMessageCount: '1', oldestInstanceId: '' },
  },
  {
    name: 'a message too large for its queue',
    seed: (hub) => hub.largeMessage(),
    says: /busy: 1 message in control queues\. /,
  },
  {
    name: 'a message that nobody can read',
    seed: (hub) => hub.garbageMessage(2),
    says: /busy: 1 message in control queues\. /,
  },
  {
    name: 'a message that is being processed',
    seed: (hub) => hub.controlMessage({ invisibleSeconds: 300 }),
    says: /busy: 1 message in control queues being processed or due later/,
    outputs: { queuedMessageCount: '1' },
  },
  {
    name: 'a timer of an orchestration that runs',
    seed: (hub) => hub.cancelledTimer(inAnHour(), { status: 'Running', history: [] }),
    says: /busy: 1 running, 1 message in control queues being processed or due later/,
  },
  {
    name: 'a message that is being processed beside the leftover of a cancelled timer',
    seed: async (hub) => {
      const instanceId = await hub.cancelledTimer(inAnHour())
      await hub.controlMessage({ instanceId, invisibleSeconds: 300 })
    },
    says: /busy: 1 message in control queues being processed or due later/,
    outputs: { queuedMessageCount: '2' },
  },
  {
    name: 'a running instance with a finished History of another execution',
    seed: (hub) => hub.finishedButRunning({ columns: { ExecutionId: 'another' } }),
    says: /busy: 1 running/,
  },
  {
    name: 'an entity with operations in its queue',
    seed: (hub) => hub.entity('counter', 'total', { queueSize: 2 }),
    says: /busy: 1 busy entity, oldest '@counter@total'/,
    outputs: { busyEntityCount: '1', runningCount: '0' },
  },
  {
    name: 'a locked entity',
    seed: (hub) => hub.entity('counter', 'total', { lockedBy: 'order-1' }),
    says: /busy: 1 busy entity/,
  },
  {
    name: 'an idle entity where entityPolicy is block',
    seed: (hub) => hub.entity('counter', 'total'),
    inputs: { entityPolicy: 'block' },
    says: /busy: 1 idle entity/,
    outputs: { busyEntityCount: '0' },
  },
  {
    name: 'an orchestration that ignoreInstances does not name',
    seed: async (hub) => {
      await hub.running({ name: 'Monitor', instanceId: 'monitor-1' })
      await hub.running({ name: 'ProcessOrder', instanceId: 'Monitor-2' })
    },
    inputs: { ignoreInstances: 'name: Monitor*\nid: monitor-*' },
    says: /busy: 1 running, oldest 'Monitor-2'/,
    outputs: { runningCount: '1', inFlightByName: '{"ProcessOrder":1}' },
  },
  {
    name: 'a queue message even where every invisible one is accepted',
    seed: (hub) => hub.controlMessage(),
    inputs: { acceptInvisibleMessages: 'true' },
    says: /busy: 1 message in control queues\. /,
  },
  {
    name: 'an executing activity even where every invisible message is accepted',
    seed: (hub) => hub.queuedActivity({ invisibleSeconds: 300 }),
    inputs: { acceptInvisibleMessages: 'true' },
    says: /busy: 1 activity queued or executing/,
  },
]

const passes: readonly Passes[] = [
  {
    name: 'the leftover of a cancelled timer',
    seed: (hub) => hub.cancelledTimer(inAnHour()),
    warns: /^1 message in control queues passed as leftover timers of ended instances\.$/,
    outputs: { queuedMessageCount: '1' },
  },
  {
    name: 'a message that is being processed, where acceptInvisibleMessages is true',
    seed: (hub) => hub.controlMessage({ invisibleSeconds: 300 }),
    inputs: { acceptInvisibleMessages: 'true' },
    warns:
      /^1 message in control queues that cannot be peeked did not block because acceptInvisibleMessages is true\.$/,
    outputs: { queuedMessageCount: '1' },
  },
  {
    name: 'an instance that ended although its row says Running',
    seed: (hub) => hub.finishedButRunning({ instanceId: 'order-9' }),
    warns: /^1 instance counted as ended by History although not marked so \(first 'order-9'\)\.$/,
    outputs: { runningCount: '0' },
  },
  {
    name: 'an idle entity, whose state stays behind',
    seed: (hub) => hub.entity('counter', 'total'),
    warns: /^The state of 1 idle entity stays behind in this task hub\.$/,
  },
  {
    name: 'a busy entity where entityPolicy is ignore',
    seed: (hub) => hub.entity('counter', 'total', { queueSize: 1 }),
    inputs: { entityPolicy: 'ignore' },
    warns: /^1 busy entity did not block because entityPolicy is 'ignore'\.$/,
    outputs: { busyEntityCount: '1' },
  },
  {
    name: 'eternal orchestrations that ignoreInstances names',
    seed: async (hub) => {
      await hub.running({ name: 'Monitor' })
      await hub.running({ name: 'ProcessOrder', instanceId: 'eternal/2' })
    },
    inputs: { ignoreInstances: 'NAME: monitor\n\n  id: eternal*' },
    warns: /^2 instances ignored on purpose: /,
    outputs: { runningCount: '0', inFlightByName: '{}' },
  },
]

describe('CheckNoRunningOrchestrations holds back', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start()))
  after(async () => await scene.stop())

  for (const { name, seed, inputs, says, outputs = {} } of busy) {
    it(name, async () => {
      const { hub, check } = await slotWithHub(scene)
      await hub.completed(1)
      await seed(hub)

      const run = await check(inputs)

      assertRefused(run, says)
      assert.equal(run.outputs['verdict'], 'busy')
      for (const [output, value] of Object.entries(outputs)) assert.equal(run.outputs[output], value, output)
    })
  }

  it('a hub whose entity cannot be understood', async () => {
    const { hub, check } = await slotWithHub(scene)
    await hub.entity('counter', 'total', { columns: { CustomStatus: 'Internal Error: none' } })

    const run = await check()

    assertRefused(run, /is not proven idle: the status of 1 entity cannot be understood \(first '@counter@total'\)/)
    assert.equal(run.outputs['verdict'], 'unknown')
  })

  it('a hub whose queues are there and whose Instances table is not', async () => {
    const { hub, check } = await slotWithHub(scene)
    await hub.storage.tables.deleteTable(hub.names.instances)

    const run = await check()

    assertRefused(run, /is not proven idle: it has 5 queues but no Instances table/)
    assert.equal(run.outputs['verdict'], 'unknown')
  })
})

describe('CheckNoRunningOrchestrations lets pass', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start()))
  after(async () => await scene.stop())

  for (const { name, seed, inputs, warns, outputs = {} } of passes) {
    it(name, async () => {
      const { hub, check } = await slotWithHub(scene)
      await hub.completed(1)
      await seed(hub)

      const run = await check(inputs)

      assert.match(run.result, /^Succeeded/, run.log)
      assertEndsWell(run)
      assert.equal(run.outputs['verdict'], 'idle')
      assert.equal(warningsOf(run).length, 1, run.log)
      assert.match(warningsOf(run)[0] ?? '', warns)
      for (const [output, value] of Object.entries(outputs)) assert.equal(run.outputs[output], value, output)
    })
  }
})
