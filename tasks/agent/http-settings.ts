import { createPrivateKey } from 'node:crypto'

import { remoteText } from '../../core/remote-text.ts'
import type { Transport } from '../../core/azure/http/transport.ts'
import { Refusal } from '../../core/failures.ts'

export type HttpSettingsSource = {
  variable(name: string): string | undefined
  secret(text: string): void
  /** Throws where the file cannot be read. */
  readFile(path: string): string
  warn(text: string): void
}

/**
 * The agent's proxy with its bypass list and the agent's certificates, from the variables that the agent sets (task-lib
 * docs/proxy.md, docs/cert.md). The agent does not set HTTPS_PROXY.
 * @throws Refusal where the proxy's address, its bypass list or a certificate file cannot be read.
 */
export function readTransport(source: HttpSettingsSource): Transport {
  const proxy = readProxy(source)
  const tls = readCertificates(source)
  return {
    userAgent: 'durable-functions-safe-deployment',
    proxyFor: (url) => (proxy && !proxy.bypass.some((pattern) => pattern.test(url)) ? proxy.settings : undefined),
    ...(tls === undefined ? {} : { tls }),
  }
}

type Proxy = NonNullable<ReturnType<Transport['proxyFor']>>

function readProxy(source: HttpSettingsSource): { settings: Proxy; bypass: RegExp[] } | undefined {
  const address = source.variable('Agent.ProxyUrl')?.trim()
  if (!address) return undefined
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new Refusal(
      `The agent's proxy address '${remoteText(withoutUser(address))}' is not an http or https address. Configure the agent's proxy again.`,
    )
  }
  const username = source.variable('Agent.ProxyUsername') ?? decodeURIComponent(url.username)
  const password = source.variable('Agent.ProxyPassword') ?? decodeURIComponent(url.password)
  source.secret(password)
  const settings = {
    host: `${url.protocol}//${url.hostname}`,
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
  }
  return { settings, bypass: readBypassList(source) }
}

/** Patterns are .NET expressions that the agent compares with the whole URL; one that JavaScript cannot read is told. */
function readBypassList(source: HttpSettingsSource): RegExp[] {
  const text = source.variable('Agent.ProxyBypassList')
  if (!text) return []
  const patterns = parseJson(text)
  if (!Array.isArray(patterns) || !patterns.every((each) => typeof each === 'string')) {
    throw new Refusal(
      `The agent's proxy bypass list '${remoteText(text)}' is not a JSON array of expressions. Correct the agent's .proxybypass file.`,
    )
  }
  return patterns.flatMap((pattern) => {
    try {
      return [new RegExp(pattern, 'i')]
    } catch {
      source.warn(`The agent's proxy bypass expression '${remoteText(pattern)}' cannot be read and is not used.`)
      return []
    }
  })
}

function readCertificates(source: HttpSettingsSource): Transport['tls'] {
  const file = (variable: string, what: string): string | undefined => {
    const path = source.variable(variable)?.trim()
    return path ? readCertificate(source, path, what) : undefined
  }
  const ca = file('Agent.CAInfo', 'CA certificate')
  const cert = file('Agent.ClientCert', 'client certificate')
  const key = cert === undefined ? undefined : file('Agent.ClientCertKey', 'client certificate key')
  const passphrase = cert === undefined ? undefined : source.variable('Agent.ClientCertPassword')
  source.secret(passphrase ?? '')
  if (key !== undefined && !opens(key, passphrase)) {
    throw new Refusal(
      `The agent's client certificate key '${remoteText(source.variable('Agent.ClientCertKey') ?? '')}' cannot be read, or not ` +
        "with the password that the agent has for it. Configure the agent's certificates again.",
    )
  }
  if (ca === undefined && cert === undefined) return undefined
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
}

function readCertificate(source: HttpSettingsSource, path: string, what: string): string {
  try {
    return source.readFile(path)
  } catch (cause) {
    throw new Refusal(
      `The agent's ${what} '${remoteText(path)}' cannot be read. Configure the agent's certificates again.`,
      { cause },
    )
  }
}

/** The TLS library would tell it as a cryptic code, and only once a connection is made. */
function opens(key: string, passphrase: string | undefined): boolean {
  try {
    createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) })
    return true
  } catch {
    return false
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function withoutUser(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//')
}
