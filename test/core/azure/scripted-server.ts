// An HTTPS server on loopback that answers as a test tells it, and remembers what it was asked.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import type { TokenCredential } from '@azure/identity'
import type { Transport } from '../../../core/azure/http/transport.ts'
import type { AppAddress, SlotName } from '../../../core/function-app/picture.ts'
import { Cancelled } from '../../../core/failures.ts'
import type { Clock } from '../../../core/ports.ts'

export type Asked = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Reply = {
  readonly status?: number
  readonly json?: unknown
  readonly text?: string
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of an answer: cut the connection, never answer, or stop in the middle of the body. */
  readonly instead?: 'reset' | 'hang' | 'stall'
}

export type Script = (asked: Asked) => Reply

export type ScriptedServer = {
  /** Without a slash at the end. */
  readonly url: string
  readonly host: string
  readonly transport: Transport
  readonly ca: string
  readonly asked: Asked[]
  answer(script: Script): void
  close(): Promise<void>
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  let script: Script = () => ({ status: 500 })
  const asked: Asked[] = []
  const server = createServer({ cert: pair.cert, key: pair.private }, (request, response) => {
    void read(request).then((each) => {
      asked.push(each)
      send(script(each), response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `localhost:${(server.address() as AddressInfo).port}`
  return {
    url: `https://${host}`,
    host,
    ca: pair.cert,
    transport: { userAgent: 'test', proxyFor: () => undefined, tls: { ca: pair.cert } },
    asked,
    answer: (next) => {
      asked.length = 0
      script = next
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function read(request: IncomingMessage): Promise<Asked> {
  const url = new URL(request.url ?? '/', 'https://localhost')
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return { method: request.method ?? '', path: url.pathname, query: url.searchParams, headers: request.headers, body }
}

function send(reply: Reply, response: ServerResponse): void {
  const { status = 200, json, text = '', headers = {}, instead } = reply
  if (instead === 'reset') response.destroy()
  if (instead === 'reset' || instead === 'hang') return
  const body = json === undefined ? text : JSON.stringify(json)
  const type = reply.type ?? (json === undefined ? undefined : 'application/json; charset=utf-8')
  response.writeHead(status, { ...(type !== undefined && { 'content-type': type }), ...headers })
  if (instead === 'stall') response.write(body.slice(0, 1))
  else response.end(body)
}

export const page = (html = '<html>sign in</html>'): Reply => ({ text: html, type: 'text/html' })

/** Gives tokens without asking anybody. */
export const anyToken: TokenCredential = {
  getToken: () => Promise.resolve({ token: 'token-1', expiresOnTimestamp: Date.now() + 3_600_000 }),
}

/** Time that passes at once; `waits` is what was slept, in milliseconds. */
export function instantClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = []
  return {
    waits,
    now: () => new Date(),
    sleep: (ms, signal) => {
      waits.push(ms)
      return signal.aborted ? Promise.reject(new Cancelled()) : Promise.resolve()
    },
  }
}

export const shop: AppAddress = { resourceGroup: 'rg', name: 'shop' }
export const staging = 'staging' as SlotName
export const never = new AbortController().signal
