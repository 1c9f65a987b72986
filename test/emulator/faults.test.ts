import assert from 'node:assert/strict'
import { request } from 'node:https'
import type { Azure } from '../../emulator/azure.ts'
import { startAzure } from '../../emulator/azure.ts'
import { openStorage } from '../../emulator/durable/storage.ts'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import type { FaultAction } from '../../emulator/http/faults.ts'
import { echoHosts } from './support/echo-host.ts'
import { ask, askArm } from './support/request.ts'
import { armScope, credentialOf } from './support/sdk.ts'

const site = '/resourceGroups/rg/providers/Microsoft.Web/sites/app'

describe('The switchboard of faults', function () {
  this.timeout(30_000)
  let azure: Azure
  let app: FunctionApp
  let token: string

  before(async () => {
    azure = await startAzure({ startHost: echoHosts().start })
    app = await azure.addFunctionApp({
      name: 'app',
      resourceGroup: 'rg',
      slots: ['staging'],
      settings: { staging: { A: '1' } },
    })
    token = (await credentialOf(azure, await azure.addServicePrincipal()).getToken(armScope)).token
  })
  after(() => azure.stop())
  beforeEach(() => {
    azure.faults.clear()
    azure.requests.clear()
    app.slot('staging').replaceSettings({ A: '1' })
  })

  const read = () => askArm(azure, token, site)
  const write = () =>
    askArm(azure, token, `${site}/slots/staging/config/appsettings`, {
      method: 'PUT',
      body: '{"properties":{"A":"2"}}',
    })

  it('cuts the connection before the effect', async () => {
    azure.faults.add({ service: 'arm', method: 'PUT', when: 'before', action: { kind: 'reset' } })

    await assert.rejects(write())

    assert.equal(app.slot('staging').settings['A'], '1')
    assert.equal(azure.requests.count({ method: 'PUT', effect: true }), 0)
  })

  it('loses the answer after the effect', async () => {
    azure.faults.add({ service: 'arm', method: 'PUT', when: 'after', action: { kind: 'reset' } })

    await assert.rejects(write())

    assert.equal(app.slot('staging').settings['A'], '2')
    assert.equal(azure.requests.count({ method: 'PUT', effect: true }), 1)
    assert.equal(azure.requests.all({ method: 'PUT' })[0]?.status, undefined)
  })

  it('strikes only as often as told, after as many as were let through', async () => {
    const fault = azure.faults.add({ path: /sites\/app\?/, skip: 1, times: 2, action: { kind: 'status', status: 503 } })

    const statuses = [await read(), await read(), await read(), await read()].map(({ status }) => status)

    assert.deepEqual(statuses, [200, 503, 503, 200])
    assert.equal(fault.struck(), 2)
  })

  it('strikes only the requests that are picked, tells it before or after the effect, and lets them pass', async () => {
    const told: string[] = []
    const setting = () => app.slot('staging').settings['A'] ?? ''
    for (const when of ['before', 'after'] as const) {
      azure.faults.add({
        ...{ service: 'arm', when, times: 1, action: { kind: 'pass' } },
        only: ({ method, body }) => method === 'PUT' && body.includes('"A"'),
        onStrike: () => void told.push(`${when}: ${setting()}`),
      })
    }

    assert.equal((await read()).status, 200)
    assert.equal((await write()).status, 200)
    app.slot('staging').replaceSettings({ A: '1' })
    assert.equal((await write()).status, 200)

    assert.deepEqual(told, ['before: 1', 'after: 2'])
    assert.equal(azure.requests.count({ method: 'PUT', effect: true }), 2)
  })

  it('answers with pages that never end, in the form of each service', async () => {
    azure.faults.add({ action: { kind: 'endless' } })
    const arm = async () => JSON.parse((await read()).text) as { value: unknown[]; nextLink: string }
    const front = openStorage((await azure.storage.front()).account().connectionString)
    const tokens: (string | undefined)[] = [(await arm()).nextLink, (await arm()).nextLink]
    for (const items of [front.tables.listTables(), front.table('any').listEntities()]) {
      const pages = items.byPage()
      for (let page = 0; page < 2; page++) {
        const { value } = (await pages.next()) as { value: unknown[] & { continuationToken?: string } }
        assert.deepEqual([...value], [])
        tokens.push(value.continuationToken)
      }
    }
    for (const lists of [front.queues.listQueues(), front.blobs.listContainers()]) {
      const pages = lists.byPage()
      for (let page = 0; page < 2; page++) {
        const { value } = (await pages.next()) as { value: { continuationToken?: string } }
        tokens.push(value.continuationToken)
      }
    }

    assert.equal(new Set(tokens).size, 10)
    assert.ok(
      tokens.every((token) => token),
      String(tokens),
    )
  })

  it('answers without end until the client hangs up', async () => {
    azure.faults.add({ service: 'arm', action: { kind: 'flood' } })
    const url = new URL(azure.armUrl)
    let got = 0

    await new Promise<void>((resolve, reject) => {
      const asked = request({ host: url.hostname, port: url.port, ca: azure.caPem, agent: false }, (response) => {
        assert.match(response.headers['content-type'] ?? '', /json/)
        response.on('error', reject)
        response.on('data', (chunk: Buffer) => {
          got += chunk.length
          if (got < 20_000_000) return
          asked.destroy()
          resolve()
        })
      })
      asked.on('error', reject)
      asked.end()
    })

    assert.ok(got >= 20_000_000)
  })

  const answers: [string, FaultAction, number, RegExp][] = [
    ['a page at status 200', { kind: 'html' }, 200, /<html>/],
    ['another body than promised', { kind: 'body', body: '[1,' }, 200, /^\[1,$/],
    ['an expired token', { kind: 'expiredToken' }, 401, /"ExpiredAuthenticationToken"/],
    ['a server error with a body', { kind: 'status', status: 500, body: '{"x":1}' }, 500, /^\{"x":1\}$/],
    [
      'the real answer, changed',
      { kind: 'rewrite', change: (reply) => ({ ...reply, status: 207 }) },
      207,
      /"name":"app"/,
    ],
  ]
  for (const [what, action, status, text] of answers) {
    it(`answers with ${what}`, async () => {
      azure.faults.add({ service: 'arm', action })

      const answer = await read()

      assert.equal(answer.status, status)
      assert.match(answer.text, text)
    })
  }

  it('throttles with Retry-After', async () => {
    azure.faults.add({ service: 'arm', action: { kind: 'throttle', retryAfterSeconds: 7 } })

    const answer = await read()

    assert.equal(answer.status, 429)
    assert.equal(answer.headers['retry-after'], '7')
  })

  it('cuts an answer in the middle', async () => {
    azure.faults.add({ service: 'arm', when: 'after', action: { kind: 'truncate' } })

    await assert.rejects(read())
  })

  it('leaves a request without an answer until the end', async () => {
    azure.faults.add({ service: 'arm', method: 'PUT', when: 'after', action: { kind: 'stall' } })
    const arrived = azure.requests.next({ method: 'PUT', effect: true })
    const outcome = write().then(
      () => 'answered',
      () => 'cut',
    )

    await arrived

    assert.equal(app.slot('staging').settings['A'], '2')
    assert.equal(await Promise.race([outcome, Promise.resolve('open')]), 'open')
  })

  it('strikes one slot and not the other', async () => {
    azure.faults.add({
      service: 'host',
      hostName: app.slot('staging').hostName,
      action: { kind: 'status', status: 502 },
    })

    assert.equal((await ask(azure, `https://${app.slot('staging').hostName}/`)).status, 502)
    assert.equal((await ask(azure, `https://${app.slot().hostName}/`)).status, 200)
  })

  it('cuts what a slot is doing when it restarts', async () => {
    const waiting = ask(azure, `https://${app.slot('staging').hostName}/hang`)
    await azure.requests.next({ service: 'host', path: /hang/ })

    await app.slot('staging').restart()

    assert.equal((await waiting).status, 502)
  })

  it('keeps secrets of a query out of the log', async () => {
    await ask(azure, `https://${app.slot().hostName}/api/Start?code=secret&x=1`)

    const [logged] = azure.requests.all({ service: 'host' })
    assert.equal(logged?.target, '/api/Start?code=REDACTED&x=1')
  })
})
