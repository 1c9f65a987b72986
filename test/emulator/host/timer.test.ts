import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startHost } from '../../../emulator/host/host.ts'
import type { Host } from '../../../emulator/host/types.ts'
import type { Azurite } from '../../support/azurite.ts'
import { startAzurite } from '../../support/azurite.ts'
import { openStorage } from '../../../emulator/durable/storage.ts'
import { until } from '../durable/hub-for-test.ts'
import type { Listener } from './app-folder.ts'
import { appFolder, listener } from './app-folder.ts'

describe('timer and queue starters of an app without durable functions', () => {
  let azurite: Azurite
  let receiver: Listener
  const folders: string[] = []
  const hosts: Host[] = []
  before(async () => {
    azurite = await startAzurite()
  })
  beforeEach(async () => {
    receiver = await listener()
  })
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()))
    await receiver.close()
  })
  after(async () => {
    await azurite.stop()
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
  })

  async function start(code: string, connectionString = azurite.connectionString): Promise<Host> {
    const folder = await appFolder(code)
    folders.push(folder)
    const host = startHost({
      siteName: 'shop',
      slotName: 'production',
      settings: { AzureWebJobsStorage: connectionString },
      contentDir: folder,
      hostName: 'shop.localhost:1',
      keys: { master: 'master-key', system: {}, functions: {} },
      storageToken: () => Promise.resolve('token'),
    })
    hosts.push(host)
    await host.ready
    return host
  }

  const seen = (what: string) => until(`'${what}' was seen`, () => Promise.resolve(receiver.heard.includes(what)))

  it('run an occurrence that was missed while no host ran at once, and say so', async () => {
    const code = (everyMs: number) => `
      export const starters = { Daily: { type: 'timer', everyMs: ${everyMs}, useMonitor: true,
        run: (client, { timer }) => fetch('${receiver.url}/' + (timer.isPastDue ? 'late' : 'on-time')) } }`
    const first = await start(code(300))
    await seen('on-time')
    await first.stop()
    const missedAt = Date.now() + 300
    await until('the next occurrence was due', () => Promise.resolve(Date.now() > missedAt))
    const again = await start(code(300))
    await seen('late')
    await again.stop()
  })

  it('come up by themselves once storage answers that did not at the start of the host', async () => {
    const code = `
      export const starters = { Daily: { type: 'timer', everyMs: 100, useMonitor: true,
        run: () => fetch('${receiver.url}/ran') } }`
    const blobs = await failingBlobs(azurite.connectionString)
    try {
      const host = await start(code, blobs.connectionString)
      assert.equal(await stateOf(host), 'Error')
      assert.deepEqual(receiver.heard, [])

      blobs.recover()

      await until('the host runs', async () => (await stateOf(host)) === 'Running')
      await seen('ran')
    } finally {
      blobs.close()
    }
  })

  it('stay down when the host is stopped before its next try', async () => {
    const code = `
      export const starters = { Daily: { type: 'timer', everyMs: 100, useMonitor: true, run: () => undefined } }`
    const blobs = await failingBlobs(azurite.connectionString)
    try {
      const host = await start(code, blobs.connectionString)
      blobs.recover()
      await host.stop()
      assert.equal(await stateOf(host), 'Stopped')
      assert.equal(blobs.answered(), 0)
    } finally {
      blobs.close()
    }
  })

  it('run one occurrence at a time, and again while they fail and may', async () => {
    await start(`
      let running = 0
      export const starters = { Often: { type: 'timer', everyMs: 5, retry: { delayMs: 1, maxRetryCount: 2 },
        async run(client, { retryCount }) {
          running++
          await fetch('${receiver.url}/' + retryCount + '-of-' + running)
          running--
          if (retryCount < 2) throw new Error('again')
        } } }`)
    await until('three runs', () => Promise.resolve(receiver.heard.filter((item) => item === '2-of-1').length >= 3))
    assert.deepEqual(receiver.heard.slice(0, 6), ['0-of-1', '1-of-1', '2-of-1', '0-of-1', '1-of-1', '2-of-1'])
  })

  it('move a message that fails five times to the poison queue', async () => {
    await start(`
      export const starters = {
        Take: { type: 'queue', queue: 'orders', async run(order) {
          await fetch('${receiver.url}/tried'); throw new Error('no') } },
        Poison: { type: 'queue', queue: 'orders-poison', run: (order) => fetch('${receiver.url}/poison-' + order.id) } }`)
    await openStorage(azurite.connectionString).queue('orders').sendMessage(Buffer.from('{"id":7}').toString('base64'))
    await seen('poison-7')
    assert.equal(receiver.heard.filter((item) => item === 'tried').length, 5)
  })
})

async function stateOf(host: Host): Promise<string> {
  const request = { method: 'GET', path: '/admin/host/status', query: new URLSearchParams(), headers: {} }
  const { body } = await host.handle({ ...request, body: Buffer.alloc(0) }, 'arm')
  return (JSON.parse(String(body)) as { state: string }).state
}

/** The account with blobs that answer status 500 until they are told to recover. */
async function failingBlobs(connectionString: string) {
  const [, endpoint = ''] = /BlobEndpoint=(http:\/\/[^/]+)/.exec(connectionString) ?? []
  let [isFailing, answered] = [true, 0]
  const server = createServer((incoming, outgoing) => {
    if (isFailing) {
      outgoing.writeHead(500).end()
      return
    }
    answered++
    const { method, headers, url = '' } = incoming
    const onward = request(`${endpoint}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(onward)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    connectionString: connectionString.replace(`BlobEndpoint=${endpoint}`, `BlobEndpoint=http://127.0.0.1:${port}`),
    answered: () => answered,
    recover: () => {
      isFailing = false
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
