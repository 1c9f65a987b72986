import assert from 'node:assert/strict'
import type { ModeAnswer } from '../../../../core/app-mode/ports.ts'
import { appModeEndpoint } from '../../../../core/azure/host/app-mode.ts'
import { httpClient } from '../../../../core/azure/http/client.ts'
import { Cancelled } from '../../../../core/failures.ts'
import type { Reply, ScriptedServer } from '../scripted-server.ts'
import { never, page, startScriptedServer } from '../scripted-server.ts'

const document = {
  protocol: 1,
  mode: 'SafeToStop',
  generation: 'run-1',
  until: '2026-11-21T10:10:00.000Z',
  inProgress: 0,
  scope: 'app',
  members: 1,
  stashed: 0,
  failedStashes: 0,
}
const hold = { generation: 'run-1', holdSeconds: 600 }

describe('the App Mode of a slot, asked over HTTPS', () => {
  let server: ScriptedServer
  before(async () => {
    server = await startScriptedServer()
  })
  after(() => server.close())

  const endpoint = (path = '/api/app-mode/') =>
    appModeEndpoint(httpClient(server.transport), { hostName: server.host, path, key: 'key-1' })

  it('is asked at three routes, the key in a header and nowhere else', async () => {
    server.answer(() => ({ json: document }))
    const at = endpoint()
    await at.prepare(hold, never)
    await at.read(never)
    await at.resume('run-1', never)
    assert.deepEqual(
      server.asked.map(({ method, path, body }) => [method, path, body]),
      [
        ['POST', '/api/app-mode/prepare', '{"generation":"run-1","holdSeconds":600}'],
        ['GET', '/api/app-mode/mode', ''],
        ['POST', '/api/app-mode/resume', '{"generation":"run-1"}'],
      ],
    )
    for (const { headers, query } of server.asked) {
      assert.equal(headers['x-functions-key'], 'key-1')
      assert.equal(query.size, 0)
    }
    assert.match(String(server.asked[0]?.headers['content-type']), /^application\/json/)
  })

  const endless = (): Reply => ({ text: `"${'x'.repeat(9 * 1024 * 1024)}"`, type: 'application/json' })
  const answers: [string, () => Reply, ModeAnswer['kind'], RegExp][] = [
    ['a mode document', () => ({ json: document }), 'document', /./],
    ['401', () => ({ status: 401 }), 'refused', /the key is not accepted/],
    ['403 with a page', () => ({ ...page(), status: 403 }), 'refused', /the key is not accepted/],
    ['404', () => ({ status: 404 }), 'refused', /there is no such path/],
    [
      '409',
      () => ({ status: 409, json: { generation: 'run-2', until: 'soon' } }),
      'otherGeneration',
      /'run-2' .* until soon/,
    ],
    ['409 that names nobody', () => ({ status: 409, json: {} }), 'otherGeneration', /another generation/],
    ['409 with a page', () => ({ ...page(), status: 409 }), 'refused', /an HTML page \(status 409\)/],
    ['400', () => ({ status: 400, json: {} }), 'refused', /answered with 400/],
    ['429', () => ({ status: 429, headers: { 'retry-after': '7' } }), 'later', /answered with 429/],
    ['503 with a page', () => ({ ...page(), status: 503 }), 'later', /answered with 503/],
    ['500', () => ({ status: 500, json: document }), 'later', /answered with 500/],
    ['a reset', () => ({ instead: 'reset' }), 'later', /could not be reached/],
    ['an answer without end', endless, 'later', /broken off or larger than 8 MB/],
    [
      'a redirect',
      () => ({ status: 302, headers: { location: '/login' } }),
      'refused',
      /a redirect, which is not followed/,
    ],
    ['204', () => ({ status: 204 }), 'refused', /answered with 204/],
    ['202 with a document', () => ({ status: 202, json: document }), 'refused', /answered with 202/],
    ['a page at 200', () => page('<html>##vso[task.complete] sign in'), 'refused', /is an HTML page/],
    ['nothing at 200', () => ({}), 'refused', /is empty/],
    ['broken JSON', () => ({ text: '{"mode":', type: 'application/json' }), 'refused', /is broken JSON/],
    [
      'JSON that says it is text',
      () => ({ text: '{}', type: 'text/plain' }),
      'refused',
      /'text\/plain' instead of JSON/,
    ],
    ['a wrong type', () => ({ json: { ...document, inProgress: '0' } }), 'refused', /'inProgress' is no whole number/],
    ['another protocol', () => ({ json: { ...document, protocol: 2 } }), 'refused', /'protocol' is not 1/],
    ['a list', () => ({ json: [document] }), 'refused', /it is no JSON object/],
  ]
  for (const [name, reply, kind, expected] of answers) {
    it(`takes ${name} for '${kind}'`, async () => {
      server.answer(reply)
      for (const ask of [() => endpoint().prepare(hold, never), () => endpoint().read(never)]) {
        const answer = await ask()
        assert.equal(answer.kind, kind, JSON.stringify(answer))
        assert.match('because' in answer ? answer.because : 'document', expected)
        assert.doesNotMatch(JSON.stringify(answer), /key-1|##vso|sign in/)
      }
      assert.equal(server.asked.length, 2, 'each is asked once')
    })
  }

  it('gives the time that it is asked to wait', async () => {
    server.answer(() => ({ status: 429, headers: { 'retry-after': '7' } }))
    const answer = await endpoint().read(never)
    assert.equal(answer.kind === 'later' && answer.retryAfterMs, 7_000)
  })

  it('ends at once when it is cancelled, whatever hangs', async () => {
    for (const instead of ['hang', 'stall'] as const) {
      const abort = new AbortController()
      server.answer(() => {
        setImmediate(() => abort.abort())
        return { instead, json: document }
      })
      await assert.rejects(endpoint().read(abort.signal), Cancelled)
    }
  })
})
