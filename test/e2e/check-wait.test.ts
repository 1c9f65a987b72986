import assert from 'node:assert/strict'
import { slotWithHub } from './check-scene.ts'
import { assertEndsWell, assertRefused } from './endings.ts'
import { Scene } from './scene.ts'

describe('CheckNoRunningOrchestrations waits', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start()))
  after(async () => await scene.stop())

  /** The last request of a look at a hub. */
  const looked = () => scene.azure.requests.next({ path: /-workitems\?comp=metadata/, status: 200 })

  it('until the work has ended, and says meanwhile what it waits for', async () => {
    const { hub, check } = await slotWithHub(scene)
    const instanceId = await hub.running({ instanceId: 'order-1' })
    const first = looked()

    const running = check({ timeoutInMinutes: '1', evidence: 'storage' })
    await first
    await hub.completed(1, { instanceId })
    const run = await running

    assert.equal(run.result, 'Succeeded', run.log)
    assertEndsWell(run)
    assert.equal(run.outputs['verdict'], 'idle')
    assert.match(
      run.raw,
      /task\.setprogress.*Task hub '\w+' is busy: 1 running, oldest 'order-1'.*Waited \d+ s of 60 s\./,
    )
  })

  it('for the second proof, and starts again where work came in between', async () => {
    const { hub, check } = await slotWithHub(scene)
    const first = looked()

    const running = check({ quietPeriodInSeconds: '1', evidence: 'storage' })
    await first
    await hub.running({ instanceId: 'late-1' })
    const run = await running

    assertRefused(run, /is busy: 1 running, oldest 'late-1'/)
  })

  it('no longer than for one verdict where timeoutInMinutes is 0', async () => {
    const { hub, check } = await slotWithHub(scene)
    await hub.running()
    scene.azure.requests.clear()

    const run = await check({ pollIntervalInSeconds: '3600', evidence: 'storage' })

    assertRefused(run, /^Task hub '\w+' is busy: 1 running/)
    assert.equal(scene.azure.requests.count({ path: /-workitems\?comp=metadata/ }), 1)
  })

  it('in vain where the slot is given another hub meanwhile', async () => {
    const { app, check } = await slotWithHub(scene)
    const first = looked()

    const running = check({ quietPeriodInSeconds: '1', evidence: 'storage' })
    await first
    const staging = app.slot('staging')
    staging.replaceSettings({ ...staging.settings, TaskHubName: 'another7' })
    const run = await running

    assertRefused(
      run,
      /is not proven idle: slot 'staging' was given another task hub than '\w+' while it was being checked/,
    )
    assert.equal(run.outputs['verdict'], 'unknown')
  })

  it('for more than a page of instances, and counts them all', async function () {
    this.timeout(60_000)
    const { hub, check } = await slotWithHub(scene)
    const all = Array.from({ length: 1105 }, (_, index) => index)
    for (let at = 0; at < all.length; at += 50) {
      const some = all.slice(at, at + 50)
      await Promise.all(some.map((index) => hub.pending({ instanceId: `order-${index}`, message: false })))
    }
    scene.azure.requests.clear()

    const run = await check({ evidence: 'storage' })

    assertRefused(run, /is busy: 1105 pending/)
    assert.equal(run.outputs['pendingCount'], '1105')
    assert.equal(run.outputs['inFlightByName'], '{"ProcessOrder":1105}')
    // Two pages of rows, and one that asks how long instances of that name took.
    assert.equal(scene.azure.requests.count({ path: /Instances\(\)/ }), 3)
  })
})
