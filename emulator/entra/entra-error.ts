// Entra's refusals; codes and wording from learn.microsoft.com/entra/identity-platform/reference-error-codes.
import { randomUUID } from 'node:crypto'
import type { Reply } from '../http/call.ts'
import { json } from '../http/call.ts'

export class EntraError extends Error {
  readonly status: number
  readonly error: string
  readonly code: number

  constructor(status: number, error: string, code: number, message: string) {
    super(message)
    this.status = status
    this.error = error
    this.code = code
  }

  reply(): Reply {
    const traceId = randomUUID()
    const correlationId = randomUUID()
    const timestamp = new Date().toISOString().replace('T', ' ').replace(/\.\d+/, '')
    return json(this.status, {
      error: this.error,
      error_description: `AADSTS${this.code}: ${this.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [this.code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${this.code}`,
    })
  }
}

export const refuse = {
  noTenant: (tenant: string) =>
    new EntraError(
      400,
      'invalid_request',
      90002,
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID.`,
    ),
  noApplication: (clientId: string, tenant: string) =>
    new EntraError(
      400,
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${tenant}'.`,
    ),
  missing: (name: string) =>
    new EntraError(400, 'invalid_request', 900144, `The request body must contain the following parameter: '${name}'.`),
  grant: () => new EntraError(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.'),
  scope: (scope: string) =>
    new EntraError(
      400,
      'invalid_scope',
      1002012,
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.`,
    ),
  noCredential: () =>
    new EntraError(
      401,
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
  secret: (clientId: string) =>
    new EntraError(
      401,
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    ),
  malformed: () => new EntraError(401, 'invalid_client', 50027, 'JWT token is invalid or malformed.'),
  noKey: () =>
    new EntraError(
      401,
      'invalid_client',
      700027,
      'The certificate with identifier used to sign the client assertion is not registered on application.',
    ),
  expiredKey: () =>
    new EntraError(
      401,
      'invalid_client',
      700027,
      'The certificate with identifier used to sign the client assertion is expired on application. [Reason - The key used is expired.]',
    ),
  signature: () => new EntraError(401, 'invalid_client', 700027, 'Client assertion failed signature validation.'),
  audience: () =>
    new EntraError(401, 'invalid_client', 700023, 'Client assertion audience claim does not match Realm issuer.'),
  times: () => new EntraError(401, 'invalid_client', 700024, 'Client assertion is not within its valid time range.'),
  federatedAudience: () =>
    new EntraError(
      401,
      'invalid_client',
      700212,
      "No matching federated identity record found for presented assertion audience. The audience must be 'api://AzureADTokenExchange'.",
    ),
  federatedIssuer: (issuer: string) =>
    new EntraError(
      401,
      'invalid_client',
      700211,
      `No matching federated identity record found for presented assertion issuer '${issuer}'.`,
    ),
  federatedSubject: (subject: string) =>
    new EntraError(
      401,
      'invalid_client',
      700213,
      `No matching federated identity record found for presented assertion subject '${subject}'.`,
    ),
  federatedSignature: () => new EntraError(401, 'invalid_client', 50013, 'Assertion failed signature validation.'),
} as const
