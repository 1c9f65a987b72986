import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { fillHub } from '../../emulator/durable/fill.ts'
import type { FaultAction } from '../../emulator/http/faults.ts'
import { cancelAt } from './cancelled.ts'
import { assertEndsWell } from './endings.ts'
import { Scene } from './scene.ts'
import { listenFor, playAll, SwapApp } from './swap-scene.ts'

type Moment = {
  readonly name: string
  readonly arrange?: (shop: SwapApp) => unknown
  readonly inputs?: Readonly<Record<string, string>>
  /** Cancelled when the task has said this. */
  readonly said?: RegExp
  /** Cancelled when this comes true, where the task says nothing. */
  readonly when?: (shop: SwapApp) => Promise<unknown>
  readonly says: RegExp
  /** Makes an end of what kept the first run waiting. */
  readonly clear?: (shop: SwapApp) => unknown
}

const noLock =
  /^Cancelled before the slots were swapped; nothing is under way\. Run the task again with the same inputs\.$/
const nothing =
  /^Cancelled before the slots were swapped; nothing is under way\. .* The deployment lock of 'shop\d+x' was given back\.$/
const azureGoesOn =
  /^Cancelled while Azure swaps slot 'staging' with slot 'production'; Azure goes on with it\. .* This run still holds the deployment lock/
const onlyHealth =
  /^Cancelled after the swap and before slot 'production' was proven healthy; nothing is under way\. .* The deployment lock of 'shop\d+x' was given back\.$/

const readyAnswers = ({ app, scene }: SwapApp, action: FaultAction) =>
  scene.azure.faults.add({ service: 'host', hostName: app.slot('staging').hostName, path: /\/api\/ready/, action })
const storageOf = ({ scene }: SwapApp) => scene.azure.storage.account().connectionString

const moments: readonly Moment[] = [
  {
    name: 'while it signs in and reads the slots',
    arrange: (shop) => shop.fault('/config/slotConfigNames', { action: { kind: 'stall' }, times: 1 }),
    when: ({ app, scene }) =>
      scene.azure.requests.next({ service: 'arm', path: new RegExp(`/sites/${app.name}/config/slotConfigNames`) }),
    says: noLock,
  },
  {
    name: 'during the warm-up',
    arrange: (shop) => readyAnswers(shop, { kind: 'status', status: 503 }),
    inputs: { warmUpPath: '/api/ready' },
    said: /Warming up slot 'staging'/,
    says: nothing,
  },
  {
    name: 'while a warm-up request is not answered',
    arrange: (shop) => readyAnswers(shop, { kind: 'stall' }),
    inputs: { warmUpPath: '/api/ready' },
    when: ({ app, scene }) => scene.azure.requests.next({ hostName: app.slot('staging').hostName, path: /ready/ }),
    says: nothing,
  },
  {
    name: 'between the two proofs of an idle hub',
    arrange: async (shop) => await fillHub(storageOf(shop), shop.newHub),
    inputs: { requireIdle: 'source' },
    said: /looks idle\. Looking again/,
    says: nothing,
  },
  {
    name: 'while it waits for work to end',
    arrange: async (shop) => await (await fillHub(storageOf(shop), shop.newHub)).queuedActivity(),
    inputs: { requireIdle: 'source' },
    said: /is busy: /,
    says: nothing,
    clear: async (shop) => {
      const hub = await fillHub(storageOf(shop), shop.newHub, { parts: [] })
      await hub.storage.queues.getQueueClient(hub.names.workItems).clearMessages()
    },
  },
  {
    name: 'while the swap request is not answered',
    arrange: (shop) => shop.faultOnSwap({ action: { kind: 'stall' }, when: 'after', times: 1 }),
    when: ({ app }) => untilStep(app, 'settings'),
    says: azureGoesOn,
  },
  {
    name: 'while the swap request was never heard of',
    arrange: (shop) => shop.faultOnSwap({ action: { kind: 'stall' }, times: 1 }),
    said: /Asking Azure to swap/,
    says: azureGoesOn,
  },
  { name: 'while Azure swaps', said: /Azure is swapping the slots/, says: azureGoesOn },
  { name: 'when the hostnames move', when: ({ app }) => untilStep(app, 'routing'), says: azureGoesOn },
  {
    name: 'while Azure is busy and the request is to be repeated',
    arrange: (shop) =>
      shop.faultOnSwap({
        action: { kind: 'throttle', retryAfterSeconds: 50 },
        times: 1,
      }),
    said: /refused the swap with status 429/,
    // Whether the slots were seen unchanged already is a matter of milliseconds.
    says: new RegExp(`${nothing.source}|${azureGoesOn.source}`),
  },
  { name: 'while it settles', inputs: { settleInSeconds: '60' }, said: /^Waiting 60 s/, says: onlyHealth },
  {
    name: 'during the health check',
    arrange: (shop) =>
      shop.fault('/hostruntime/admin/host/status', {
        action: { kind: 'body', body: '{"state":"Starting"}' },
        times: 1,
      }),
    inputs: { healthCheckTimeoutInSeconds: '60' },
    when: ({ app, scene }) =>
      scene.azure.requests.next({ path: new RegExp(`/sites/${app.name}/hostruntime/admin`), status: 200 }),
    says: onlyHealth,
  },
  {
    name: 'while the host does not answer',
    arrange: (shop) => shop.fault('/hostruntime/admin/host/status', { action: { kind: 'stall' }, times: 1 }),
    inputs: { healthCheckTimeoutInSeconds: '60' },
    when: ({ app, scene }) => scene.azure.requests.next({ path: new RegExp(`/sites/${app.name}/hostruntime/admin`) }),
    says: onlyHealth,
  },
]

