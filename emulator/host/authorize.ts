import { randomBytes } from 'node:crypto'
import type { HostKeys, HostRequest } from './types.ts'

export type Caller = 'public' | 'arm'

const durableKeyName = 'durabletask_extension'

/** The key comes into being when the extension first needs it (HOST DefaultScriptWebHookProvider.cs). */
export function ensureDurableKey(keys: HostKeys): string {
  return (keys.system[durableKeyName] ??= randomBytes(24).toString('base64url'))
}

/** Header or query, in this order (HOST AuthenticationLevelHandler.cs:85-106). */
function keyOf(request: HostRequest): string | undefined {
  return request.headers['x-functions-key'] ?? request.query.get('code') ?? undefined
}

/** Admin level: ARM's own calls and the master key. */
export function isAdmin(request: HostRequest, caller: Caller, keys: HostKeys): boolean {
  return caller === 'arm' || keyOf(request) === keys.master
}

/** The webhook of Durable Functions: its system key or admin (HOST AuthUtility.cs:45-48). */
export function mayManageDurable(request: HostRequest, caller: Caller, keys: HostKeys): boolean {
  const own = keys.system[durableKeyName]
  return isAdmin(request, caller, keys) || (own !== undefined && keyOf(request) === own)
}

export function mayCallFunction(
  request: HostRequest,
  caller: Caller,
  { keys, level }: { keys: HostKeys; level: string },
): boolean {
  if (level === 'anonymous' || isAdmin(request, caller, keys)) return true
  const key = keyOf(request)
  return level !== 'admin' && key !== undefined && Object.values(keys.functions).includes(key)
}
