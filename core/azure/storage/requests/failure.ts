import { isRestError } from '@azure/core-rest-pipeline'
import { AzureFailure, type FailureKind } from '../../../failures.ts'
import { remoteText } from '../../../remote-text.ts'
import { AnswerError } from './answer-error.ts'
import { checkAnswer, type Service } from './answer.ts'
import type { StorageConnection } from './connection.ts'

/** What is asked of storage: `name` reads after "Could not". */
export type Operation = { readonly service: Service; readonly name: string; readonly mutation?: boolean }

/** Any error of a call to storage as an `AzureFailure` that names the operation, the account and the remedy. */
export function failureOf(
  error: unknown,
  operation: Operation,
  { account, signIn }: Pick<StorageConnection, 'account' | 'signIn'>,
  timedOut: boolean,
): { readonly failure: AzureFailure; readonly retryAfterMs?: number } {
  if (error instanceof AzureFailure) return { failure: error }
  const met = timedOut
    ? new AnswerError('no answer in time', { kind: 'timeout' })
    : error instanceof AnswerError
      ? error
      : readError(error, operation)
  const remedy = remedyFor(met.kind, met.code, operation, signIn)
  const failure = new AzureFailure(
    `Could not ${operation.name} in storage account '${account.name}': ${met.message}.${remedy ? ` ${remedy}` : ''}`,
    {
      operation: operation.name,
      kind: met.kind,
      status: met.status,
      code: met.code,
      requestId: met.requestId === undefined ? undefined : remoteText(met.requestId, 80),
      mayHaveHappened: operation.mutation === true && isLost(met.kind),
      cause: error,
    },
  )
  return { failure, ...(met.retryAfterMs === undefined ? {} : { retryAfterMs: met.retryAfterMs }) }
}

function readError(error: unknown, { service }: Operation): AnswerError {
  if (isRestError(error) && error.response) {
    const { response } = error
    const { status, request, bodyAsText: body } = response
    const header = (name: string) => response.headers.get(name)
    try {
      checkAnswer({
        service,
        method: request.method,
        url: request.url,
        status,
        header,
        ...(body == null ? {} : { body }),
      })
    } catch (met) {
      if (met instanceof AnswerError) return met
      throw met
    }
    return new AnswerError(`the answer with status ${status} cannot be read`, { kind: 'unreadable', status })
  }
  if (isRestError(error)) {
    const code = error.code !== undefined && /^[A-Z_]{3,60}$/.test(error.code) ? ` (${error.code})` : ''
    return new AnswerError(`the service cannot be reached${code}`, { kind: 'network' })
  }
  if (error instanceof Error && /Authentication|Credential/.test(error.name)) {
    return new AnswerError(`the sign-in failed (${remoteText(error.message)})`, { kind: 'denied' })
  }
  const text = error instanceof Error ? error.message : 'an error without a message'
  return new AnswerError(remoteText(text), { kind: 'unreadable' })
}

/** After a mutation: the service may have done it all the same. */
function isLost(kind: FailureKind): boolean {
  return ['server', 'network', 'timeout', 'unreadable'].includes(kind)
}

const titles = { table: 'Table', queue: 'Queue', blob: 'Blob' } as const

function remedyFor(
  kind: FailureKind,
  code: string | undefined,
  { service, mutation }: Operation,
  signIn: StorageConnection['signIn'],
): string {
  if (kind === 'unreadable')
    return 'Look for a proxy, a firewall or a wrong endpoint between the agent and the account.'
  if (kind === 'network') return 'Check that the agent reaches the account (name, firewall, private endpoint, proxy).'
  if (kind !== 'denied') return ''
  if (code === 'AuthorizationFailure')
    return "Let the account's firewall and the key's or identity's rights admit the agent."
  if (code === 'KeyBasedAuthenticationNotPermitted') {
    return "The account refuses keys: name it in storageAccountName to use the service connection's identity."
  }
  const role = `Storage ${titles[service]} Data ${mutation === true ? 'Contributor' : 'Reader'}`
  if (signIn === 'identity') return `Give the identity of the service connection the role '${role}' on the account.`
  return signIn === 'sas'
    ? 'The shared access signature has expired or lacks a permission.'
    : 'The account key is not (or no longer) the right one.'
}