async function untilStep(app: SwapApp['app'], step: string): Promise<void> {
  while (!app.events.some((event) => event.step === step)) await delay(5)
}

describe('SlotSwap, cancelled', () => {
  let scene: Scene
  let played: (each: Moment) => Awaited<ReturnType<typeof play>>

  before(async function () {
    this.timeout(240_000)
    scene = await Scene.start({ timing: { stepMs: 800 } })
    played = await playAll(moments, (each) => play(scene, each), 4)
  })
  after(async () => await scene.stop())

  for (const each of moments) {
    it(`${each.name}, says how to go on, and the next run finishes it with one swap`, () => {
      const { shop, cancelled, again } = played(each)

      assert.match(cancelled.message, each.says)
      assert.equal(cancelled.issues.filter(({ type }) => type === 'error').length, 2, cancelled.log)
      assert.equal(again.result, 'Succeeded', again.log)
      assertEndsWell(again)
      shop.assertSwapped()
      const flag = again.outputs['swapped'] === 'true' ? 'swapped' : 'alreadySwapped'
      shop.assertOutputs(again, { [flag]: true }, 'swapped')
    })
  }

  it('while it swaps back, says that it was that', async () => {
    const shop = await SwapApp.start(scene)
    const { heard, onLine } = listenFor(/Swapping back\.$/)
    const moment = heard.then(async () => {
      while (shop.swaps() < 2) await delay(5)
    })

    const run = await cancelAt(moment, (signal) => shop.swap({ healthCheckPath: '/api/health' }, { signal, onLine }))

    assert.match(
      run.message,
      /^Cancelled while slot 'production', which is not healthy, was swapped back; Azure goes on/,
    )
    await shop.app.running?.over
    shop.assertNotSwapped(2)
  }).timeout(60_000)
})

async function play(scene: Scene, { arrange, inputs = {}, said, when, clear }: Moment) {
  const shop = await SwapApp.start(scene)
  await arrange?.(shop)
  const { heard, onLine } = listenFor(said ?? /^$/)
  const moment = when?.(shop) ?? heard
  const cancelled = await cancelAt(moment, (signal) => shop.swap(inputs, { signal, onLine }))
  await clear?.(shop)
  const again = await shop.swap({ requireIdle: inputs['requireIdle'] ?? 'none' })
  return { shop, cancelled, again }
}
