// What Azure Storage checks of a bearer token and Azurite's `--oauth basic` does not: signature and data role.
// learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory
import type { Directory } from '../entra/directory.ts'
import type { Tokens } from '../entra/tokens.ts'
import type { Call, Reply } from '../http/call.ts'
import { json } from '../http/call.ts'
import type { StorageService } from './azurite.ts'

/** A refusal for a request with a bad token; requests with a key or a SAS are Azurite's to judge. */
export function refuseToken(
  call: Call,
  service: StorageService,
  { directory, tokens }: { directory: Directory; tokens: Tokens },
): Reply | undefined {
  const token = /^Bearer (.+)$/i.exec(call.headers['authorization'] ?? '')?.[1]
  if (token === undefined) return undefined
  const account = /^\/([^/]+)/.exec(call.path)?.[1] ?? ''
  const checked = tokens.check(token, ['https://storage.azure.com', `https://${account}.${service}.core.windows.net`])
  if ('problem' in checked) {
    const challenge = `Bearer authorization_uri=https://login.microsoftonline.com/${directory.tenantId}/oauth2/authorize resource_id=https://storage.azure.com`
    return storageError(
      service,
      {
        status: 401,
        code: 'InvalidAuthenticationInfo',
        message:
          'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
      },
      { 'www-authenticate': challenge },
    )
  }
  if (directory.findByObjectId(checked.claims['oid'])?.storage === true) return undefined
  return storageError(service, {
    status: 403,
    code: 'AuthorizationPermissionMismatch',
    message: 'This request is not authorized to perform this operation using this permission.',
  })
}

type StorageProblem = { readonly status: number; readonly code: string; readonly message: string }

function storageError(
  service: StorageService,
  { status, code, message }: StorageProblem,
  more: Record<string, string> = {},
): Reply {
  const headers = { 'x-ms-error-code': code, 'x-ms-version': '2024-11-04', ...more }
  if (service === 'table')
    return json(status, { 'odata.error': { code, message: { lang: 'en-US', value: message } } }, headers)
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body }
}
