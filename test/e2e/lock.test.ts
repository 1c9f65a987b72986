import assert from 'node:assert/strict'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { assertEndsWell, assertRefused, warningsOf } from './endings.ts'
import { lockOf } from './job-scene.ts'
import { putRecord, recordOf, rotate, writesOf } from './rotate-scene.ts'
import { Scene } from './scene.ts'
import { SwapApp } from './swap-scene.ts'

const ofBuild = (id: number) => ({ variables: { 'Build.BuildId': String(id), 'Build.BuildNumber': `2026.${id}` } })

describe('The deployment lock of the packaged tasks', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start({ timing: { stepMs: 20 } })))
  afterEach(() => scene.azure.faults.clear())
  after(async () => await scene.stop())

  /** An app whose storage goes through the proxy that meets faults. */
  async function app(): Promise<FunctionApp> {
    const { connectionString: AzureWebJobsStorage } = (await scene.azure.storage.front()).account()
    return await scene.app({ settings: { production: { AzureWebJobsStorage }, staging: { AzureWebJobsStorage } } })
  }

  /** A record whose lock run 2026.999 of another pipeline holds. */
  function heldByAnother({ name }: FunctionApp, minutes: number): string {
    const at = (ms: number) => new Date(Date.now() + ms).toISOString()
    const holder = { id: 'elsewhere/build/999', run: '2026.999', project: 'till', link: 'https://dev.example.net/999' }
    const lock = { holder, claim: 'theirs', since: at(-3_600_000), until: at(minutes * 60_000) }
    return JSON.stringify({ schema: 1, app: name, generation: 41, lock, hubs: [], audit: [] })
  }

  const recordIn = ({ name }: FunctionApp) => new RegExp(`/durable-safe-deployment/${name}\\.json`)

  it('keeps a second run out from the rotation to the end of the swap, and names the first', async () => {
    const shop = await SwapApp.start(scene)
    const first = await rotate(scene, shop.app, {}, ofBuild(101))
    assert.equal(first.result, 'Succeeded', first.log)
    assert.equal((await lockOf(scene, shop.app.name))?.holder.run, '2026.101')

    const second = await rotate(scene, shop.app, {}, ofBuild(102))

    assertRefused(
      second,
      /held by run '2026\.101' of project 'local' \(https:.*buildId=101\) since /,
      /waitForLockInMinutes/,
    )
    assert.equal(shop.app.slot('staging').settings['TaskHubName'], `${shop.app.name}101`)
    const swap = await shop.swap({ taskHubName: `${shop.app.name}101` }, ofBuild(101))
    assert.equal(swap.result, 'Succeeded', swap.log)
    assert.equal(await lockOf(scene, shop.app.name), undefined)
    assert.equal((await rotate(scene, shop.app, {}, ofBuild(102))).result, 'Succeeded')
  })

  it('keeps SlotSwap and CleanupTaskHub of another run out too', async () => {
    const shop = await SwapApp.start(scene)
    await putRecord(scene, shop.app.name, heldByAnother(shop.app, 60))
    await scene.hub('heldhub1')

    const swap = await shop.swap()
    const cleanUp = await scene.run('CleanupTaskHub', { appName: shop.app.name, taskHubName: 'heldhub1' })

    assertRefused(swap, /held by run '2026\.999' of project 'till'/)
    assertRefused(cleanUp, /held by run '2026\.999' of project 'till'/)
    shop.assertNotSwapped()
    assert.equal((await lockOf(scene, shop.app.name))?.holder.run, '2026.999')
  })

  it('is free once it has expired', async () => {
    const shop = await SwapApp.start(scene)
    await putRecord(scene, shop.app.name, heldByAnother(shop.app, -1))

    const run = await shop.swap({ keepLock: 'true' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.equal((await lockOf(scene, shop.app.name))?.holder.run, '1')
  })

  it('stops a run that lost it right before its change', async () => {
    const shop = await app()
    // The settings are listed before the lock is claimed, with it, and once more right before the change.
    const listed = {
      service: 'arm',
      path: new RegExp(`/sites/${shop.name}/slots/staging/config/appsettings/list`),
    } as const
    scene.azure.faults.add({
      ...listed,
      skip: 2,
      times: 1,
      action: { kind: 'pass' },
      onStrike: async () => await putRecord(scene, shop.name, heldByAnother(shop, 60)),
    })

    const run = await rotate(scene, shop, { taskHubName: 'stale1' })

    assertRefused(run, /no longer holds the deployment lock of .* run '2026\.999'/, /nothing more was changed/)
    assert.equal(writesOf(scene, shop), 0)
    assert.equal((await lockOf(scene, shop.name))?.holder.run, '2026.999')
  })

  it('is given back by hand whoever holds it, with a reason for that too', async () => {
    const shop = await app()
    await putRecord(scene, shop.name, heldByAnother(shop, 60))

    const run = await rotate(scene, shop, { release: 'its agent is gone', takeOver: 'asked Anna' }, ofBuild(102))

    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(run.message, /was given back; it was held by run '2026\.999'/)
    assert.equal(writesOf(scene, shop), 0)
    const record = await recordOf(scene, shop.name)
    const [entry] = record?.audit ?? []
    assert.equal(entry?.['action'], 'release')
    assert.match(String(entry['evidence']), /^its agent is gone; asked Anna \(it was held by run '2026\.999'/)
    assert.deepEqual(run.variables, {})
  })

  for (const when of ['before', 'after'] as const) {
    it(`is taken, renewed and given back though each first reply is lost ${when} the effect`, async () => {
      const shop = await app()
      let writes = 0
      const lost = scene.azure.faults.add({
        service: 'storage',
        method: 'PUT',
        path: recordIn(shop),
        when,
        // Every second write of the record is lost.
        only: () => writes++ % 2 === 0,
        action: { kind: 'reset' },
      })

      const run = await rotate(scene, shop, { taskHubName: 'lost1', keepLock: 'false' })

      assert.ok(lost.struck() >= 2)
      assert.match(run.result, /^Succeeded/, run.log)
      assert.equal(shop.slot('staging').settings['TaskHubName'], 'lost1')
      assert.equal(writesOf(scene, shop), 1)
      assert.equal(await lockOf(scene, shop.name), undefined)
    })
  }

  it('that cannot be written stops the task, which names the role and the way without a lock', async () => {
    const shop = await app()
    const body =
      '<?xml version="1.0"?><Error><Code>AuthorizationPermissionMismatch</Code><Message>No.</Message></Error>'
    const headers = { 'content-type': 'application/xml', 'x-ms-error-code': 'AuthorizationPermissionMismatch' }
    const denied = { kind: 'status', status: 403, body, headers } as const
    scene.azure.faults.add({ service: 'storage', method: 'PUT', path: recordIn(shop), action: denied })

    assertRefused(
      await rotate(scene, shop, { taskHubName: 'denied1' }),
      /'Storage Blob Data Contributor'.*lock to false/,
    )
    assert.equal(writesOf(scene, shop), 0)
    const run = await rotate(scene, shop, { taskHubName: 'denied1', lock: 'false' })

    assert.match(run.result, /^Succeeded/, run.log)
    assertEndsWell(run)
    assert.match(warningsOf(run).join(), /No deployment lock .* is taken, because input 'lock' is false/)
  })

  it('is not taken by a dry run, which says who holds it', async () => {
    const shop = await SwapApp.start(scene)
    await putRecord(scene, shop.app.name, heldByAnother(shop.app, 60))
    const before = await recordOf(scene, shop.app.name)

    const run = await shop.swap({ dryRun: 'true' })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(run.log, /The deployment lock of 'shop\d+x' is held by run '2026\.999'/)
    assert.deepEqual(await recordOf(scene, shop.app.name), before)
  })
})
