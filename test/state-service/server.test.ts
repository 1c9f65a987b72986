import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { Refusal } from '../../core/failures.ts'
import { createAuthority } from '../../emulator/tls/certificates.ts'
import { jsonReply } from '../../state-service/http/api.ts'
import type { ApiRequest, HandleRequest } from '../../state-service/http/api.ts'
import { startServer } from '../../state-service/server.ts'
import { Api, keys } from './support/api.ts'

const ok: HandleRequest = () => Promise.resolve(jsonReply(200, {}))

describe('The plain server', () => {
  it('does not listen to a network without a certificate', async () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com', '']) {
      await assert.rejects(startServer({ handle: ok, port: 0, host }), (error: unknown) => {
        assert.ok(error instanceof Refusal)
        assert.match(error.message, /--cert and --key/)
        return true
      })
    }
  })

  it('listens on loopback by any of its names', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const server = await startServer({ handle: ok, port: 0, host })
      assert.equal((await fetch(`${server.url}/x`)).status, 200)
      await server.close()
    }
  })

  it('speaks TLS with a certificate, and then nothing else', async () => {
    const authority = await createAuthority()
    const api = await Api.start({ tls: authority.server, ca: authority.caPem })
    try {
      assert.match(api.url, /^https:/)
      assert.equal((await api.call({ path: '/api/v1/health' })).status, 200)
      assert.doesNotMatch(await api.raw('GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n'), /200/)
    } finally {
      await api.close()
    }
  })

  it('says where the port is taken', async () => {
    const server = await startServer({ handle: ok, port: 0 })
    try {
      const { port } = new URL(server.url)
      await assert.rejects(startServer({ handle: ok, port: Number(port) }), /EADDRINUSE/)
    } finally {
      await server.close()
    }
  })

  it('shows what was sent twice, joined by commas', async () => {
    const seen: ApiRequest[] = []
    const server = await startServer({
      port: 0,
      handle: (request) => {
        seen.push(request)
        return Promise.resolve(jsonReply(200, {}))
      },
    })
    const lines = [
      'GET /a?b HTTP/1.1',
      'Host: x',
      'Authorization: a',
      'authorization: b',
      'X-Y: 1',
      'Connection: close',
      '',
      '',
    ]
    await exchange(server.url, lines.join('\r\n'))
    await server.close()

    const [request] = seen
    assert.deepEqual([request?.method, request?.url, request?.address], ['GET', '/a?b', '127.0.0.1'])
    assert.deepEqual([request?.headers['authorization'], request?.headers['x-y']], ['a, b', '1'])
  })

  it('tells the story where a client goes away', async () => {
    const api = await Api.start()
    const { promise: stopped, resolve: stop } = deferred<undefined>()
    api.service.before = (_, signal) =>
      new Promise((resolve) => {
        socket.destroy()
        signal.addEventListener('abort', () => {
          stop(undefined)
          resolve()
        })
      })
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
    socket.write(health)

    await stopped
    await api.close()
  })

  it('stops what takes too long', async () => {
    const api = await Api.start({ times: { answerMs: 50 } })
    api.service.before = (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve()))

    assert.equal((await api.call({ path: '/api/v1/health' })).status, 200)
    await api.close()
  })

  it('lets requests under way end when it closes, and takes no more', async () => {
    const api = await Api.start()
    const begun = deferred<undefined>()
    const go = deferred<undefined>()
    api.service.before = async () => {
      begun.resolve(undefined)
      await go.promise
    }
    const reply = api.call({ path: '/api/v1/health' })
    await begun.promise
    const closing = api.close()
    await assert.rejects(api.call({ path: '/api/v1/health' }), /ECONNREFUSED/)
    go.resolve(undefined)

    assert.equal((await reply).status, 200)
    await closing
  })

  it('cuts requests off that do not end when it closes', async () => {
    const api = await Api.start({ times: { graceMs: 50 } })
    const begun = deferred<undefined>()
    const { promise: stopped, resolve: stop } = deferred<undefined>()
    api.service.before = (_, signal) => {
      signal.addEventListener('abort', () => stop(undefined))
      begun.resolve(undefined)
      return new Promise(() => undefined)
    }
    const reply = assert.rejects(api.call({ path: '/api/v1/health' }), /hang up|ECONNRESET/)
    await begun.promise

    await api.close()
    await stopped
    await reply
  })
})

const health = `GET /api/v1/health HTTP/1.1\r\nHost: x\r\nx-functions-key: ${keys.all}\r\n\r\n`

function deferred<Value>() {
  let resolve: (value: Value) => void = () => undefined
  const promise = new Promise<Value>((done) => (resolve = done))
  return { promise, resolve }
}

function exchange(url: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text))
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.resume()
  })
}
