import assert from 'node:assert/strict'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { Fault, FaultAction } from '../../emulator/http/faults.ts'
import { cancelAt } from './cancelled.ts'
import { assertRefused, warningsOf } from './endings.ts'
import { assertChangesNothing, historyOf, putRecord, recordOf, rotate, settingsOf, writesOf } from './rotate-scene.ts'
import { Scene } from './scene.ts'

describe('RotateTaskHub, when things go wrong', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start()))
  afterEach(() => scene.azure.faults.clear())
  after(async () => await scene.stop())

  /** An app whose storage goes through the proxy that meets faults. */
  async function app(): Promise<FunctionApp> {
    const { connectionString: AzureWebJobsStorage } = (await scene.azure.storage.front()).account()
    return await scene.app({ settings: { production: { AzureWebJobsStorage }, staging: { AzureWebJobsStorage } } })
  }

  const write = ({ name }: FunctionApp) => new RegExp(`/sites/${name}/slots/staging/config/appsettings\\?`)
  const list = ({ name }: FunctionApp) => new RegExp(`/sites/${name}/slots/staging/config/appsettings/list`)
  const atWrite = (of: FunctionApp, fault: Partial<Fault> & { action: FaultAction }) =>
    scene.azure.faults.add({ service: 'arm', method: 'PUT', path: write(of), times: 1, ...fault })
  /** Something happens to the slot right after Azure has answered a request. */
  const meanwhile = (of: FunctionApp, request: Partial<Fault>, change: Readonly<Record<string, string>>) =>
    scene.azure.faults.add({
      service: 'arm',
      path: list(of),
      times: 1,
      ...request,
      action: {
        kind: 'rewrite',
        change: (reply) => {
          const slot = of.slot('staging')
          slot.replaceSettings({ ...slot.settings, ...change })
          return reply
        },
      },
    })

  const status = (code: number, headers?: Record<string, string>): FaultAction => ({
    kind: 'status',
    status: code,
    body: JSON.stringify({ error: { code: code === 409 ? 'Conflict' : 'Trouble', message: 'Not now.' } }),
    ...(headers && { headers }),
  })

  const lost: readonly [string, FaultAction][] = [
    ['no answer came', { kind: 'reset' }],
    ['the answer broke off', { kind: 'truncate' }],
    ['a web page came instead', { kind: 'html' }],
    ['Azure answered 500', status(500)],
  ]
  for (const [what, action] of lost) {
    it(`reads instead of writing again when the change was made, but ${what}`, async () => {
      const shop = await app()
      atWrite(shop, { action, when: 'after' })

      const run = await rotate(scene, shop, { taskHubName: 'lost1' })

      assert.equal(run.result, 'Succeeded', run.log)
      assert.equal(run.outputs['rotated'], 'true')
      assert.match(warningsOf(run).join(), /answer to the change of settings was lost/)
      assert.equal(writesOf(scene, shop), 1)
      assert.equal(shop.slot('staging').settings['TaskHubName'], 'lost1')
    })
  }

  for (const [what, action] of lost.filter(([, { kind }]) => kind === 'reset' || kind === 'status')) {
    it(`sends the change again once the slot was seen unchanged, after ${what}`, async () => {
      const shop = await app()
      atWrite(shop, { action, when: 'before' })

      const run = await rotate(scene, shop, { taskHubName: 'lost2' })

      assert.equal(run.outputs['rotated'], 'true', run.log)
      assert.equal(writesOf(scene, shop), 2)
      assert.equal((await recordOf(scene, shop.name))?.audit.length, 1)
    })
  }

  it('fails after one try when the change was not made and a web page came instead; a rerun does it', async () => {
    const shop = await app()
    const before = settingsOf(shop)
    atWrite(shop, { action: { kind: 'html' }, when: 'before' })

    const run = await rotate(scene, shop, { taskHubName: 'lost3' })

    assertRefused(
      run,
      /write the app settings of slot 'staging'/,
      /This run still holds the deployment lock of .* may be under way/,
    )
    assert.equal(writesOf(scene, shop), 1)
    assert.deepEqual(settingsOf(shop), before)
    assert.deepEqual(run.variables, {})
    const again = await rotate(scene, shop, { taskHubName: 'lost3' })
    assert.equal(again.outputs['rotated'], 'true', again.log)
    assert.equal((await recordOf(scene, shop.name))?.audit.length, 1)
  })

  for (const code of [409, 429]) {
    it(`waits and tries again when Azure answers the change with ${code}`, async () => {
      const shop = await app()
      atWrite(shop, { action: status(code, { 'retry-after': '1' }) })

      const run = await rotate(scene, shop, { taskHubName: 'busy1' })

      assert.equal(run.outputs['rotated'], 'true', run.log)
      assert.equal(writesOf(scene, shop), 2)
    })
  }

  it('fails after one try when Azure answers the change with 403', async () => {
    const shop = await app()
    const before = settingsOf(shop)
    atWrite(shop, { action: status(403, { 'retry-after': '1' }) })

    const run = await rotate(scene, shop, { taskHubName: 'refused1' })

    assertRefused(
      run,
      /403 .*Website Contributor/,
      /No setting was changed\..* The deployment lock of .* was given back\.$/,
    )
    assert.equal(writesOf(scene, shop), 1)
    assert.deepEqual(settingsOf(shop), before)
    const { hubs } = await historyOf(scene, shop.name)
    assert.ok(!hubs.some(({ retiredAt }) => retiredAt !== undefined))
  })

  it('keeps what somebody else set while it looked', async () => {
    const shop = await app()
    meanwhile(shop, {}, { Added: 'by somebody' })

    const run = await rotate(scene, shop, { taskHubName: 'kept1' })

    assert.equal(run.result, 'Succeeded', run.log)
    const { Added, TaskHubName } = shop.slot('staging').settings
    assert.deepEqual({ Added, TaskHubName }, { Added: 'by somebody', TaskHubName: 'kept1' })
  })

  it('refuses when somebody else gave the slot another hub while it looked', async () => {
    const shop = await app()
    // It looks before it takes the lock, again with it, and once more right before the change.
    meanwhile(shop, { skip: 1 }, { TaskHubName: 'theirs1' })

    const run = await rotate(scene, shop, { taskHubName: 'mine1' })

    assertRefused(run, /was given 'theirs1' by somebody else/, /Run again/)
    assert.equal(writesOf(scene, shop), 0)
    assert.equal(shop.slot('staging').settings['TaskHubName'], 'theirs1')
  })

  it('says which settings were changed by somebody else right after, and no value', async () => {
    const shop = await app()
    meanwhile(shop, { method: 'PUT', path: write(shop) }, { Password: 'hush-hush', TaskHubName: 'theirs2' })

    const run = await rotate(scene, shop, { taskHubName: 'mine2' })

    assertRefused(run, /'Password', 'TaskHubName'/)
    assert.doesNotMatch(run.raw, /hush-hush/)
    assert.deepEqual(run.variables, {})
  })

  it('fails, and changes nothing, when the settings cannot be understood', async () => {
    const shop = await app()
    const answers: FaultAction[] = [
      { kind: 'html' },
      { kind: 'body', body: '{"properties":{"TaskHubName":7}}' },
      { kind: 'body', body: '{}' },
    ]
    for (const action of answers) {
      scene.azure.faults.clear()
      scene.azure.faults.add({ service: 'arm', path: list(shop), action })
      const run = await assertChangesNothing(
        scene,
        shop,
        async () => await rotate(scene, shop, { taskHubName: 'never1' }),
      )
      assertRefused(run, /settings of slot 'staging' cannot be read/)
    }
  })

  it('rotates, with a warning, without a lock when the deployment record is broken, and leaves it as it is', async () => {
    const shop = await app()
    for (const text of ['<html>', '{"schema":2}', '"##vso[task.complete result=Succeeded]"']) {
      await putRecord(scene, shop.name, text)
      const inputs = { taskHubName: `broken${text.length}` }
      assertRefused(await rotate(scene, shop, inputs), /deployment record .*Restore or delete that blob/)
      const run = await rotate(scene, shop, { ...inputs, lock: 'false' })
      assert.equal(run.result, 'Succeeded', run.log)
      assert.match(warningsOf(run).join('\n'), new RegExp(`record of '${shop.name}' was not written`))

      const again = await rotate(scene, shop, { ...inputs, lock: 'false' })
      assert.equal(again.outputs['previousTaskHubName'], '', again.log)
      assert.match(warningsOf(again).join('\n'), /hub the slot had before is not known/)
    }
  })

  it('rotates, with a warning, without a lock when storage takes no record', async () => {
    const shop = await app()
    scene.azure.faults.add({ service: 'storage', method: 'PUT', path: /durable-safe-deployment/, action: status(403) })
    assertRefused(await rotate(scene, shop, { taskHubName: 'norecord1' }), /Storage Blob Data Contributor/)
    const run = await rotate(scene, shop, { taskHubName: 'norecord1', lock: 'false' })
    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(warningsOf(run).join('\n'), /was not written/)
  })

  it('ends in time when it is cancelled while it waits for the second proof', async () => {
    const shop = await app()
    await scene.hub(`${shop.name}new`)
    const before = settingsOf(shop)
    const proof = scene.azure.requests.next({
      service: 'storage',
      path: new RegExp(`${shop.name}newInstances`),
      status: 200,
    })

    const run = await cancelAt(proof, (signal) =>
      scene.run('RotateTaskHub', { appName: shop.name, taskHubName: 'cancel1' }, { signal }),
    )

    assert.match(run.message, /Run the task again/)
    assert.deepEqual(settingsOf(shop), before)
    assert.match(run.message, /The deployment lock of 'shop\d+x' was given back\.$/)
    assert.deepEqual(await historyOf(scene, shop.name), { hubs: [], audit: [] })
  })

  for (const when of ['before', 'after'] as const) {
    it(`ends in time when it is cancelled ${when} the change was made, and a rerun finishes`, async () => {
      const shop = await app()
      atWrite(shop, { action: { kind: 'stall' }, when })
      const sent = scene.azure.requests.next({
        service: 'arm',
        method: 'PUT',
        path: write(shop),
        ...(when === 'after' && { effect: true }),
      })

      const run = await cancelAt(sent, (signal) => rotateCancelled(shop, signal))

      assert.match(run.message, /given task hub 'cancel2'; whether Azure did it is not known.*Run the task again/)
      assert.match(run.message, /This run still holds the deployment lock of/)
      const again = await rotate(scene, shop, { taskHubName: 'cancel2' })
      assert.equal(again.result, 'Succeeded', again.log)
      assert.equal(again.outputs['rotated'], String(when === 'before'))
      assert.equal(again.outputs['previousTaskHubName'], `${shop.name}new`)
      const retired = (await recordOf(scene, shop.name))?.hubs.filter(({ retiredAt }) => retiredAt !== undefined)
      assert.equal(retired?.length, 1)
    })
  }

  async function rotateCancelled(shop: FunctionApp, signal: AbortSignal) {
    const inputs = { appName: shop.name, requireIdle: 'false', taskHubName: 'cancel2' }
    return await scene.run('RotateTaskHub', inputs, { signal })
  }
})
