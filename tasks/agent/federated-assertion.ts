import { AzureFailure } from '../../core/failures.ts'
import { isObject, parseJson } from '../../core/json.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { Scheme, ServiceConnection } from './connection.ts'
import type { SignInHttp } from './sign-in-http.ts'

type Deps = {
  readonly connection: ServiceConnection
  readonly http: SignInHttp
  readonly secret: (text: string) => void
}

const operation = 'get a token of the service connection from Azure DevOps'

/**
 * Asks Azure DevOps for an assertion that the job acts for the service connection (POST `oidctoken`, api-version 7.1), and
 * registers it as a secret.
 * @throws AzureFailure where the answer is not a 200 with JSON that holds the text `oidcToken`.
 */
export async function requestAssertion(scheme: Extract<Scheme, { kind: 'federated' }>, deps: Deps): Promise<string> {
  const answer = await deps.http.post(scheme.assertionUrl, {
    Accept: 'application/json',
    'Content-Type': 'application/json',
    Authorization: `Bearer ${scheme.accessToken}`,
    // Else a token that is no longer good is answered with a redirect to a sign-in page.
    'X-TFS-FedAuthRedirect': 'Suppress',
  })
  if (answer.status === 401 || answer.status === 403) {
    throw failure(
      deps,
      'denied',
      answer.status,
      'The job may not use this connection, or its access token has expired. Authorize the pipeline for the connection.',
    )
  }
  if (answer.status >= 500 || answer.status === 429) {
    throw failure(deps, 'server', answer.status, 'Run the task again.')
  }
  if (answer.status !== 200) {
    throw failure(
      deps,
      'rejected',
      answer.status,
      'Make sure that the service connection still exists and uses workload identity federation.',
    )
  }
  const assertion = oidcToken(answer.bodyAsText ?? '')
  if (assertion === undefined) {
    throw failure(deps, 'unreadable', answer.status, "The answer holds no 'oidcToken'. Run the task again.")
  }
  deps.secret(assertion)
  return assertion
}

function oidcToken(body: string): string | undefined {
  const parsed = parseJson(body)
  const token = isObject(parsed) ? parsed['oidcToken'] : undefined
  return typeof token === 'string' && token !== '' ? token : undefined
}

function failure(deps: Deps, kind: AzureFailure['kind'], status: number, remedy: string): AzureFailure {
  const { connection, http } = deps
  return new AzureFailure(
    `Could not ${operation} '${connection.name}': '${remoteText(http.seen().host ?? '')}' answered ${status}. ${remedy}`,
    { operation, kind, status, requestId: http.seen().requestId },
  )
}
