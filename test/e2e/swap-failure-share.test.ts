import assert from 'node:assert/strict'
import type { FilledHub } from '../../emulator/durable/fill.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { assertEndsWell, assertRefused } from './endings.ts'
import { Scene } from './scene.ts'
import { listenFor, SwapApp } from './swap-scene.ts'

/** The swap is a matter of seconds: what is created a minute from now began after it. */
const afterSwap = () => new Date(Date.now() + 60_000)
const minutesAgo = (minutes: number) => new Date(Date.now() - 60_000 * minutes)

describe('SlotSwap and the failure share of what began on the new hub', function () {
  this.timeout(60_000)
  let scene: Scene
  before(async () => {
    scene = await Scene.start({ timing: { stepMs: 20 } })
  })
  after(() => scene.stop())

  /** An app whose old hub has seen 38 orders complete and 2 fail, 30 minutes ago; its new hub is still empty. */
  async function start(): Promise<{ shop: SwapApp; hubNow: FilledHub; hubBefore: FilledHub }> {
    const shop = await SwapApp.start(scene)
    const [hubNow, hubBefore] = await Promise.all([scene.hub(shop.newHub), scene.hub(shop.oldHub)])
    await orders(hubBefore, { completed: 38, failed: 2, createdTime: minutesAgo(30) })
    return { shop, hubNow, hubBefore }
  }

  async function orders(
    hub: FilledHub,
    counts: {
      readonly completed: number
      readonly failed: number
      readonly name?: string
      readonly createdTime?: Date
    },
  ): Promise<void> {
    const { completed, failed, name = 'ProcessOrder', createdTime = afterSwap() } = counts
    await hub.completed(completed, { name, createdTime })
    for (let index = 0; index < failed; index++) await hub.failed({ name, createdTime })
  }

  function shareOf(run: TaskRun): Record<string, unknown> {
    return JSON.parse(run.outputs['failureShare'] ?? 'null') as Record<string, unknown>
  }

  it('swaps back when far more orders fail than before, and what began goes on in staging', async () => {
    const { shop, hubNow } = await start()
    await orders(hubNow, { completed: 5, failed: 7 })
    const more = { name: 'ProcessOrder', createdTime: afterSwap() }
    await Promise.all([hubNow.running(more), hubNow.suspended(more), hubNow.entity('counter', 'total')])

    const run = await shop.swap()

    assertRefused(
      run,
      /After the swap slot 'production' is not healthy: 7 of 14 instances that began on task hub '\w+new' after the swap failed \(50 %\), where 5 % were to be expected/,
      /It was swapped back/,
      /2 instances still run on task hub '\w+new', in slot 'staging', and end there\./,
    )
    shop.assertOutputs(run, { swapped: true, rolledBack: true }, 'notSwapped')
    shop.assertNotSwapped(2)
    const share = shareOf(run)
    assert.equal(share['verdict'], 'unhealthy')
    assert.equal(share['running'], 2)
    assert.deepEqual(share['names'], [
      {
        name: 'ProcessOrder',
        judged: true,
        new: { begun: 14, ended: 12, failed: 7 },
        old: { begun: 40, failed: 2, expectedPercent: 5 },
      },
    ])
  })

  it('lets a version serve whose orders fail as often as before, and says how often', async () => {
    const { shop, hubNow } = await start()
    await orders(hubNow, { completed: 19, failed: 1 })

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    assertEndsWell(run)
    assert.match(run.log, /Failure share: healthy, 1 of 20 instances .* failed \(5 %\), where 5 % were to be expected/)
    shop.assertSwapped()
    assert.equal(shareOf(run)['verdict'], 'healthy')
  })

  it('takes more rare work that always fails now and then for another mix', async () => {
    const { shop, hubNow, hubBefore } = await start()
    await orders(hubBefore, { completed: 5, failed: 5, name: 'Refund', createdTime: minutesAgo(300) })
    await orders(hubNow, { completed: 10, failed: 10, name: 'Refund' })

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(run.log, /healthy, 10 of 20 .* failed \(50 %\), where 50 % were to be expected/)
  })

  it('says that there is no data while too little has ended, and goes on', async () => {
    const { shop, hubNow } = await start()
    await orders(hubNow, { completed: 0, failed: 9 })

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(run.log, /Failure share: no data, .* 9 completed or failed so far, and 10 are needed/)
    shop.assertSwapped()
    assert.equal(shareOf(run)['verdict'], 'noData')
  })

  it('is as strict as its inputs say', async () => {
    const { shop, hubNow } = await start()
    await orders(hubNow, { completed: 0, failed: 4 })

    assertRefused(await shop.swap({ failureShareInstances: '4', failureShareIncrease: '19' }), /4 of 4 .* \(100 %\)/)

    shop.assertNotSwapped(2)
  })

  it('does not count the errors that a test in staging provoked before the swap', async () => {
    const { shop, hubNow } = await start()
    await orders(hubNow, { completed: 0, failed: 30, createdTime: minutesAgo(1) })

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(run.log, /Failure share: no data, .* after the swap 0 completed or failed so far/)
    shop.assertSwapped()
  })

  it('does not look where it is off', async () => {
    const { shop, hubNow } = await start()
    await orders(hubNow, { completed: 0, failed: 20 })

    const run = await shop.swap({ failureShareIncrease: 'off' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.equal(run.outputs['failureShare'], undefined)
    assert.doesNotMatch(run.log, /Failure share/)
  })

  it('swaps back while it observes, as soon as orders fail', async () => {
    const { shop, hubNow } = await start()
    const { heard, onLine } = listenFor(/observing slot 'production' for \d+ s more\. Failure share: no data/)
    const running = shop.swap({ observeInSeconds: '600' }, { onLine })
    await heard
    await orders(hubNow, { completed: 2, failed: 18, createdTime: afterSwap() })

    const run = await running

    assertRefused(run, /18 of 20 instances/, /It was swapped back/)
    shop.assertNotSwapped(2)
  }).timeout(120_000)

  it('judges again when it is run again, and leaves the swap of the earlier run as it is', async () => {
    const { shop, hubNow } = await start()
    assert.equal((await shop.swap()).result, 'Succeeded')
    await orders(hubNow, { completed: 2, failed: 18 })

    const run = await shop.swap()

    assertRefused(run, /already runs task hub '\w+new' and is not healthy: 18 of 20/, /not swapped back/)
    shop.assertOutputs(run, { alreadySwapped: true }, 'swapped')
    shop.assertSwapped()
  })
})
