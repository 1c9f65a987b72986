import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { root } from '../../../scripts/packaging/project.ts'
import { runChain } from '../../support/server-task/run-chain.ts'
import type { Engine } from '../../support/server-task/ask.ts'
import type { ChainRun, ChainStep } from '../../support/server-task/run-chain.ts'

type Answer = { status?: number; type?: string; body: unknown; token?: string }

const gate = 'tasks/CheckNoRunningOrchestrationsGate/CheckNoRunningOrchestrationsGateV1/task.json'
const manifest = JSON.parse(readFileSync(join(root, gate), 'utf8')) as {
  execution: { HttpRequestChain: { Execute: ChainStep[] } }
}
const engines: Engine[] = (['asSent', 'lower', 'title'] as const).flatMap((headerNames) =>
  (['error', 'text'] as const).map((notJson) => ({ headerNames, notJson })),
)
const running: Answer = { body: { id: 'host', state: 'Running', version: '4.1040.0' } }
const html: Answer = { type: 'text/html', body: '<!doctype html><title>Sign in</title>' }
const instance = (instanceId: string, runtimeStatus = 'Running') => ({ instanceId, name: 'Order', runtimeStatus })

describe('CheckNoRunningOrchestrationsGate', () => {
  let server: Server
  let asked: string[]
  let host: Answer
  let list: Answer

  before(async () => {
    server = createServer((request, response) => {
      const url = request.url ?? ''
      asked.push(url)
      const { status = 200, type = 'application/json', body, token } = url.includes('/admin/host/status') ? host : list
      response.writeHead(status, {
        'content-type': type,
        ...(token === undefined ? {} : { 'x-ms-continuation-token': token }),
      })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  after(() => {
    server.closeAllConnections()
    server.close()
  })

  beforeEach(() => {
    asked = []
    host = running
    list = { body: [], token: '' }
  })

  async function evaluateGate(slotName = 'staging', engine?: Engine): Promise<ChainRun> {
    const { port } = server.address() as AddressInfo
    const inputs = { azureSubscription: 'connection', appName: 'orders', resourceGroupName: 'rg-orders', slotName }
    const endpoint = { url: `http://127.0.0.1:${port}/`, subscriptionId: 'sub-1', token: 'token' }
    return runChain(manifest.execution.HttpRequestChain.Execute, inputs, endpoint, engine)
  }

  const passes: [string, Answer][] = [
    ['nothing runs', { body: [] }],
    ['nothing runs and the token header is there but empty', { body: [], token: '' }],
    ['an old extension ends its last page with a token that means null', { body: [], token: 'bnVsbA==' }],
    ['only entities are listed', { body: [instance('@counter@a'), instance('@basket@42')] }],
  ]
  for (const [name, answer] of passes) {
    it(`lets the deployment through when ${name}`, async () => {
      list = answer
      for (const engine of engines) assert.equal((await evaluateGate('staging', engine)).passed, true)
    })
  }

  const holds: [string, Answer][] = [
    ['an orchestration is running', { body: [instance('a1')] }],
    ['an orchestration is pending', { body: [instance('a1', 'Pending')] }],
    ['an orchestration is suspended', { body: [instance('a1', 'Suspended')] }],
    [
      'one orchestration hides among entities',
      { body: [instance('@counter@a'), instance('a1'), instance('@counter@b')] },
    ],
    ['an id only looks like an entity', { body: [instance('@counter')] }],
    ['a listed thing has no id', { body: [{ name: 'Order' }] }],
    ['the page is empty but more pages follow', { body: [], token: 'MTIzNDU2' }],
    ['entities fill the page and more pages follow', { body: [instance('@counter@a')], token: 'MTIzNDU2' }],
    ['the answer is an object', { body: { value: [] } }],
    ['the answer is an error in an object at status 200', { body: { error: { code: 'Stopped' } } }],
    ['the answer is a web page', html],
    ['the answer is empty', { body: '' }],
    ['the answer is cut off', { body: '[{"instanceId":"@counter@a"' }],
    ['the answer is 202', { status: 202, body: [] }],
    ['the answer is 204', { status: 204, body: '' }],
    ...[400, 401, 403, 404, 409, 429, 500, 503].map((status): [string, Answer] => [
      `the answer is ${status}`,
      { status, body: [] },
    ]),
  ]
  for (const [name, answer] of holds) {
    it(`holds the deployment back when ${name}`, async () => {
      list = answer
      // A server that took text for an empty list would be caught by the host's own answer: see the tests below.
      const readings = typeof answer.body === 'string' ? engines.filter(({ notJson }) => notJson === 'error') : engines
      for (const engine of readings) {
        const { passed, because } = await evaluateGate('staging', engine)
        assert.equal(passed, false, because)
      }
    })
  }

  const everything: [string, Answer][] = [
    ['a sign-in page', html],
    ['an empty body', { body: '' }],
    ['an empty object', { body: {} }],
    ['a JSON text', { body: '"stopped"' }],
    ['null', { body: 'null' }],
    ['an empty list', { body: [] }],
  ]
  for (const [name, answer] of everything) {
    it(`holds the deployment back when something on the way answers every request with ${name}`, async () => {
      host = answer
      list = answer
      for (const engine of engines) assert.equal((await evaluateGate('staging', engine)).passed, false)
    })
  }

  const hosts: [string, Answer][] = [
    ['the host is starting', { body: { state: 'Starting' } }],
    ['the host is in error', { body: { state: 'Error', errors: ['no storage'] } }],
    ['the host shows a sign-in page', html],
    ['the host answers 503', { status: 503, body: '' }],
    ['the host says nothing of its state', { body: {} }],
  ]
  for (const [name, answer] of hosts) {
    it(`holds the deployment back when ${name}, and does not ask for instances`, async () => {
      host = answer
      for (const engine of engines) assert.equal((await evaluateGate('staging', engine)).passed, false)
      assert.ok(asked.every((url) => url.includes('/admin/host/status')))
    })
  }

  it('asks the slot that it was told, with every state that is in flight', async () => {
    await evaluateGate('staging')

    const base =
      '/subscriptions/sub-1/resourceGroups/rg-orders/providers/Microsoft.Web/sites/orders/slots/staging/hostruntime'
    assert.deepEqual(
      asked.map((url) => url.split('?')[0]),
      [`${base}/admin/host/status`, `${base}/runtime/webhooks/durabletask/instances`],
    )
    const query = new URL(asked[1] ?? '', 'http://localhost').searchParams
    assert.deepEqual(query.get('runtimeStatus')?.split(','), ['Running', 'Pending', 'Suspended', 'ContinuedAsNew'])
    assert.equal(query.get('showInput'), 'false')
    assert.equal(query.get('taskHub'), null)
  })

  for (const name of ['production', 'Production']) {
    it(`asks the app itself for slot '${name}'`, async () => {
      const { passed } = await evaluateGate(name)

      assert.equal(passed, true)
      assert.equal(asked.length, 2)
      assert.ok(asked.every((url) => url.includes('/sites/orders/hostruntime/')))
    })
  }

  it('holds the deployment back when nothing answers at all', async () => {
    const endpoint = { url: 'http://127.0.0.1:1/', subscriptionId: 'sub-1', token: 'token' }
    const inputs = { appName: 'orders', resourceGroupName: 'rg-orders', slotName: 'staging' }

    assert.equal((await runChain(manifest.execution.HttpRequestChain.Execute, inputs, endpoint)).passed, false)
  })
})
