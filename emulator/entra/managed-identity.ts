// The token endpoint inside App Service, protocol 2019-08-01:
// learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
import type { Call, Reply } from '../http/call.ts'
import { json } from '../http/call.ts'
import type { Directory } from './directory.ts'
import type { Tokens } from './tokens.ts'

export type IdentityOptions = { readonly directory: Directory; readonly tokens: Tokens; readonly header: string }

/** Answers GET /MSI/token. Without client_id the system-assigned identity is meant. */
export function answerIdentity(call: Call, { directory, tokens, header }: IdentityOptions): Reply {
  const problem = (status: number, message: string) => json(status, { statusCode: status, message })
  if (call.method !== 'GET' || call.path !== '/MSI/token') return problem(404, 'Not found.')
  if (call.headers['x-identity-header'] !== header) return problem(401, 'The X-IDENTITY-HEADER is missing or wrong.')
  if (call.query.get('api-version') !== '2019-08-01') return problem(400, 'The api-version is not supported.')
  const resource = call.query.get('resource') ?? ''
  if (resource === '') return problem(400, "The query parameter 'resource' is missing.")
  const clientId = call.query.get('client_id')
  const found = clientId === null ? directory.systemAssigned : directory.find(clientId)
  if (found?.kind !== 'managedIdentity') {
    return problem(
      400,
      `No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.`,
    )
  }
  const issued = tokens.issue(found, resource, call.issueExpiredTokens)
  const expiresOn = call.issueExpiredTokens ? Math.floor(Date.now() / 1000) + 3599 : issued.expiresOn
  return json(200, {
    access_token: issued.token,
    expires_on: String(expiresOn),
    resource,
    token_type: 'Bearer',
    client_id: found.clientId,
  })
}
