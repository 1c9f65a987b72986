import assert from 'node:assert/strict'
import { slotWithHub } from './check-scene.ts'
import { assertEndsWell, assertRefused, warningsOf } from './endings.ts'
import { Scene } from './scene.ts'

describe('CheckNoRunningOrchestrations, from the package', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start()))
  after(async () => await scene.stop())

  it("says that a slot's hub is idle, with every output and a summary", async () => {
    const { app, hub, check } = await slotWithHub(scene)
    await hub.completed(3)
    await hub.failed()
    await hub.terminated()
    await hub.canceled()

    const run = await check()

    assert.equal(run.result, 'Succeeded', run.log)
    assertEndsWell(run)
    assert.deepEqual(warningsOf(run), [])
    assert.deepEqual(run.outputs, {
      verdict: 'idle',
      taskHubName: `${app.name}new`,
      runningCount: '0',
      pendingCount: '0',
      suspendedCount: '0',
      queuedMessageCount: '0',
      busyEntityCount: '0',
      oldestInstanceId: '',
      inFlightByName: '{}',
      inFlightByVersion: '{}',
      evidence: 'storage',
    })
    assert.match(run.message, new RegExp(`^Task hub '${app.name}new' is idle over 2 proofs`))
    const [summary] = run.attachments
    assert.equal(summary?.type, 'Distributedtask.Core.Summary')
    assert.match(summary.text, new RegExp(`\\*\\*${app.name}new\\*\\*.*stdurable.*idle`))
  })

  it('says what still runs, with every output and a summary', async () => {
    const { app, hub, check } = await slotWithHub(scene)
    const since = (minutes: number) => ({ createdTime: new Date(Date.UTC(2026, 0, 2, 3, minutes)) })
    await hub.running({ instanceId: 'order-2', name: 'ProcessOrder', version: '1.1', ...since(5) })
    await hub.running({ instanceId: 'order-1', name: 'ProcessOrder', version: '1.0', ...since(4) })
    await hub.suspended({ instanceId: 'bill-1', name: 'SendBill', ...since(6) })
    await hub.pending({ instanceId: 'order-3', message: false, ...since(7) })
    await hub.queuedActivity({ instanceId: 'order-1' })
    await hub.entity('counter', 'total', { lockedBy: 'order-1', ...since(8) })

    const run = await check()

    assertRefused(
      run,
      new RegExp(`^Task hub '${app.name}new' is busy: 2 running, `),
      /1 pending, 1 suspended, 1 busy entity, 1 activity queued or executing/,
      /oldest 'order-1' \(ProcessOrder\) since 2026-01-02 03:04Z/,
      /Nothing was changed\./,
    )
    assert.deepEqual(run.outputs, {
      verdict: 'busy',
      taskHubName: `${app.name}new`,
      runningCount: '2',
      pendingCount: '1',
      suspendedCount: '1',
      queuedMessageCount: '1',
      busyEntityCount: '1',
      oldestInstanceId: 'order-1',
      inFlightByName: run.outputs['inFlightByName'],
      inFlightByVersion: run.outputs['inFlightByVersion'],
      evidence: 'storage',
    })
    const json = (name: string): unknown => JSON.parse(run.outputs[name] ?? '')
    assert.deepEqual(json('inFlightByName'), { ProcessOrder: 3, SendBill: 1, '@counter': 1 })
    assert.deepEqual(json('inFlightByVersion'), { '1.0': 1, '1.1': 1, '': 3 })
    const text = run.attachments[0]?.text ?? ''
    assert.match(text, /⏳ busy/)
    assert.match(text, /order-1 \| ProcessOrder \| 1\.0 \| Running \| 2026-01-02 03:04Z/)
  })

  it('does nothing but look', async () => {
    const { hub, check } = await slotWithHub(scene)
    await hub.running()
    scene.azure.requests.clear()

    assertRefused(await check())

    assert.deepEqual(scene.azure.requests.all({ effect: true }), [])
  })

  it('looks at the slot production where that is asked for', async () => {
    const app = await scene.app()
    const hub = await scene.hub(`${app.name}old`)
    await hub.running()

    const run = await scene.run('CheckNoRunningOrchestrations', {
      appName: app.name.toUpperCase(),
      resourceGroupName: 'SHOP-RG',
      slotName: 'Production',
      timeoutInMinutes: '0',
    })

    assertRefused(run, new RegExp(`Task hub '${app.name}old' is busy: 1 running`))
  })

  it('lets no instance id or name of an orchestration speak to the agent', async () => {
    const { hub, check } = await slotWithHub(scene)
    const evil = '##vso[task.complete result=Succeeded]done'
    const name = '##vso[task.setvariable variable=owned]yes'
    await hub.running({ instanceId: `order ##[section]${evil}`, name, version: evil, history: false })

    const run = await check()

    assertRefused(run, /1 running/)
    assert.deepEqual(run.variables, {})
  })
})
