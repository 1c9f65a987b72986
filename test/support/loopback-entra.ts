import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

import { createAuthority } from '../../emulator/tls/certificates.ts'

export type Answer = {
  readonly status: number
  readonly body: unknown
  readonly delayMs?: number
}

export type SignInRequest = {
  readonly path: string
  readonly form: URLSearchParams
  readonly authorization: string | undefined
}

/**
 * Just enough of Entra ID and of Azure DevOps' `oidctoken` to sign in over TLS: what is asked is kept, and what is answered is
 * set by the test.
 */
export async function startLoopbackEntra() {
  const authority = await createAuthority()
  const tokenRequests: SignInRequest[] = []
  const assertionRequests: SignInRequest[] = []
  const state = {
    tokenLifetimeSeconds: 3600,
    token: undefined as Answer | undefined,
    /** So many answers with a token break off in the middle. */
    cut: 0,
    assertion: undefined as Answer | undefined,
  }
  const server = createTlsServer(authority.server, (request, response) => {
    void readText(request).then((text) => {
      const { pathname } = new URL(request.url ?? '/', 'https://localhost')
      const kept = {
        path: request.url ?? '',
        form: new URLSearchParams(text),
        authorization: request.headers.authorization,
      }
      const answer = (): Answer => {
        if (pathname.endsWith('/.well-known/openid-configuration'))
          return { status: 200, body: discovery(url, pathname) }
        if (pathname === '/oidctoken') {
          assertionRequests.push(kept)
          return state.assertion ?? { status: 200, body: { oidcToken: `assertion-${assertionRequests.length}` } }
        }
        tokenRequests.push(kept)
        return state.token ?? { status: 200, body: token(tokenRequests.length, state.tokenLifetimeSeconds) }
      }
      const { status, body, delayMs } = answer()
      if (pathname.endsWith('/token') && state.cut > 0) {
        state.cut -= 1
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 1000 })
        response.write('{"token_type":', () => response.destroy())
        return
      }
      setTimeout(() => {
        response.writeHead(status, { 'Content-Type': 'application/json' })
        response.end(typeof body === 'string' ? body : JSON.stringify(body))
      }, delayMs ?? 0)
    })
  })
  const url = `https://localhost:${await listen(server)}`
  return { url, caPem: authority.caPem, tokenRequests, assertionRequests, state, close: () => close(server) }
}

/** A forwarding proxy that keeps whom it was asked to connect to, and with which credentials. */
export async function startLoopbackProxy() {
  const connects: { readonly to: string; readonly authorization: string | undefined }[] = []
  const tunnels = new Set<Duplex>()
  const server = createServer()
  server.on('connect', (request: IncomingMessage, client, head) => {
    connects.push({ to: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    const [host, port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(client).pipe(upstream)
    })
    for (const socket of [upstream, client]) {
      tunnels.add(socket)
      socket.on('error', () => undefined)
    }
  })
  const closeAll = async (): Promise<void> => {
    for (const socket of tunnels) socket.destroy()
    await close(server)
  }
  return { port: await listen(server), connects, close: closeAll }
}

export async function startPlainServer(listener: RequestListener) {
  const server = createServer(listener)
  return { url: `http://127.0.0.1:${await listen(server)}`, close: () => close(server) }
}

function discovery(url: string, path: string): unknown {
  const tenant = `${url}/${path.split('/')[1] ?? ''}`
  return {
    issuer: `${tenant}/v2.0`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
    jwks_uri: `${tenant}/discovery/v2.0/keys`,
  }
}

function token(count: number, lifetimeSeconds: number): unknown {
  return {
    token_type: 'Bearer',
    expires_in: lifetimeSeconds,
    ext_expires_in: lifetimeSeconds,
    access_token: `token-${count}`,
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
