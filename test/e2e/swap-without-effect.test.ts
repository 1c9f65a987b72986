import assert from 'node:assert/strict'
import type { FaultAction } from '../../emulator/http/faults.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { assertRefused } from './endings.ts'
import { Scene } from './scene.ts'
import { playAll, SwapApp } from './swap-scene.ts'

type Failing = {
  readonly name: string
  readonly arrange: (shop: SwapApp) => unknown
  readonly inputs?: Readonly<Record<string, string>>
  /** How often the task asked for a swap. */
  readonly requests: number
  readonly says: readonly RegExp[]
}

const error = (status: number, code: string): FaultAction => ({
  kind: 'status',
  status,
  body: JSON.stringify({ error: { code, message: `This is ${code}.` } }),
})
const swapAnswers = (action: FaultAction) => (shop: SwapApp) => shop.faultOnSwap({ action })
const page = '<html><body>Sign in</body></html>'
const asPage = { 'content-type': 'text/html' }

const noSwap: readonly Failing[] = [
  {
    name: 'Azure says 400',
    arrange: swapAnswers(error(400, 'BadRequest')),
    requests: 1,
    says: [
      /^The swap did not succeed: Azure refused the swap with status 400 \(BadRequest\): This is BadRequest\. Slot/,
    ],
  },
  {
    name: 'Azure says 417',
    arrange: swapAnswers(error(417, 'ExpectationFailed')),
    requests: 3,
    says: [/status 417 \(ExpectationFailed\)/],
  },
  {
    name: 'the connection may not swap',
    arrange: swapAnswers(error(403, 'AuthorizationFailed')),
    requests: 1,
    says: [/403/, /Website Contributor/, /slotsswap\/action/],
  },
  {
    name: 'Azure says 400 with agent commands in it',
    arrange: swapAnswers({
      kind: 'status',
      status: 400,
      body: JSON.stringify({ Code: '##vso[x]', Message: 'no\n##vso[task.complete result=Succeeded]done' }),
    }),
    requests: 1,
    says: [/status 400/],
  },
  {
    name: 'a page comes at 200 without effect',
    arrange: swapAnswers({ kind: 'html' }),
    inputs: { timeoutInMinutes: '1' },
    requests: 1,
    says: [/the time is up: the answer to the swap request could not be read \(the answer to the swap is an HTML page/],
  },
  {
    name: 'a page comes at 202 without effect',
    arrange: swapAnswers({ kind: 'status', status: 202, body: page, headers: asPage }),
    inputs: { timeoutInMinutes: '1' },
    requests: 1,
    says: [/the time is up/],
  },
  {
    name: 'the new version does not answer the ping of the swap',
    arrange: ({ app }) =>
      app
        .slot('staging')
        .replaceSettings({ ...app.slot('staging').settings, WEBSITE_SWAP_WARMUP_PING_STATUSES: '299' }),
    requests: 3,
    says: [
      /^The swap did not succeed: Azure ended the swap with: Cannot swap site slots .* did not respond to http ping, 3 times\. Slot/,
    ],
  },
  {
    name: 'Azure says Failed before it has begun',
    arrange: (shop) => {
      shop.fault('/slots/staging/operationresults/', { action: { kind: 'body', body: '{"status":"Failed"}' } })
      shop.faultOnSwap({
        action: {
          kind: 'status',
          status: 202,
          headers: {
            location: `${shop.scene.azure.armUrl}subscriptions/x/resourceGroups/shop-rg/providers/Microsoft.Web/sites/${shop.app.name}/slots/staging/operationresults/1?api-version=2024-11-01`,
          },
        },
      })
    },
    requests: 1,
    says: [/Azure ended the swap with: Azure says that the operation has failed\. Slot/],
  },
]

describe('SlotSwap swaps nothing, and says so, when', () => {
  let scene: Scene
  let played: (each: Failing) => { readonly shop: SwapApp; readonly run: TaskRun }

  before(async function () {
    this.timeout(300_000)
    scene = await Scene.start({ timing: { stepMs: 20 } })
    played = await playAll([...noSwap], ({ arrange, inputs }) => play(scene, arrange, inputs))
  })
  after(async () => await scene.stop())

  for (const each of noSwap) {
    it(each.name, () => {
      const { shop, run } = played(each)

      assertRefused(run, ...each.says)
      shop.assertOutputs(run, {}, 'notSwapped')
      shop.assertNotSwapped()
      assert.equal(shop.requests(), each.requests, run.log)
      assert.match(
        run.message,
        new RegExp(
          `has task hub '${shop.oldHub}', slot 'staging' task hub '${shop.newHub}'\\. The deployment lock of '${shop.app.name}' was given back\\.$`,
        ),
      )
    })
  }
})

async function play(scene: Scene, arrange: Failing['arrange'], inputs: Failing['inputs']) {
  const shop = await SwapApp.start(scene)
  await arrange(shop)
  return { shop, run: await shop.swap(inputs) }
}
