import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { armFunctionApps } from '../../../../core/azure/arm/function-apps.ts'
import { httpClient } from '../../../../core/azure/http/client.ts'
import type { Proxy, Transport } from '../../../../core/azure/http/transport.ts'
import { agentFor, trustedCertificates } from '../../../../core/azure/http/transport.ts'
import { AzureFailure } from '../../../../core/failures.ts'
import type { ScriptedServer } from '../scripted-server.ts'
import { anyToken, instantClock, never, startScriptedServer } from '../scripted-server.ts'

/** A proxy that tunnels, and notes who asked for which address. */
async function startProxy(password?: string) {
  const tunnels: { to: string; authorization: string | undefined }[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((_, response) => response.writeHead(500).end())
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.on('connect', (request, socket) => {
    const authorization = request.headers['proxy-authorization']
    tunnels.push({ to: request.url ?? '', authorization })
    if (password !== undefined && authorization === undefined) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const [host = '', port = ''] = (request.url ?? '').split(':')
    const through = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      through.pipe(socket).pipe(through)
    })
    through.on('error', () => socket.destroy())
    socket.on('error', () => through.destroy())
    socket.on('close', () => through.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    tunnels,
    close: async () => {
      // Tunnels are no connections of the HTTP server any more.
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('the way to the network', () => {
  let server: ScriptedServer
  let proxy: Awaited<ReturnType<typeof startProxy>>
  before(async () => {
    server = await startScriptedServer()
    proxy = await startProxy('needed')
    server.answer(() => ({ json: { value: [] } }))
  })
  after(async () => {
    await server.close()
    await proxy.close()
  })
  beforeEach(() => {
    proxy.tunnels.length = 0
  })

  const transport = (through?: Partial<Proxy>): Transport => ({
    userAgent: 'test-agent',
    tls: { ca: server.ca },
    proxyFor: (url) => {
      assert.ok(url.startsWith('https://'))
      return through && { host: '127.0.0.1', port: proxy.port, ...through }
    },
  })
  const list = (over: Transport) =>
    armFunctionApps({
      armUrl: server.url,
      subscriptionId: 'sub',
      credential: anyToken,
      scope: 's',
      transport: over,
      onSecret: () => undefined,
      clock: instantClock(),
    }).list(never)
  const getJson = (over: Transport) =>
    httpClient(over).getJson({ url: `${server.url}/x`, errand: { operation: 'read x' } }, never)
  const signedIn = { username: 'user@corp', password: 'p:ä/%?' }

  for (const [client, ask] of [
    ['the SDK', list],
    ['axios', getJson],
  ] as const) {
    it(`goes through the proxy, signed in, and trusts the given authority behind it, with ${client}`, async () => {
      await ask(transport(signedIn))
      const basic = `Basic ${Buffer.from('user@corp:p:ä/%?').toString('base64')}`
      assert.deepEqual(proxy.tunnels, [{ to: server.host, authorization: basic }])
    })

    it(`goes straight to an address on the bypass list, with ${client}, whatever HTTPS_PROXY says`, async () => {
      const before = process.env.HTTPS_PROXY
      process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`
      try {
        await ask(transport())
      } finally {
        if (before === undefined) delete process.env.HTTPS_PROXY
        else process.env.HTTPS_PROXY = before
      }
      assert.deepEqual(proxy.tunnels, [])
    })

    it(`does not take a proxy's refusal for an answer, with ${client}`, async () => {
      await assert.rejects(ask(transport({ host: 'http://127.0.0.1' })), (error: unknown) => {
        assert.ok(error instanceof AzureFailure)
        assert.equal(error.kind, 'network')
        return true
      })
    })
  }

  it('names the client to the servers', async () => {
    await list(transport())
    assert.match(String(server.asked.at(-1)?.headers['user-agent']), /^test-agent /)
    await getJson(transport())
    assert.equal(server.asked.at(-1)?.headers['user-agent'], 'test-agent')
  })

  it('is one pool of connections for all addresses that go the same way', () => {
    const straight = transport()
    assert.equal(agentFor(straight, 'https://a/'), agentFor(straight, 'https://b/'))
    assert.notEqual(agentFor(straight, 'https://a/'), agentFor(transport(), 'https://a/'))
  })

  describe('trusts, where an own authority is given', () => {
    it('that one, the extra file and the roots of Node', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'transport-'))
      try {
        const file = join(folder, 'extra.pem')
        await writeFile(file, 'extra')
        assert.deepEqual(trustedCertificates('own', file), [...rootCertificates, 'extra', 'own'])
      } finally {
        await rm(folder, { recursive: true })
      }
    })

    it('the others where the extra file cannot be read', () => {
      assert.deepEqual(trustedCertificates('own', '/no/such/file'), [...rootCertificates, 'own'])
    })
  })
})
