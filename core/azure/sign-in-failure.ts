import type { TokenCredential } from '@azure/identity'
import { AzureFailure, Cancelled, Refusal } from '../failures.ts'
import { remoteText } from '../remote-text.ts'
import { codeOf } from './arm-failure.ts'

const federation =
  "Correct issuer and subject of the federated credential to what the service connection's page in Azure DevOps shows."
const tenantPolicy =
  'Ask the tenant to allow workload identity federation for this app, or use another service connection.'

/** What to do about an error of Entra ID (learn: troubleshoot a workload identity service connection). */
const remedies: ReadonlyMap<string, string> = new Map([
  ['700016', 'Correct the client id or the tenant id of the service connection: the tenant does not know the app.'],
  ['7000215', 'Put a valid client secret into the service connection.'],
  ['7000222', 'The client secret has expired: create a new one and put it into the service connection.'],
  ['700024', "The assertion is outside its valid time: check the agent's clock and run again."],
  ['70021', federation],
  ['700211', federation],
  ['700213', federation],
  ['700223', tenantPolicy],
  ['700238', tenantPolicy],
  ['70025', 'Add a federated credential for the service connection to the app registration.'],
  ['70052', 'Use a managed identity or a single-tenant app for the service connection.'],
  ['900382', 'This cloud does not accept workload identity federation across clouds: use a secret or a certificate.'],
  ['90002', 'Correct the tenant id of the service connection.'],
  ['500011', 'Correct the resource id of the service connection: the tenant does not know it.'],
])

const networkCodes = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
])

/** A credential that announces every token as a secret before its first use, and whose errors say what to do. */
export function guardedCredential(credential: TokenCredential, onSecret: (secret: string) => void): TokenCredential {
  return {
    getToken: async (scopes, options) => {
      try {
        const token = await credential.getToken(scopes, options)
        if (token) onSecret(token.token)
        return token
      } catch (error) {
        throw signInFailure(error)
      }
    },
  }
}

/** Entra ID, or the way to it, gave no token. `Cancelled` and failures that are ours already come back as they are. */
export function signInFailure(error: unknown): Error {
  if (error instanceof AzureFailure || error instanceof Cancelled || error instanceof Refusal) return error
  const operation = 'sign in with the service connection'
  const text = error instanceof Error ? error.message : 'no reason was given'
  const code = /AADSTS(\d{5,8})/.exec(text)?.[1]
  const system = codeOf(error)
  const network = code === undefined && system !== undefined && networkCodes.has(system)
  const remedy = network
    ? "Check the agent's network and proxy."
    : ((code === undefined ? undefined : remedies.get(code)) ??
      'Verify the service connection in the project settings.')
  return new AzureFailure(`Could not ${operation}: ${firstLine(text)}. ${remedy}`, {
    operation,
    kind: network ? 'network' : 'denied',
    code: code === undefined ? system : `AADSTS${code}`,
    cause: error,
  })
}

/** Entra ID's text goes on with trace id, correlation id and time, which help nobody who reads a pipeline's log. */
function firstLine(text: string): string {
  const first = text.split(/\r?\n| Trace ID:/, 1)[0] ?? ''
  return remoteText(first).replace(/[.\s]+$/, '')
}
