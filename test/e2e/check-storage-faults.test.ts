import assert from 'node:assert/strict'
import type { Fault } from '../../emulator/http/faults.ts'
import { slotWithHub } from './check-scene.ts'
import { assertEndsWell, assertRefused } from './endings.ts'
import { Scene } from './scene.ts'

const tableAction = { kind: 'body', contentType: 'application/json', body: '{"value":[{"PartitionKey":1}]}' } as const

/** Answers that storage never gives: each one must be unknown, for the SDKs read most of them as "nothing there". */
const unreadable: readonly (readonly [string, Fault, RegExp])[] = [
  ['an HTML page for the rows', { path: /Instances\(\)/, action: { kind: 'html' } }, /'text\/html' instead of JSON/],
  [
    'an HTML page for the list of queues',
    { path: /comp=list/, action: { kind: 'html' } },
    /'text\/html' instead of XML/,
  ],
  ['an HTML page for the count of a queue', { path: /comp=metadata/, action: { kind: 'html' } }, /whole number/],
  ['JSON that holds no rows', { path: /Instances\(\)/, action: { kind: 'body', body: '{}' } }, /no list of rows/],
  ['rows without a key', { path: /Instances\(\)/, action: tableAction }, /row without PartitionKey/],
  [
    'JSON for the list of queues',
    { path: /comp=list/, action: { kind: 'body', body: '{}' } },
    /'application\/json' instead of XML/,
  ],
  [
    'a list of queues cut in the middle',
    {
      path: /comp=list/,
      action: { kind: 'body', contentType: 'application/xml', body: '<EnumerationResults><Queues><Queue>' },
    },
    /not a whole EnumerationResults/,
  ],
  [
    'a 404 that is not of the service',
    { path: /Instances\(\)/, action: { kind: 'status', status: 404 } },
    /status 404 is not one of the storage service/,
  ],
  [
    'a redirect',
    { path: /Instances\(\)/, action: { kind: 'status', status: 302, headers: { location: 'https://localhost:1/' } } },
    /302|cannot be reached/,
  ],
  [
    'a key that is refused',
    {
      path: /Instances\(\)/,
      action: { kind: 'status', status: 403, headers: { 'x-ms-error-code': 'AuthenticationFailed' } },
    },
    /403, AuthenticationFailed.*The account key is not \(or no longer\) the right one/,
  ],
  [
    'a firewall',
    {
      path: /Instances\(\)/,
      action: { kind: 'status', status: 403, headers: { 'x-ms-error-code': 'AuthorizationFailure' } },
    },
    /Let the account's firewall/,
  ],
  [
    'a continuation token that repeats',
    {
      path: /Instances\(\)/,
      action: {
        kind: 'rewrite',
        change: (reply) => ({
          ...reply,
          headers: {
            ...reply.headers,
            'x-ms-continuation-nextpartitionkey': 'again',
            'x-ms-continuation-nextrowkey': 'again',
          },
        }),
      },
    },
    /its continuation token repeats, so the list has no end/,
  ],
]

describe('CheckNoRunningOrchestrations, when storage', () => {
  let scene: Scene
  before(async () => (scene = await Scene.start()))
  afterEach(() => scene.azure.faults.clear())
  after(async () => await scene.stop())

  for (const [name, fault, says] of unreadable) {
    it(`answers with ${name}, takes the hub for unknown`, async () => {
      const { hub, check } = await slotWithHub(scene)
      await hub.completed(1)
      const armed = scene.azure.faults.add({ service: 'storage', ...fault })

      const run = await check({ evidence: 'storage' })

      assert.ok(armed.struck() > 0)
      assertRefused(run, /^Task hub '\w+' is not proven idle: /, says)
      assert.equal(run.outputs['verdict'], 'unknown')
    })
  }

  it('gives a page that is empty and has a successor, reads on', async () => {
    const { hub, check } = await slotWithHub(scene)
    await hub.running()
    const first = (keys: Readonly<Record<string, string>>) => ({
      status: 200,
      headers: { 'content-type': 'application/json;odata=minimalmetadata', ...keys },
      body: '{"value":[]}',
    })
    // The successor is the whole table: without its keys in the query, Azurite begins at the start.
    scene.azure.faults.add({
      service: 'storage',
      path: /Instances\(\)/,
      times: 1,
      action: {
        kind: 'rewrite',
        change: () => first({ 'x-ms-continuation-nextpartitionkey': '0', 'x-ms-continuation-nextrowkey': '0' }),
      },
    })

    assertRefused(await check(), /is busy: 1 running/)
  })

  it('throttles, waits as long as it asks and reads on', async () => {
    const { hub, check } = await slotWithHub(scene)
    await hub.completed(1)
    const action = { kind: 'throttle', retryAfterSeconds: 1 } as const
    const faults = [/Instances\(\)/, /comp=list/, /comp=metadata/].map((path) =>
      scene.azure.faults.add({ service: 'storage', path, times: 1, action }),
    )

    const run = await check()

    assert.match(run.result, /^Succeeded/, run.log)
    assertEndsWell(run)
    for (const fault of faults) assert.equal(fault.struck(), 1)
    assert.ok(run.durationMs >= 3000, `${run.durationMs} ms`)
  })

  it('cuts the connection once, reads again', async () => {
    const { check } = await slotWithHub(scene)
    const fault = scene.azure.faults.add({ service: 'storage', times: 2, action: { kind: 'reset' } })

    const run = await check()

    assert.match(run.result, /^Succeeded/, run.log)
    assert.equal(fault.struck(), 2)
  })

  it('answers badly once and well after, waits for the proof', async () => {
    const { check } = await slotWithHub(scene)
    scene.azure.faults.add({ service: 'storage', path: /comp=list/, times: 1, action: { kind: 'html' } })

    const run = await check({ timeoutInMinutes: '1', evidence: 'storage' })

    assert.match(run.result, /^Succeeded/, run.log)
    assert.match(run.raw, /could not be judged: .*'text\/html'/)
  })
})
