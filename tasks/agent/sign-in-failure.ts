import type { FailureKind } from '../../core/failures.ts'
import { AzureFailure, Cancelled } from '../../core/failures.ts'
import { isObject, parseJson } from '../../core/json.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { ServiceConnection } from './connection.ts'
import type { Seen } from './sign-in-http.ts'

const federation =
  'Add a federated credential to the app registration or managed identity with exactly the issuer and subject that the service connection shows.'
const renewSecret = 'Give the service connection a new secret.'
const tenantBlocks = 'Ask the administrator of the tenant to allow the issuer of the service connection.'

/** What to do about an error of Entra ID (Microsoft Learn, "Troubleshoot an Azure Resource Manager workload identity service connection"). */
const remedies = new Map<string, string>([
  [
    '700016',
    'Check the service principal id and the tenant id of the service connection: the tenant has no such application.',
  ],
  ['90002', 'Check the tenant id of the service connection: there is no such tenant.'],
  ['7000215', `The secret is wrong. ${renewSecret}`],
  ['7000222', `The secret has expired. ${renewSecret}`],
  ['7000112', 'The application is disabled. Ask the administrator of the tenant to enable it.'],
  [
    '700027',
    'The certificate is not registered with the application, or has expired. Give the service connection a valid one and upload it to the app registration.',
  ],
  ['700024', 'The assertion is outside its time range. Check the clock of the agent and run the task again.'],
  ['70021', federation],
  ['700211', federation],
  ['700212', federation],
  ['700213', federation],
  ['700223', tenantBlocks],
  ['700238', tenantBlocks],
  ['70025', federation],
  ['70052', 'Use a managed identity or an application of this one tenant for the service connection.'],
  [
    '900382',
    'This cloud does not accept workload identity federation from Azure DevOps. Use a secret or a certificate.',
  ],
])

type Context = { readonly connection: ServiceConnection; readonly seen: Seen }

/** Turns whatever a sign-in threw into one failure that a person can act on; nothing of the request is in it. */
export function signInFailure(error: unknown, { connection, seen }: Context): Error {
  if (error instanceof AzureFailure || error instanceof Cancelled) return error
  if (error instanceof Error && error.name === 'AbortError') return error
  const operation = `sign in with service connection '${connection.name}'`
  const at = seen.host === undefined ? '' : ` at '${remoteText(seen.host)}'`
  const fail = (kind: FailureKind, why: string, code?: string): AzureFailure =>
    new AzureFailure(`Could not ${operation}${at}: ${why}`, {
      operation,
      kind,
      status: seen.status,
      code,
      requestId: seen.requestId,
    })

  const timedOut = seen.errorCode === 'ETIMEDOUT' || seen.status === 408 || isTimeout(error)
  if (timedOut)
    return fail(
      'timeout',
      'no answer came in time. Check that the agent can reach this address, and run the task again.',
    )
  if (seen.errorCode !== undefined) {
    return fail('network', `no answer came (${remoteText(seen.errorCode)}). ${reach(connection)}`)
  }
  if (seen.status === undefined) return fail('denied', `no token was given. ${reach(connection)}`)
  const body = errorOf(seen.body)
  if (body === undefined)
    return fail(
      'unreadable',
      `the answer (status ${seen.status}) cannot be read. Check the authority URL of the connection and the agent's proxy.`,
    )
  if (seen.status >= 500) return fail('server', `the answer was status ${seen.status}. Run the task again.`)
  if (seen.status === 429) return fail('throttled', 'too many requests. Run the task again later.')
  if (seen.status < 300)
    return fail('unreadable', 'the answer holds no token. Check the authority URL of the connection.')
  if (connection.scheme.kind === 'managedIdentity') {
    return fail('denied', `${quoted(body.text)} (status ${seen.status}). ${reach(connection)}`, body.code)
  }
  const aadsts = /AADSTS(\d+)/.exec(body.text)?.[1]
  const remedy = (aadsts === undefined ? undefined : remedies.get(aadsts)) ?? 'Correct the service connection.'
  const code = aadsts === undefined ? body.code : `AADSTS${aadsts}`
  return fail('denied', `${quoted(body.text)}. ${remedy}`, code)
}

function reach(connection: ServiceConnection): string {
  return connection.scheme.kind === 'managedIdentity'
    ? 'Check that the agent runs on a machine with the managed identity of the service connection.'
    : 'Check that the agent can reach this address, its proxy and its certificates.'
}

/** Entra ID repeats trace ids and times after the first line. */
function quoted(text: string): string {
  return `'${remoteText(text.split(/[\r\n]/, 1)[0]?.replace(/\s*Trace ID:.*$/, '') ?? '', 200)}'`
}

/** OAuth errors are `{error, error_description}`, those of the metadata endpoint may nest; undefined = not JSON. */
function errorOf(body: string | undefined): { text: string; code?: string } | undefined {
  const parsed = parseJson(body ?? '')
  if (!isObject(parsed)) return undefined
  const { error, error_description, message } = parsed
  const inner = isObject(error) ? error['message'] : undefined
  const description = [error_description, message, inner, error].find(
    (each): each is string => typeof each === 'string' && each !== '',
  )
  const code = typeof error === 'string' ? { code: remoteText(error, 60) } : {}
  return { text: description ?? 'no reason given', ...code }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT'
}
