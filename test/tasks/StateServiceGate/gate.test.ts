import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../scripts/packaging/project.ts'
import { statusReply } from '../../core/service/status-reply.ts'
import { page, startScriptedServer } from '../../core/azure/scripted-server.ts'
import type { Reply, ScriptedServer } from '../../core/azure/scripted-server.ts'
import { runRequest } from '../../support/server-task/run-request.ts'
import type { RequestRun, SingleRequest } from '../../support/server-task/run-request.ts'

const manifest = JSON.parse(
  readFileSync(join(root, 'tasks/StateServiceGate/StateServiceGateV1/task.json'), 'utf8'),
) as { inputs: { name: string }[]; execution: { HttpRequest: { Execute: SingleRequest } } }
const request = manifest.execution.HttpRequest.Execute
const readings = ['error', 'text'] as const
const reply = (twist: Readonly<Record<string, unknown>> = {}): Reply => ({ json: statusReply(twist) })

describe('StateServiceGate', () => {
  let server: ScriptedServer
  before(async () => {
    server = await startScriptedServer()
  })
  after(() => server.close())

  const inputs = (twist: Readonly<Record<string, string>> = {}) => ({
    stateServiceUrl: server.url,
    stateServiceKey: 'Zx-key_1==',
    appName: 'shop',
    slotName: 'staging',
    maxProofAgeInSeconds: '0',
    ...twist,
  })

  /** In every reading of what a body that is no JSON is to the server. */
  async function eachReading(twist: Readonly<Record<string, string>> = {}): Promise<RequestRun[]> {
    const runs: RequestRun[] = []
    for (const notJson of readings) {
      const engine = { notJson }
      runs.push(await runRequest(request, inputs(twist), { engine, ca: server.ca }))
    }
    return runs
  }

  it('asks once, for the status of the slot, with the key in a header', async () => {
    server.answer(() => reply())

    const [run] = await eachReading({ maxProofAgeInSeconds: '300' })

    assert.equal(run?.passed, true, run?.because)
    const [asked] = server.asked
    assert.deepEqual([asked?.method, asked?.path], ['GET', '/api/v1/apps/shop/slots/staging/status'])
    assert.deepEqual([...(asked?.query ?? [])], [['maxProofAgeInSeconds', '300']])
    assert.equal(asked?.headers['x-functions-key'], 'Zx-key_1==')
    assert.equal(asked.headers.authorization, undefined)
    assert.equal(server.asked.length, readings.length)
  })

  it('is asked with every input that it has', () => {
    assert.deepEqual(manifest.inputs.map(({ name }) => name).sort(), Object.keys(inputs()).sort())
  })

  const passes: [string, Reply, Record<string, string>][] = [
    ['the hub was proven idle for this answer', reply(), {}],
    ['a kept proof still holds', reply({ grounds: 'keptProof', keptBecause: 'noWorkerSince' }), {}],
    ['the service spells the app and the slot otherwise', reply({ app: 'Shop', slot: 'STAGING' }), {}],
    ['the pipeline spells them otherwise', reply(), { appName: 'SHOP', slotName: 'Staging' }],
    ['it is production', reply({ slot: 'production' }), { slotName: 'production' }],
    ['a later service says more', reply({ colour: 'blue', verdictOfOthers: 'busy' }), {}],
  ]
  for (const [name, answer, twist] of passes) {
    it(`lets the deployment through when ${name}`, async () => {
      server.answer(() => answer)
      for (const { passed, because } of await eachReading(twist)) assert.equal(passed, true, because)
    })
  }

  const fields = ['contract', 'app', 'slot', 'verdict', 'grounds']
  const holds: [string, Reply, Record<string, string>?][] = [
    ['the hub is busy', reply({ verdict: 'busy', grounds: 'look' })],
    ['the hub is not known to be idle', reply({ verdict: 'unknown', grounds: 'none' })],
    ['busy rests on a proof', reply({ verdict: 'busy' })],
    ['idle rests on one look', reply({ grounds: 'look' })],
    ['idle rests on an event', reply({ grounds: 'event' })],
    ['idle rests on nothing', reply({ grounds: 'none' })],
    ['idle rests on grounds of a later service', reply({ grounds: 'assumption' })],
    ['the contract is of another version', reply({ contract: 'durable-functions-safe-deployment/status/10' })],
    ['the contract is longer', reply({ contract: 'durable-functions-safe-deployment/status/1 ' })],
    ['the answer is about another slot', reply({ slot: 'production' })],
    ['the answer is about another app', reply({ app: 'shop2' })],
    ...fields.flatMap((name): [string, Reply][] => [
      [`${name} is missing`, reply({ [name]: undefined })],
      [`${name} is null`, reply({ [name]: null })],
      [`${name} is true`, reply({ [name]: true })],
      [`${name} is a number`, reply({ [name]: 1 })],
      [`${name} is a list of the right text`, reply({ [name]: [statusReply()[name]] })],
      [`${name} is an object`, reply({ [name]: { value: statusReply()[name] } })],
      [`${name} is spelled otherwise`, { json: renamed(name) }],
    ]),
    ['the status is inside of something else', { json: { value: statusReply() } }],
    ['the status is in a list', { json: [statusReply()] }],
    ['the status is a text', { json: JSON.stringify(statusReply()) }],
    ['another endpoint answers', { json: { hasRunning: false } }],
    ['another endpoint says idle', { json: { verdict: 'idle', status: 'successful' } }],
    ['the answer is a problem at 200', { json: { type: 'urn:x', title: 'idle', status: 200 } }],
    ['the answer is cut off', { text: JSON.stringify(statusReply()).slice(0, -9), type: 'application/json' }],
    ['the answer breaks off', { instead: 'reset' }],
    ['the answer is a web page with the right words', page(`<pre>${JSON.stringify(statusReply())}</pre>`)],
    ...[400, 401, 403, 404, 405, 409, 429, 500, 503].map((status): [string, Reply] => [
      `the answer is ${status}, whatever its body`,
      { ...reply(), status },
    ]),
    ['the key has a quote, so that it cannot be sent', reply(), { stateServiceKey: 'a"b' }],
    ['the app is an expression', reply(), { appName: "shop')), eq('a', root['a" }],
    ['an input was left as a variable that is not set', reply(), { slotName: '$(slot)' }],
  ]
  for (const [name, answer, twist] of holds) {
    it(`holds the deployment back when ${name}`, async () => {
      server.answer(() => answer)
      for (const { passed, because } of await eachReading(twist)) assert.equal(passed, false, because)
    })
  }

  it('holds the deployment back when nothing answers at all', async () => {
    const run = await runRequest(request, inputs({ stateServiceUrl: 'http://127.0.0.1:1' }))
    assert.equal(run.passed, false)
  })

  it('holds the deployment back when the address has a slash at its end and the service knows no such path', async () => {
    server.answer(({ path }) => (path.startsWith('/api/v1/') ? reply() : { status: 404 }))
    for (const { passed } of await eachReading({ stateServiceUrl: `${server.url}/` })) assert.equal(passed, false)
  })
})

/** The same status with one field's name in capitals: fields of a JSON object are told apart by case. */
function renamed(name: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(statusReply()).map(([key, value]) => [key === name ? key.toUpperCase() : key, value]),
  )
}
