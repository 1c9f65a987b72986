import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { NewFunctionApp } from '../../emulator/function-app/add.ts'
import type { FilledHub } from '../../emulator/durable/fill.ts'
import { fillHub } from '../../emulator/durable/fill.ts'
import { Operation } from '../../emulator/function-app/operation.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { assertEndsWell, assertRefused } from './endings.ts'
import { Scene } from './scene.ts'
import { playAll, SwapApp } from './swap-scene.ts'

type Case = {
  readonly name: string
  readonly app?: Partial<NewFunctionApp>
  readonly arrange: (shop: SwapApp, hubs: { readonly old: FilledHub; readonly new: FilledHub }) => unknown
  readonly inputs: Readonly<Record<string, string>>
}
type Held = Case & { readonly says: RegExp }

const order = { instanceId: 'order-1', name: 'ProcessOrder' }
/** A durable app whose timer starts nothing. */
const quietApp: Partial<NewFunctionApp> = {
  content: { staging: fileURLToPath(new URL('../../demo/app', import.meta.url)) },
  settings: { staging: { 'AzureWebJobs.TakeOrders.Disabled': 'true' } },
}
const readyAnswers = (shop: SwapApp, action: { kind: 'reset' } | { kind: 'status'; status: number }) =>
  shop.scene.azure.faults.add({
    ...{ service: 'host', hostName: shop.app.slot('staging').hostName, path: /\/api\/ready/, action },
  })

/** Held back for the shortest time there is, a minute, all at once. */
const held: readonly Held[] = [
  {
    name: 'the source does not warm up',
    arrange: (shop) => readyAnswers(shop, { kind: 'status', status: 500 }),
    inputs: { warmUpPath: '/api/ready' },
    says: /^Slot 'staging' did not warm up: '\/api\/ready' answered 500, wanted 200-399\. Nothing was changed\. The deployment lock of '\w+' was given back\.$/,
  },
  {
    name: 'the source does not answer while it is warmed up',
    arrange: (shop) => readyAnswers(shop, { kind: 'reset' }),
    inputs: { warmUpPath: '/api/ready' },
    says: /^Slot 'staging' did not warm up: '\/api\/ready' gave no answer: could not request .*\. Nothing was changed\. The deployment lock of '\w+' was given back\.$/,
  },
  {
    name: 'another operation runs on the app',
    arrange: ({ app }) =>
      void app.begin(new Operation('Backup', 'staging', () => delay(70_000, undefined, { ref: false }))),
    inputs: {},
    says: /^Azure still carries out another operation on slot 'production' of 'shop\d+x', and the time is up\. /,
  },
  {
    name: 'requireIdle is source and its hub is busy',
    arrange: (_, hubs) => hubs.new.running(order),
    inputs: { requireIdle: 'source' },
    says: /^Task hub 'shop\d+xnew' of slot 'staging' is busy: 1 running, oldest 'order-1'.* Nothing was changed\. Let the work finish/,
  },
  {
    name: 'requireIdle is target and its hub is busy',
    arrange: (_, hubs) => hubs.old.controlMessage(),
    inputs: { requireIdle: 'target' },
    says: /^Task hub 'shop\d+xold' of slot 'production' is busy: 1 message in control queues/,
  },
  {
    name: 'requireIdle is both and the hub of the target is busy',
    arrange: (_, hubs) => hubs.old.running(order),
    inputs: { requireIdle: 'both' },
    says: /^Task hub 'shop\d+xold' of slot 'production' is busy/,
  },
  {
    name: 'a hub cannot be judged',
    arrange: (_, { new: { storage, names } }) => storage.tables.deleteTable(names.instances),
    inputs: { requireIdle: 'both' },
    says: /^Task hub 'shop\d+xnew' of slot 'staging' is not proven idle: /,
  },
  {
    name: 'the management API shows work',
    app: quietApp,
    arrange: (_, hubs) => hubs.new.suspended(order),
    inputs: { requireIdle: 'source', evidence: 'managementApi' },
    says: /^Task hub 'shop\d+xnew' of slot 'staging' is busy: 1 suspended/,
  },
]

const passes: readonly Case[] = [
  {
    name: 'both hubs are idle',
    arrange: async (_, hubs) => {
      await hubs.old.completed(2)
      await hubs.new.completed(1)
    },
    inputs: { requireIdle: 'both' },
  },
  {
    name: 'only the other hub is busy',
    arrange: (_, hubs) => hubs.old.running(order),
    inputs: { requireIdle: 'source' },
  },
  {
    name: 'the work of the source ends in time',
    arrange: async ({ app }, hubs) => {
      await hubs.new.queuedActivity()
      const queue = hubs.new.storage.queues.getQueueClient(hubs.new.names.workItems)
      void delay(6000, undefined, { ref: false }).then(() => queue.clearMessages())
      assert.ok(app)
    },
    inputs: { requireIdle: 'source' },
  },
  {
    name: 'the management API shows no work',
    app: quietApp,
    arrange: (_, hubs) => hubs.new.completed(1),
    inputs: { requireIdle: 'source', evidence: 'managementApi' },
  },
]

describe('SlotSwap with warm-up and requireIdle', () => {
  let scene: Scene
  let played: (each: Case) => { readonly shop: SwapApp; readonly run: TaskRun }

  before(async function () {
    this.timeout(300_000)
    scene = await Scene.start({ timing: { stepMs: 20 } })
    played = await playAll<Case, { shop: SwapApp; run: TaskRun }>(
      [...held, ...passes],
      async ({ app, arrange, inputs }) => {
        const shop = await SwapApp.start(scene, app)
        const storage = scene.azure.storage.account().connectionString
        // The host of a durable app has made its hub by now.
        const made = app === undefined ? {} : ({ parts: [] } as const)
        const hubs = { old: await fillHub(storage, shop.oldHub), new: await fillHub(storage, shop.newHub, made) }
        await arrange(shop, hubs)
        return { shop, run: await shop.swap({ timeoutInMinutes: '1', ...inputs }) }
      },
      12,
    )
  })
  after(async () => await scene.stop())

  for (const each of held) {
    it(`swaps nothing where ${each.name}`, () => {
      const { shop, run } = played(each)

      assertRefused(run, each.says)
      assert.equal(shop.swaps(), 0)
      assert.equal(shop.app.slot().settings['TaskHubName'], shop.oldHub)
      assert.equal(shop.requests(), 0)
      assert.match(run.raw, /##vso\[task\.setprogress value=\d+;?\][^\n]*(waiting|Task hub )/, 'says that it waits')
    })
  }

  for (const each of passes) {
    it(`swaps where ${each.name}`, () => {
      const { shop, run } = played(each)

      assert.match(run.result, /^Succeeded/, run.log)
      assertEndsWell(run)
      shop.assertSwapped()
      shop.assertOutputs(run, { swapped: true }, 'swapped')
    })
  }
})
