import { createPrivateKey } from 'node:crypto'

import type { GetTokenOptions, TokenCredential } from '@azure/identity'
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
} from '@azure/identity'

import type { Transport } from '../../core/azure/http/transport.ts'
import { within } from '../../core/azure/http/within.ts'
import { Refusal } from '../../core/failures.ts'
import { isPublicAuthority } from './clouds.ts'
import type { Scheme, ServiceConnection } from './connection.ts'
import { requestAssertion } from './federated-assertion.ts'
import { renewInTurn } from './renew-in-turn.ts'
import type { SignInHttp } from './sign-in-http.ts'
import { signInHttp } from './sign-in-http.ts'
import { signInFailure } from './sign-in-failure.ts'

export type SignInDeps = {
  readonly transport: Transport
  /** Registers a secret for masking. */
  readonly secret: (text: string) => void
  /** Longest time that one renewal may take, retries included. */
  readonly timeoutMs?: number
}

const defaultTimeoutMs = 90_000

/**
 * The credential of a service connection. Each token and assertion is registered as a secret before anyone gets it, a failure
 * is an `AzureFailure` that names the connection and the remedy, and no renewal takes longer than `timeoutMs`.
 * @throws Refusal where the connection's certificate cannot be used.
 */
export function credentialFor(connection: ServiceConnection, deps: SignInDeps): TokenCredential {
  const http = signInHttp(signInTransport(connection.scheme, deps.transport))
  const credential = sdkCredential(connection, http, deps)
  const limit = {
    timeoutMs: deps.timeoutMs ?? defaultTimeoutMs,
    // One renewal is for all who ask: no caller's cancel ends it.
    signal: new AbortController().signal,
    timedOut: () => Object.assign(new Error('no token in time'), { code: 'ETIMEDOUT' }),
  }
  const renewed = renewInTurn(async (scopes, options) => {
    http.forget()
    try {
      const token = await within(limit, () => credential.getToken(scopes, options))
      if (!token) throw new Error('no token was given')
      deps.secret(token.token)
      return token
    } catch (error) {
      throw signInFailure(http.remembered() ?? error, { connection, seen: http.seen() })
    }
  })
  return { getToken: (scopes, options) => untilCancelled(renewed(scopes, options), options?.abortSignal) }
}

function sdkCredential(connection: ServiceConnection, http: SignInHttp, deps: SignInDeps): TokenCredential {
  const { scheme } = connection
  if (scheme.kind === 'managedIdentity') {
    return scheme.clientId === undefined
      ? new ManagedIdentityCredential({ ...http.options })
      : new ManagedIdentityCredential({ ...http.options, clientId: scheme.clientId })
  }
  const authorityHost = authorityOfScheme(connection)
  // Instance discovery asks login.microsoftonline.com whether the authority is real, which knows only the public ones.
  const options = { ...http.options, authorityHost, disableInstanceDiscovery: !isPublicAuthority(authorityHost) }
  const { tenantId, clientId } = scheme
  switch (scheme.kind) {
    case 'clientSecret':
      return new ClientSecretCredential(tenantId, clientId, scheme.clientSecret, options)
    case 'clientCertificate':
      return new ClientCertificateCredential(
        tenantId,
        clientId,
        { certificate: usablePem(connection, scheme) },
        options,
      )
    case 'federated': {
      // A callback, so that every renewal gets a fresh assertion: one is good for about ten minutes only. MSAL calls it twice
      // in each (ConfidentialClientApplication `acquireTokenByClientCredential` and `getClientAssertion`).
      const assertion = (): Promise<string> =>
        http.onceInARenewal(() => requestAssertion(scheme, { connection, http, secret: deps.secret }))
      return new ClientAssertionCredential(tenantId, clientId, assertion, options)
    }
  }
}

function authorityOfScheme(connection: ServiceConnection): string {
  if (connection.authorityUrl !== undefined) return connection.authorityUrl
  throw new Refusal(`Service connection '${connection.name}' names no authority URL to sign in at.`)
}

/** The SDK finds a certificate only where its lines carry nothing else, so blanks around them are taken off. */
function usablePem(connection: ServiceConnection, scheme: Extract<Scheme, { kind: 'clientCertificate' }>): string {
  const pem = scheme.pem
    .split(/\r?\n/)
    .map((line) => line.trim())
    .join('\n')
  try {
    createPrivateKey(pem)
  } catch {
    throw new Refusal(
      `Service connection '${connection.name}' has a certificate whose private key cannot be read. Paste the whole PEM file, ` +
        'certificate and private key, line breaks included.',
    )
  }
  return pem
}

/**
 * The metadata endpoint of a machine is not reached through a proxy (Microsoft Learn, "Azure Instance Metadata Service"), and
 * plain HTTP, allowed to loopback only, must not carry a token to one.
 */
function signInTransport(scheme: Scheme, transport: Transport): Transport {
  const direct = (url: string): boolean => scheme.kind === 'managedIdentity' || new URL(url).protocol === 'http:'
  return { ...transport, proxyFor: (url) => (direct(url) ? undefined : transport.proxyFor(url)) }
}

async function untilCancelled<Value>(work: Promise<Value>, signal: GetTokenOptions['abortSignal']): Promise<Value> {
  if (!signal) return await work
  let cancel = (): void => undefined
  const cancelled = new Promise<never>((_resolve, reject) => {
    cancel = () => reject(Object.assign(new Error('The sign-in was cancelled.'), { name: 'AbortError' }))
    if (signal.aborted) cancel()
    signal.addEventListener('abort', cancel)
  })
  try {
    return await Promise.race([work, cancelled])
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
