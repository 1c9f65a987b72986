import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FaultAction } from '../../emulator/http/faults.ts'
import { assertEndsWell, assertRefused, warningsOf } from './endings.ts'
import { Scene } from './scene.ts'
import { listenFor, SwapApp, writeContent } from './swap-scene.ts'

const status = (code: number): FaultAction => ({ kind: 'status', status: code })

describe('SlotSwap and the health of the slots', function () {
  this.timeout(60_000)
  let scene: Scene
  let folder: string
  let content: { good: string; broken: string }
  before(async () => {
    scene = await Scene.start({ timing: { stepMs: 20 } })
    folder = mkdtempSync(join(tmpdir(), 'content-'))
    content = {
      good: writeContent(folder, 'good'),
      broken: writeContent(folder, 'broken', 'no such thing ##vso[task.complete result=Succeeded].'),
    }
  })
  after(async () => {
    await scene.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What the hostname of a slot answers to GET of this path. */
  function answers(shop: SwapApp, slot: string, path: RegExp, action: FaultAction, times = 1000) {
    const { hostName } = shop.app.slot(slot)
    return scene.azure.faults.add({ service: 'host', hostName, path, action, times })
  }

  /** What ARM's bridge, and the host itself, say of the state of a slot. */
  function hostSays(shop: SwapApp, slot: 'production' | 'staging', action: FaultAction) {
    const place = slot === 'production' ? '' : '/slots/staging'
    shop.fault(`${place}/hostruntime/admin/host/status`, { action })
    answers(shop, slot, /\/admin\/host\/status/, action)
  }

  it('requests the path on the source until it answers as wanted', async () => {
    const shop = await SwapApp.start(scene)
    answers(shop, 'staging', /\/api\/ready/, status(503), 1)
    answers(shop, 'staging', /\/api\/ready/, status(401))
    scene.azure.requests.clear()

    const run = await shop.swap({ warmUpPath: '/api/ready?deep=1', warmUpStatuses: '200-299,401' })

    assert.equal(run.result, 'Succeeded', run.log)
    shop.assertSwapped()
    const asked = scene.azure.requests.all({ service: 'host', path: /\/api\/ready\?deep=1$/ })
    assert.deepEqual(
      asked.map(({ hostName }) => hostName),
      Array(2).fill(shop.app.slot('staging').hostName),
    )
    assert.match(run.raw, /task\.setprogress[^\n]*'\/api\/ready\?deep=1' answered 503, wanted 200-299,401/)
  })

  it('asks the health path on the target after the swap, until it answers', async () => {
    const shop = await SwapApp.start(scene)
    answers(shop, 'production', /\/api\/health/, status(502), 1)
    answers(shop, 'production', /\/api\/health/, status(200))

    const run = await shop.swap({
      ...{ healthCheckPath: '/api/health', healthCheckStatuses: '200', healthCheckTimeoutInSeconds: '20' },
    })

    assert.equal(run.result, 'Succeeded', run.log)
    assert.deepEqual(warningsOf(run), [])
    shop.assertSwapped()
    assert.match(run.raw, /task\.setprogress[^\n]*waiting: '\/api\/health' answered 502, wanted 200/)
  })

  it('does not count a redirect elsewhere as an answer', async () => {
    const shop = await SwapApp.start(scene)
    const location = `https://${shop.app.slot('staging').hostName}/`
    answers(shop, 'production', /\/api\/health/, { kind: 'status', status: 302, headers: { location } })

    const run = await shop.swap({ healthCheckPath: '/api/health', healthCheckStatuses: '200' })

    assertRefused(run, /'\/api\/health' answered 302, wanted 200/)
    shop.assertNotSwapped(2)
  })

  it('swaps back where the new version does not answer as wanted', async () => {
    const shop = await SwapApp.start(scene)

    const run = await shop.swap({ healthCheckPath: '/api/health', healthCheckTimeoutInSeconds: '1' })

    assertRefused(
      run,
      /^After the swap slot 'production' is not healthy: '\/api\/health' answered 404, wanted 200-399\. /,
      /It was swapped back: slot 'production' runs the former version again\./,
    )
    shop.assertOutputs(run, { swapped: true, rolledBack: true }, 'notSwapped')
    shop.assertNotSwapped(2)
    assert.equal(shop.requests(), 2)
  })

  it('swaps back where the host of the new version does not start', async () => {
    const shop = await SwapApp.start(scene, { content: { production: content.good, staging: content.broken } })

    const run = await shop.swap()

    assertRefused(
      run,
      /slot 'production' is not healthy: its host reports: no such thing # #vso\[/,
      /It was swapped back/,
    )
    shop.assertOutputs(run, { swapped: true, rolledBack: true }, 'notSwapped')
    shop.assertNotSwapped(2)
    assert.match(run.attachments[0]?.text ?? '', new RegExp(`production \\| ${shop.oldHub}`))
  })

  it('leaves an unhealthy version where rollbackOnFailure is false', async () => {
    const shop = await SwapApp.start(scene, { content: { production: content.good, staging: content.broken } })

    const run = await shop.swap({ rollbackOnFailure: 'false' })

    assertRefused(run, /is not healthy: its host reports/)
    assert.doesNotMatch(run.message, /swapped back/)
    shop.assertOutputs(run, { swapped: true }, 'swapped')
    shop.assertSwapped()
  })

  it('does not swap back what another run swapped', async () => {
    const shop = await SwapApp.start(scene, { content: { production: content.good, staging: content.broken } })
    await shop.swapByHand()

    const run = await shop.swap()

    assertRefused(
      run,
      /already runs task hub .* and is not healthy: its host reports/,
      /It was not swapped back, because/,
    )
    shop.assertOutputs(run, { alreadySwapped: true }, 'swapped')
    shop.assertSwapped()
  })

  it('takes a host whose state cannot be read for unhealthy', async () => {
    const unreadable: readonly FaultAction[] = [
      status(500),
      { kind: 'html' },
      { kind: 'body', body: '{"state":"Running","errors":"none"}' },
      { kind: 'body', body: '{"state":' },
    ]
    await Promise.all(
      unreadable.map(async (action) => {
        const shop = await SwapApp.start(scene)
        hostSays(shop, 'production', action)

        const run = await shop.swap()

        assertRefused(run, /is not healthy: the state of its host is not known: /, /It was swapped back/)
        shop.assertNotSwapped(2)
      }),
    )
  })

  it('takes a host that does not run, or runs with errors, for unhealthy', async () => {
    const states: readonly (readonly [string, RegExp])[] = [
      ['{"state":"Starting"}', /its host is in state 'Starting', not 'Running'/],
      ['{"state":"Running","errors":["one","two"]}', /its host reports: one; two/],
    ]
    await Promise.all(
      states.map(async ([body, says]) => {
        const shop = await SwapApp.start(scene)
        hostSays(shop, 'production', { kind: 'body', body })

        assertRefused(await shop.swap(), says)
        shop.assertNotSwapped(2)
      }),
    )
  })

  it('asks the host itself where the bridge of Azure does not let it', async () => {
    const shop = await SwapApp.start(scene)
    shop.fault('/hostruntime/', {
      action: { kind: 'status', status: 403, body: '{"error":{"code":"AuthorizationFailed"}}' },
    })

    const run = await shop.swap()

    assert.equal(run.result, 'Succeeded', run.log)
    assertEndsWell(run)
    shop.assertSwapped()
  })

  it('waits settleInSeconds before it asks for the health', async () => {
    const shop = await SwapApp.start(scene)
    const path = new RegExp(`/sites/${shop.app.name}/hostruntime/admin/host/status`)
    const { heard, onLine } = listenFor(/^Waiting 3 s/)
    const running = shop.swap({ settleInSeconds: '3' }, { onLine })
    await heard
    const from = performance.now()

    await scene.azure.requests.next({ service: 'arm', path })

    assert.ok(performance.now() - from > 2800)
    const run = await running
    assert.equal(run.result, 'Succeeded', run.log)
    assert.match(run.raw, /task\.setprogress[^\n]*waiting 3 s more for the old instances to end/)
  })

  it('swaps nothing a second time where somebody swapped back while the health was asked', async () => {
    const shop = await SwapApp.start(scene)
    const { heard, onLine } = listenFor(/^Asking whether slot 'production' is healthy/)
    const running = shop.swap({ healthCheckPath: '/api/health', healthCheckTimeoutInSeconds: '6' }, { onLine })
    await heard
    await shop.swapByHand()

    const run = await running

    assertRefused(run, /answered 404/, /It was swapped back/)
    shop.assertOutputs(run, { swapped: true, rolledBack: true }, 'notSwapped')
    shop.assertNotSwapped(2)
    assert.equal(shop.requests(), 1)
  })

  it('says so where swapping back is refused', async () => {
    const shop = await SwapApp.start(scene)
    const body = '{"error":{"code":"BadRequest","message":"Not now."}}'
    shop.faultOnSwap({ skip: 1, action: { kind: 'status', status: 400, body } })

    const run = await shop.swap({ healthCheckPath: '/api/health' })

    assertRefused(
      run,
      /Swapping back failed too: Azure refused the swap with status 400 \(BadRequest\): Not now\. Look at both/,
    )
    shop.assertOutputs(run, { swapped: true }, 'swapped')
    shop.assertSwapped()
  })
})
