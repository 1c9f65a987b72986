// The two shapes in which a refusal comes: Resource Manager's own, and that of the Microsoft.Web provider behind it.
import type { PlatformError } from '../function-app/operation.ts'
import type { Reply } from '../http/call.ts'
import { json } from '../http/call.ts'

/** Resource Manager: `{ error: { code, message } }`. */
export function armError(status: number, code: string, message: string): Reply {
  return json(status, { error: { code, message } })
}

/** Microsoft.Web: capital letters and the same three times over (azure-cli #27474 shows one whole). */
export function webError({
  status,
  code,
  message,
  extendedCode,
}: Pick<PlatformError, 'status' | 'code' | 'message' | 'extendedCode'>): Reply {
  return json(status, {
    Code: code,
    Message: message,
    Target: null,
    Details: [
      { Message: message },
      { Code: code },
      {
        ErrorEntity: {
          ...(extendedCode !== undefined && { ExtendedCode: extendedCode }),
          Code: code,
          Message: message,
        },
      },
    ],
    Innererror: null,
  })
}

export function resourceNotFound(type: string, resourceGroup: string): Reply {
  const message = `The Resource '${type}' under resource group '${resourceGroup}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`
  return armError(404, 'ResourceNotFound', message)
}
