import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FunctionApp } from '../../emulator/function-app/function-app.ts'
import { atOnce } from './check-scene.ts'
import { assertEndsWell, assertRefused } from './endings.ts'
import { Scene } from './scene.ts'

type Answer = { status?: number; headers?: Record<string, string>; body: string }

const json = { 'content-type': 'application/json' }

const unknowns: readonly (readonly [string, Answer, RegExp])[] = [
  ['an HTML page', { headers: { 'content-type': 'text/html' }, body: '<html></html>' }, /an HTML page/],
  ['JSON that calls itself HTML', { headers: { 'content-type': 'text/html' }, body: '{"hasRunning":false}' }, /HTML/],
  ['a text for a boolean', { headers: json, body: '{"hasRunning":"false"}' }, /did not answer with \{ "hasRunning"/],
  ['a number for a boolean', { headers: json, body: '{"hasRunning":0}' }, /did not answer with/],
  ['no such field', { headers: json, body: '{"running":false}' }, /did not answer with/],
  ['null', { headers: json, body: '{"hasRunning":null}' }, /did not answer with/],
  ['the field twice', { headers: json, body: '{"hasRunning":false,"HasRunning":true}' }, /did not answer with/],
  ['a bare boolean', { headers: json, body: 'false' }, /did not answer with/],
  ['a list', { headers: json, body: '[{"hasRunning":false}]' }, /did not answer with/],
  ['broken JSON', { headers: json, body: '{"hasRunning":fal' }, /broken JSON/],
  ['nothing', { headers: json, body: '' }, /empty/],
  ['another success status', { status: 202, headers: json, body: '{"hasRunning":false}' }, /status 202/],
  ['a redirect', { status: 302, headers: { location: '/true' }, body: '' }, /status 302/],
  ['an error', { status: 500, headers: json, body: '{"hasRunning":false}' }, /500/],
  ['401', { status: 401, body: '' }, /401.*Give statusKey: a function key or host key of the app/],
  ['404', { status: 404, body: '' }, /status 404/],
]

describe('CheckNoRunningOrchestrations asks the status endpoint of the app', () => {
  let scene: Scene
  let app: FunctionApp
  let server: Server
  let base: string
  let asked: (string | undefined)[] = []
  let answers: Answer[] = []
  before(async () => {
    scene = await Scene.start()
    app = await scene.app()
    server = createServer((request, response) => {
      asked.push(request.headers['x-functions-key']?.toString())
      const { status = 200, headers = {}, body } = answers.shift() ?? { headers: json, body: '{"hasRunning":false}' }
      response.writeHead(status, headers).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    asked = []
    answers = []
  })
  after(async () => {
    await scene.stop()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const check = (inputs: Readonly<Record<string, string>> = {}) =>
    scene.run('CheckNoRunningOrchestrations', {
      appName: app.name,
      ...atOnce,
      evidence: 'statusEndpoint',
      statusUrl: `${base}/api/StatusCheck`,
      ...inputs,
    })

  it('twice before it takes it for idle, and says what was not checked', async () => {
    const run = await check({ statusKey: 'k3y/+of==the-app' })

    assert.match(run.result, /^Succeeded/, run.log)
    assertEndsWell(run)
    assert.deepEqual(asked, ['k3y/+of==the-app', 'k3y/+of==the-app'])
    assert.deepEqual([run.outputs['verdict'], run.outputs['evidence']], ['idle', 'statusEndpoint'])
    assert.match(run.attachments[0]?.text ?? '', /Not checked: control and work-item queues; counts/)
    assert.ok(run.secrets.includes('k3y/+of==the-app'))
  })

  it('whatever the case of its field', async () => {
    answers = [{ headers: json, body: '{"HASRUNNING":true,"else":1}' }]

    const run = await check()

    assertRefused(run, /is busy: its status endpoint says that something is running/)
    assert.equal(run.outputs['verdict'], 'busy')
  })

  it('and holds back what turned busy between the two proofs', async () => {
    answers = [
      { headers: json, body: '{"hasRunning":false}' },
      { headers: json, body: '{"hasRunning":true}' },
    ]

    assertRefused(await check(), /is busy/)
  })

  for (const [name, answer, says] of unknowns) {
    it(`and takes ${name} for unknown`, async () => {
      answers = [answer]

      const run = await check()

      assertRefused(run, /^Task hub '\w+' is not proven idle: /, says)
      assert.equal(run.outputs['verdict'], 'unknown')
      assert.equal(asked.length, 1)
    })
  }

  it('and takes no answer for unknown', async () => {
    const run = await check({ statusUrl: 'http://127.0.0.1:1/api/StatusCheck' })

    assertRefused(
      run,
      /is not proven idle: could not read the status endpoint 'http:\/\/127\.0\.0\.1:1\/api\/StatusCheck'/,
    )
  })

  it("of a real host, with the app's key in the header and nowhere else", async () => {
    const content = await mkdtemp(join(tmpdir(), 'status-content-'))
    const hostJson = '{ "version": "2.0", "extensions": { "durableTask": { "hubName": "%TaskHubName%" } } }'
    await writeFile(join(content, 'host.json'), hostJson)
    await writeFile(
      join(content, 'functions.mjs'),
      [
        'export const orchestrators = { *ProcessOrder() {} }',
        "export const starters = { StatusCheck: { type: 'http', route: 'status', run: () => ({ hasRunning: false }) } }",
      ].join('\n'),
    )
    const slot = app.slot('staging')
    await slot.deploy(content)
    await slot.ready()
    await rm(content, { recursive: true, force: true })
    scene.azure.requests.clear()
    const statusUrl = `https://${slot.hostName}/api/status`
    const key = slot.keys.functions['default'] ?? ''

    assertRefused(await check({ statusUrl }), /is not proven idle: .*401.*Give statusKey/)
    const run = await check({ statusUrl, statusKey: key })

    assert.match(run.result, /^Succeeded/, run.log)
    assertEndsWell(run)
    const targets = scene.azure.requests.all({ hostName: slot.hostName }).map(({ target }) => target)
    assert.deepEqual([...new Set(targets)], ['/api/status'])
  })
})
