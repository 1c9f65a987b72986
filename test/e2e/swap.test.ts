import assert from 'node:assert/strict'
import type { Operation } from '../../emulator/function-app/operation.ts'
import { assertEndsWell, assertRefused, warningsOf } from './endings.ts'
import { Scene } from './scene.ts'
import { SwapApp } from './swap-scene.ts'

describe('SlotSwap, from the package', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start({ timing: { stepMs: 20 } })))
  after(async () => await scene.stop())

  it('swaps code and task hub, with every output and a summary', async () => {
    const shop = await SwapApp.start(scene)

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    assertEndsWell(run)
    assert.deepEqual(warningsOf(run), [])
    shop.assertOutputs(run, { swapped: true }, 'swapped')
    shop.assertSwapped()
    assert.equal(shop.requests(), 1)
    assert.equal(
      run.message,
      `Slot 'production' runs task hub '${shop.newHub}' and is healthy; slot 'staging' now has task hub '${shop.oldHub}'. ` +
        nothingEnded(shop),
    )
    const [summary] = run.attachments
    assert.equal(summary?.type, 'Distributedtask.Core.Summary')
    assert.match(summary.text, new RegExp(`production \\| ${shop.newHub}[^]*staging \\| ${shop.oldHub}`))
    assert.deepEqual(run.variables, {})
  })

  it('exchanges the settings that travel with the code, and leaves sticky ones where they are', async () => {
    const colours = (slot: string) => ({ Colour: `colour of ${slot}`, Region: `region of ${slot}` })
    const settings = { production: colours('production'), staging: colours('staging') }
    const shop = await SwapApp.start(scene, { settings, stickySettings: ['region'] })

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    shop.assertSwapped()
    const { Colour, Region } = shop.app.slot().settings
    assert.deepEqual({ Colour, Region }, { Colour: 'colour of staging', Region: 'region of production' })
    const staging = shop.app.slot('staging').settings
    assert.deepEqual([staging['Colour'], staging['Region']], ['colour of production', 'region of staging'])
  })

  it('takes the hub that RotateTaskHub announced in this job', async () => {
    const shop = await SwapApp.start(scene)

    const run = await shop.swap(
      { taskHubName: '' },
      { variables: { 'DurableSafeDeployment.TaskHubName': shop.newHub } },
    )

    assert.equal(run.result, 'Succeeded', run.log)
    shop.assertSwapped()
  })

  it('takes the hub that it is given before the one that was announced', async () => {
    const shop = await SwapApp.start(scene)

    const run = await shop.swap({}, { variables: { 'DurableSafeDeployment.TaskHubName': 'another' } })

    assert.equal(run.result, 'Succeeded', run.log)
    shop.assertSwapped()
  })

  it('takes account/name, and names of slots, app and hub in any case', async () => {
    const shop = await SwapApp.start(scene)

    const run = await shop.swap({
      appName: shop.app.name.toUpperCase(),
      resourceGroupName: 'SHOP-RG',
      sourceSlot: 'Staging',
      targetSlot: 'PRODUCTION',
      taskHubName: `stdurable/${shop.newHub.toUpperCase()}`,
    })

    assert.equal(run.result, 'Succeeded', run.log)
    shop.assertOutputs(run, { swapped: true }, 'swapped')
    shop.assertSwapped()
  })

  it('swaps two slots of which none is production', async () => {
    const app = await scene.app({ slots: ['staging', 'qa'], settings: { qa: { TaskHubName: 'qahub' } } })
    const storage = app.slot().settings
    app.slot('qa').replaceSettings({ ...storage, TaskHubName: 'qahub' })

    const run = await scene.run('SlotSwap', {
      ...{ appName: app.name, sourceSlot: 'qa', targetSlot: 'staging', taskHubName: 'qahub' },
      ...{ settleInSeconds: '0', healthCheckTimeoutInSeconds: '0' },
    })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(
      ['production', 'staging', 'qa'].map((name) => app.slot(name).settings['TaskHubName']),
      [`${app.name}old`, 'qahub', `${app.name}new`],
    )
    assert.equal(run.outputs['sourceTaskHub'], `${app.name}new`)
  })

  it('swaps where the target never had a task hub', async () => {
    const shop = await SwapApp.start(scene)
    const { TaskHubName, ...without } = shop.app.slot().settings
    assert.ok(TaskHubName)
    shop.app.slot().replaceSettings(without)

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    assert.equal(run.outputs['targetTaskHub'], shop.newHub)
    assert.equal(run.outputs['sourceTaskHub'], '')
    assert.match(
      run.message,
      /slot 'staging' now has no task hub\. Failure share: no data, slot 'production' had no task hub\.$/,
    )
    assert.equal(shop.swaps(), 1)
  })

  it('passes preserveVnet on', async () => {
    for (const preserveVnet of [true, false]) {
      const shop = await SwapApp.start(scene)
      const begun: Operation[] = []
      const begin = shop.app.begin.bind(shop.app)
      shop.app.begin = (operation) => {
        begun.push(operation)
        return begin(operation)
      }

      const run = await shop.swap({ preserveVnet: String(preserveVnet) })

      assert.equal(run.result, 'Succeeded', run.log)
      assert.deepEqual(
        begun.map((operation) => operation.preserveVnet),
        [preserveVnet],
      )
    }
  })

  it('does nothing the second time', async () => {
    const shop = await SwapApp.start(scene)
    assert.equal((await shop.swap()).result, 'Succeeded')
    scene.azure.requests.clear()

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    assertEndsWell(run)
    shop.assertOutputs(run, { alreadySwapped: true }, 'swapped')
    assert.equal(
      run.message,
      `Slot 'production' already runs task hub '${shop.newHub}'; nothing was swapped. ${nothingEnded(shop)}`,
    )
    shop.assertSwapped()
    assert.deepEqual(scene.azure.requests.all({ service: 'arm', effect: true }), [])
    assert.equal(shop.requests(), 0)
  })

  it('is not misled by a swap that finished before', async () => {
    const shop = await SwapApp.start(scene)
    await shop.swapByHand()
    await shop.swapByHand()
    assert.ok(shop.app.slot().slotSwapStatus)

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    shop.assertSwapped(3)
    assert.equal(shop.requests(), 1)
  })

  it('swaps nothing in a dry run, and says what it would do', async () => {
    const shop = await SwapApp.start(scene)
    scene.azure.requests.clear()

    const run = await shop.swap({ dryRun: 'true' })

    assert.equal(run.result, 'Succeeded', run.log)
    assertEndsWell(run)
    shop.assertOutputs(run, {}, 'notSwapped')
    shop.assertNotSwapped()
    assert.equal(
      run.message,
      `Dry run: slot 'staging' (task hub '${shop.newHub}') would be swapped with slot 'production' ('${shop.oldHub}'). Nothing was changed.`,
    )
    assert.deepEqual(scene.azure.requests.all({ effect: true }), [])
  })

  it('says in a dry run that there is nothing to do', async () => {
    const shop = await SwapApp.start(scene)

    const run = await shop.swap({ dryRun: 'TRUE', taskHubName: shop.oldHub })

    assert.equal(run.result, 'Succeeded', run.log)
    shop.assertOutputs(run, { alreadySwapped: true }, 'notSwapped')
    shop.assertNotSwapped()
  })

  it('does not swap again when the agent tries the task again', async () => {
    const shop = await SwapApp.start(scene)
    // The first attempt swaps and finds no healthy host; the second only asks.
    const { hostName } = shop.app.slot()
    scene.azure.faults.add({
      service: 'host',
      hostName,
      path: /\/api\/ready/,
      times: 1,
      action: { kind: 'status', status: 500 },
    })
    scene.azure.faults.add({ service: 'host', hostName, path: /\/api\/ready/, action: { kind: 'status', status: 204 } })

    const run = await shop.swap(
      { healthCheckPath: '/api/ready', rollbackOnFailure: 'false' },
      { retries: 2, retryDelayMs: () => 1 },
    )

    assert.equal(run.result, 'Succeeded', run.log)
    assert.equal(run.attempts, 2)
    shop.assertOutputs(run, { alreadySwapped: true }, 'swapped')
    shop.assertSwapped()
    assert.equal(shop.requests(), 1)
  })

  it('says what is wrong with every input at once', async () => {
    const shop = await SwapApp.start(scene)

    const run = await shop.swap({
      ...{
        dryRun: 'perhaps',
        preserveVnet: '1',
        requireIdle: 'always',
        settleInSeconds: '-1',
        rollbackOnFailure: 'nein',
      },
      ...{ timeoutInMinutes: '0', warmUpStatuses: '2xx', healthCheckPath: 'health', targetSlot: 'STAGING' },
    })

    assertRefused(run, /dryRun/, /'perhaps'/, /preserveVnet/, /requireIdle/, /'always'/, /settleInSeconds/, /'-1'/)
    assertRefused(run, /rollbackOnFailure/, /timeoutInMinutes/, /warmUpStatuses/, /healthCheckPath/, /the same slot/)
    shop.assertNotSwapped()
    assert.equal(shop.requests(), 0)
  })
})

/** What is told of the failure share of a hub without instances. */
function nothingEnded({ newHub }: SwapApp): string {
  return `Failure share: no data, of the instances that began on task hub '${newHub}' after the swap 0 completed or failed so far, and 10 are needed.`
}
