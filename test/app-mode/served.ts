// An app's three routes over HTTPS on loopback, behind a key as a function with authLevel function has it.
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import type { Transport } from '../../core/azure/http/transport.ts'
import type { AppMode } from '../../app-mode/src/index.ts'

export const key = 'key-of-the-host'

export async function serve(appOf: () => AppMode) {
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  })
  const paths: string[] = []
  let cuts = 0
  const server = createServer({ cert: pair.cert, key: pair.private }, (request, response) => {
    paths.push(`${request.method} ${request.url}`)
    const text = async () => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      return body
    }
    const url = `https://${request.headers.host}${request.url}`
    if (request.headers['x-functions-key'] !== key) {
      response.writeHead(401).end()
      return
    }
    void appOf()
      .handle({ method: request.method ?? '', url, text })
      .then((answer) => {
        // The effect is there; its reply never comes.
        if (cuts > 0) {
          cuts--
          request.socket.destroy()
          return
        }
        response.writeHead(answer.status, answer.headers).end(answer.body)
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const transport: Transport = { userAgent: 'test', proxyFor: () => undefined, tls: { ca: pair.cert } }
  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    transport,
    paths,
    cutNext: (count: number) => (cuts = count),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
