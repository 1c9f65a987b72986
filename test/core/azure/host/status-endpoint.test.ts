import assert from 'node:assert/strict'
import { httpClient } from '../../../../core/azure/http/client.ts'
import { lookAtStatusEndpoint } from '../../../../core/azure/host/status-endpoint.ts'
import { parseHubName } from '../../../../core/task-hub/name.ts'
import type { Reply, ScriptedServer } from '../scripted-server.ts'
import { never, page, startScriptedServer } from '../scripted-server.ts'

const name = parseHubName('shop1')
assert.ok(name)
const hub = { name, account: { name: 'store', id: 'store' } }

describe('a status endpoint', () => {
  let server: ScriptedServer
  before(async () => {
    server = await startScriptedServer()
  })
  after(() => server.close())

  const look = (url = `${server.url}/api/StatusCheck?code=hidden`) =>
    lookAtStatusEndpoint({ url, key: 'key-1', hub, http: httpClient(server.transport) })(never)

  const answers: [string, Reply, string][] = [
    ['is busy when something runs', { json: { hasRunning: true } }, 'busy'],
    ['is idle when nothing runs', { json: { hasRunning: false } }, 'idle'],
    ['may spell its field otherwise', { json: { HASRUNNING: false, other: 1 } }, 'idle'],
    ['is unknown with two spellings of the field', { json: { hasRunning: false, HasRunning: false } }, 'unknown'],
    ['is unknown with a text', { json: { hasRunning: 'false' } }, 'unknown'],
    ['is unknown with a number', { json: { hasRunning: 0 } }, 'unknown'],
    ['is unknown without the field', { json: {} }, 'unknown'],
    ['is unknown with a list', { json: [{ hasRunning: false }] }, 'unknown'],
    ['is unknown with a bare boolean', { json: false }, 'unknown'],
    ['is unknown with JSON that says it is text', { text: '{"hasRunning":false}', type: 'text/plain' }, 'unknown'],
    ['is unknown with broken JSON', { text: '{"hasRunning":false', type: 'application/json' }, 'unknown'],
    ['is unknown with a page', page(), 'unknown'],
    ['is unknown with another 2xx', { status: 202, json: { hasRunning: false } }, 'unknown'],
    ['is unknown with an error', { status: 500, json: { hasRunning: false } }, 'unknown'],
    ['is unknown when it asks for a key', { status: 401 }, 'unknown'],
    ['is unknown when it is not there', { status: 404 }, 'unknown'],
    [
      'is unknown with a redirect, which is not followed',
      { status: 302, headers: { location: '/api/other' } },
      'unknown',
    ],
    ['is unknown when it breaks off', { instead: 'reset' }, 'unknown'],
  ]
  for (const [name, reply, verdict] of answers) {
    it(name, async () => {
      server.answer(() => reply)
      const evidence = await look()
      assert.equal(evidence.verdict, verdict, evidence.because)
      assert.equal(evidence.source, 'statusEndpoint')
      assert.equal(server.asked.length, 1)
      assert.equal(server.asked[0]?.headers['x-functions-key'], 'key-1')
      assert.ok(!/key-1|hidden/.test(JSON.stringify(evidence)))
    })
  }

  it('is not asked over http', async () => {
    const evidence = await look('http://shop.example/api/StatusCheck')
    assert.equal(evidence.verdict, 'unknown')
    assert.match(evidence.because, /'http:\/\/shop\.example\/api\/StatusCheck' is not an https URL/)
  })

  it('is unknown where the address is none', async () => {
    assert.equal((await look('StatusCheck')).verdict, 'unknown')
  })
})
