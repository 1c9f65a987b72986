import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { rootCertificates } from 'node:tls'
import type { HttpClient } from '@azure/core-rest-pipeline'
import { createDefaultHttpClient } from '@azure/core-rest-pipeline'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { boundedClient } from './bounded-client.ts'

/** `host` is a name, an address or an `http(s)://` URL without port. */
export type Proxy = {
  readonly host: string
  readonly port: number
  readonly username?: string
  readonly password?: string
}

/** How this machine reaches the network: what every client of Azure is built with. */
export type Transport = {
  readonly userAgent: string
  /** Undefined = straight to the address: no proxy is set, or the address is on the bypass list. */
  proxyFor(url: string): Proxy | undefined
  /** PEM texts. `ca` is trusted besides Node's own roots and NODE_EXTRA_CA_CERTS. */
  readonly tls?: {
    readonly ca?: string
    readonly cert?: string
    readonly key?: string
    readonly passphrase?: string
  }
}

type TlsSettings = { ca?: string[]; cert?: string; key?: string; passphrase?: string }

const agents = new WeakMap<Transport, Map<string, http.Agent>>()

/** The connection pool for an address: one for each proxy and protocol, shared by all clients of a transport. */
export function agentFor(transport: Transport, url: string): http.Agent {
  const proxy = transport.proxyFor(url)
  const secure = new URL(url).protocol === 'https:'
  const key = `${secure ? 'https' : 'http'} ${proxy ? JSON.stringify(proxy) : ''}`
  const pools = agents.get(transport) ?? new Map<string, http.Agent>()
  agents.set(transport, pools)
  const known = pools.get(key)
  if (known) return known
  const made = proxy ? proxyAgent(proxy, tlsSettings(transport)) : plainAgent(secure, tlsSettings(transport))
  pools.set(key, made)
  return made
}

/**
 * Options that every Azure SDK client takes. The agent is chosen here and not by `proxyOptions`/`tlsOptions`: the SDK's
 * proxy policy drops TLS settings, knows one proxy for all addresses, and reads HTTPS_PROXY past the agent's bypass list
 * (ts-http-runtime proxyPolicy.js).
 */
export function sdkClientOptions(transport: Transport): {
  httpClient: HttpClient
  userAgentOptions: { userAgentPrefix: string }
} {
  const inner = boundedClient(createDefaultHttpClient())
  return {
    httpClient: {
      sendRequest: (request) => {
        request.agent = agentFor(transport, request.url)
        return inner.sendRequest(request)
      },
    },
    userAgentOptions: { userAgentPrefix: transport.userAgent },
  }
}

/** Options for axios; its own reading of HTTPS_PROXY is switched off. */
export function axiosOptions(
  transport: Transport,
  url: string,
): { httpAgent: unknown; httpsAgent: unknown; proxy: false } {
  const agent = agentFor(transport, url)
  return { httpAgent: agent, httpsAgent: agent, proxy: false }
}

/**
 * The certificates to trust where an own CA is given. A `ca` replaces Node's roots and NODE_EXTRA_CA_CERTS
 * (tls.createSecureContext), so these are put back beside it. A file that cannot be read is left out, as Node does.
 */
export function trustedCertificates(ca: string, extraFile = process.env.NODE_EXTRA_CA_CERTS): string[] {
  return [...rootCertificates, ...extraCertificates(extraFile), ca]
}

function extraCertificates(file: string | undefined): string[] {
  if (!file) return []
  try {
    return [readFileSync(file, 'utf8')]
  } catch {
    return []
  }
}

function tlsSettings({ tls }: Transport): TlsSettings {
  if (!tls) return {}
  return {
    ...(tls.ca !== undefined && { ca: trustedCertificates(tls.ca) }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
  }
}

function plainAgent(secure: boolean, tls: TlsSettings): http.Agent {
  return secure ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true })
}

function proxyAgent(proxy: Proxy, tls: TlsSettings): http.Agent {
  const url = new URL(proxy.host.includes('://') ? proxy.host : `http://${proxy.host}`)
  url.port = String(proxy.port)
  if (proxy.username) url.username = encodeURIComponent(proxy.username)
  if (proxy.password) url.password = encodeURIComponent(proxy.password)
  const agent = new HttpsProxyAgent(url, { keepAlive: true, ...tls })
  // The constructor keeps these for the connection to the proxy only; the tunnelled one reads `options`.
  Object.assign(agent.options, tls)
  return agent
}
