// Who asks, and may they. learn.microsoft.com/azure/role-based-access-control/overview
import type { Directory, Principal } from '../entra/directory.ts'
import type { Tokens } from '../entra/tokens.ts'
import type { Call, Reply } from '../http/call.ts'
import { json } from '../http/call.ts'
import { expiredAuthenticationToken } from '../http/faults.ts'
import { armError } from './errors.ts'

/** Both are the ARM resource of the public cloud. */
export const publicArmAudiences = ['https://management.core.windows.net', 'https://management.azure.com'] as const

export type Identity = {
  readonly directory: Directory
  readonly tokens: Tokens
  readonly audiences: readonly string[]
}
export type Caller = { readonly principal: Principal | undefined; readonly objectId: string }

/** The caller that the bearer token names, or ARM's 401. */
export function authenticate(call: Call, { directory, tokens, audiences }: Identity): Caller | Reply {
  const token = /^Bearer (.+)$/i.exec(call.headers['authorization'] ?? '')?.[1]
  if (token === undefined) {
    return unauthorized('AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.")
  }
  const checked = tokens.check(token, audiences)
  if ('claims' in checked) {
    const objectId = String(checked.claims['oid'])
    return { objectId, principal: directory.findByObjectId(objectId) }
  }
  if (checked.problem === 'expired') return expiredAuthenticationToken()
  if (checked.problem === 'audience') {
    return unauthorized(
      'InvalidAuthenticationTokenAudience',
      `The access token has been obtained for wrong audience or resource. It should exactly match with one of the allowed audiences '${audiences.join("','")}'.`,
    )
  }
  return unauthorized('InvalidAuthenticationToken', 'The access token is invalid.')
}

function unauthorized(code: string, message: string): Reply {
  return json(401, { error: { code, message } }, { 'www-authenticate': 'Bearer error="invalid_token"' })
}

/** True when a role of the caller covers the action: a contributor does all, a reader what ends in `/read`. */
export function may({ principal }: Caller, action: string, scope: string): boolean {
  return (principal?.roles ?? []).some(
    (assignment) =>
      covers(assignment.scope, scope) && (assignment.role === 'contributor' || action.toLowerCase().endsWith('/read')),
  )
}

/** True when the caller holds any role at or below the scope: lists show what is readable, and refuse who can read nothing. */
export function sees({ principal }: Caller, scope: string): boolean {
  return (principal?.roles ?? []).some(
    (assignment) => covers(assignment.scope, scope) || covers(scope, assignment.scope),
  )
}

function covers(outer: string, inner: string): boolean {
  const [out, into] = [outer.toLowerCase().replace(/\/+$/, ''), inner.toLowerCase()]
  return into === out || into.startsWith(`${out}/`)
}

export function forbidden({ objectId }: Caller, action: string, scope: string): Reply {
  const message = `The client '${objectId}' with object id '${objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`
  return armError(403, 'AuthorizationFailed', message)
}
