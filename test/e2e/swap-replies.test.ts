import assert from 'node:assert/strict'
import type { Fault, FaultAction } from '../../emulator/http/faults.ts'
import type { TaskRun } from '../../pipeline-runner/agent/task-run.ts'
import { assertEndsWell, warningsOf } from './endings.ts'
import { Scene } from './scene.ts'
import { playAll, SwapApp } from './swap-scene.ts'

type OnSwap = Omit<Fault, 'service' | 'path' | 'method'>

type Case = {
  readonly name: string
  readonly arrange: (shop: SwapApp) => unknown
  readonly inputs?: Readonly<Record<string, string>>
  /** How often the task asked for a swap. */
  readonly requests: number
  readonly warns?: RegExp
}

const error = (status: number, code: string, headers: Record<string, string> = {}): FaultAction => ({
  kind: 'status',
  status,
  body: JSON.stringify({ error: { code, message: `This is ${code}.` } }),
  headers,
})
const once = (action: FaultAction, when: 'before' | 'after' = 'before'): OnSwap => ({ action, when, times: 1 })
const swapAnswers = (fault: OnSwap) => (shop: SwapApp) => shop.faultOnSwap(fault)
const pollAnswers = (action: FaultAction, times: number) => (shop: SwapApp) =>
  shop.fault('/slots/staging/operationresults/', { action, times })
const page = '<html><body>Sign in</body></html>'
const asPage = { 'content-type': 'text/html' }

const oneSwap: readonly Case[] = [
  {
    name: 'the connection is cut before the effect',
    arrange: swapAnswers(once({ kind: 'reset' })),
    requests: 2,
    warns: /The answer to the swap request was lost/,
  },
  {
    name: 'the connection is cut after the effect',
    arrange: swapAnswers(once({ kind: 'reset' }, 'after')),
    requests: 1,
  },
  { name: 'the answer is 502 before the effect', arrange: swapAnswers(once(error(502, 'BadGateway'))), requests: 2 },
  {
    name: 'the answer is 502 after the effect',
    arrange: swapAnswers(once({ kind: 'status', status: 502, body: page, headers: asPage }, 'after')),
    requests: 1,
  },
  {
    name: 'the answer is 503 before the effect',
    arrange: swapAnswers(once(error(503, 'ServiceUnavailable'))),
    requests: 2,
  },
  {
    name: 'the answer is 500 after the effect',
    arrange: swapAnswers(once(error(500, 'InternalServerError'), 'after')),
    requests: 1,
  },
  {
    name: 'Azure is throttling and says for how long',
    arrange: swapAnswers({ action: { kind: 'throttle', retryAfterSeconds: 1 }, times: 2 }),
    requests: 3,
    warns: /status 429 \(TooManyRequests\)/,
  },
  {
    name: 'Azure was throttling although it swapped',
    arrange: swapAnswers(once({ kind: 'throttle', retryAfterSeconds: 1 }, 'after')),
    requests: 1,
  },
  {
    name: 'another operation is said to run, and for how long',
    arrange: swapAnswers(once(error(409, 'Conflict', { 'retry-after': '1' }))),
    requests: 2,
    warns: /status 409 \(Conflict\)/,
  },
  {
    name: 'Azure says 400 although it swapped',
    arrange: swapAnswers(once(error(400, 'BadRequest'), 'after')),
    requests: 1,
  },
  { name: 'a page comes at 200 after the effect', arrange: swapAnswers(once({ kind: 'html' }, 'after')), requests: 1 },
  {
    name: 'a page comes at 202 after the effect, without an operation',
    arrange: swapAnswers(once({ kind: 'status', status: 202, body: page, headers: asPage }, 'after')),
    requests: 1,
    warns: /without saying where to follow it/,
  },
  {
    name: 'JSON breaks off after the effect',
    arrange: swapAnswers(once({ kind: 'body', body: '{"id": "/subscr' }, 'after')),
    requests: 1,
    warns: /broken JSON/,
  },
  {
    name: 'the body breaks off after the effect',
    arrange: swapAnswers(once({ kind: 'truncate' }, 'after')),
    requests: 1,
  },
  {
    name: 'the operation is to be followed at another host',
    arrange: swapAnswers({
      action: {
        kind: 'rewrite',
        change: (reply) => ({ ...reply, headers: { ...reply.headers, location: 'https://elsewhere.example.net/op' } }),
      },
    }),
    requests: 1,
    warns: /at another host than Azure Resource Manager/,
  },
  {
    name: 'the poll fails with 500 for a while',
    arrange: pollAnswers(error(500, 'InternalServerError'), 3),
    requests: 1,
  },
  {
    name: 'the poll gives a page for ever',
    arrange: pollAnswers({ kind: 'html' }, 1000),
    requests: 1,
    warns: /HTML page/,
  },
  {
    name: 'the poll knows nothing of the operation',
    arrange: pollAnswers(error(404, 'NotFound'), 1000),
    requests: 1,
    warns: /404 NotFound/,
  },
  { name: 'the poll is cut off', arrange: pollAnswers({ kind: 'reset' }, 2), requests: 1 },
  {
    name: 'the poll says at once that all is done',
    arrange: pollAnswers({ kind: 'body', body: '{"status":"Succeeded"}' }, 1000),
    requests: 1,
  },
  {
    name: 'the poll says Failed although the slots are swapped',
    arrange: pollAnswers({ kind: 'body', body: '{"status":"Failed","error":{"code":"X","message":"no"}}' }, 1000),
    requests: 1,
  },
  {
    name: 'the token expires while Azure swaps',
    arrange: pollAnswers({ kind: 'expiredToken' }, 2),
    requests: 1,
  },
  {
    name: 'the slots cannot be read for a while',
    arrange: (shop) => shop.fault('/slots\\?', { action: error(503, 'ServiceUnavailable'), skip: 1, times: 3 }),
    requests: 1,
  },
]

describe('SlotSwap swaps exactly once when', () => {
  let scene: Scene
  let played: (each: Case) => { readonly shop: SwapApp; readonly run: TaskRun }

  before(async function () {
    this.timeout(300_000)
    scene = await Scene.start({ timing: { stepMs: 300 } })
    played = await playAll([...oneSwap], ({ arrange, inputs }) => play(scene, arrange, inputs), 12)
  })
  after(async () => await scene.stop())

  for (const each of oneSwap) {
    it(each.name, () => {
      const { shop, run } = played(each)

      assert.equal(run.result, 'Succeeded', run.log)
      assertEndsWell(run)
      shop.assertOutputs(run, { swapped: true }, 'swapped')
      shop.assertSwapped()
      assert.equal(shop.requests(), each.requests, run.log)
      if (each.warns) assert.match(warningsOf(run).join('\n'), each.warns)
    })
  }
})

async function play(scene: Scene, arrange: Case['arrange'], inputs: Case['inputs']) {
  const shop = await SwapApp.start(scene)
  await arrange(shop)
  return { shop, run: await shop.swap(inputs) }
}
