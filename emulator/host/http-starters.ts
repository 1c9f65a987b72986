import type { DurableClient } from '../durable/client.ts'
import { parse } from '../durable/payload.ts'
import { isAdmin, mayCallFunction } from './authorize.ts'
import type { Caller } from './authorize.ts'
import type { Content, Starter } from './content.ts'
import { absentClient } from './absent-client.ts'
import type { Invocations } from './invocations.ts'
import { empty, json, notFound, unauthorized } from './respond.ts'
import type { HostKeys, HostRequest, HostResponse } from './types.ts'

type HttpStarter = Extract<Starter, { type: 'http' }>

export type HttpFunctions = {
  readonly content: Content
  readonly client: DurableClient | undefined
  readonly keys: HostKeys
  readonly invocations: Invocations
}

/** Answers `/api/<route>`; a disabled function exists for admin callers only (HOST FunctionInvocationMiddleware.cs:123). */
export async function callHttpStarter(
  functions: HttpFunctions,
  request: HostRequest,
  caller: Caller,
): Promise<HostResponse> {
  const { content, client, keys } = functions
  for (const [name, starter] of Object.entries(content.code.starters ?? {})) {
    if (starter.type !== 'http') continue
    const params = match(starter.route, request.path.slice('/api/'.length))
    if (!params || !allows(starter, request.method)) continue
    const isDisabled = content.functions.some((info) => info.name === name && info.disabled)
    if (isDisabled && !isAdmin(request, caller, keys)) return notFound
    if (!mayCallFunction(request, caller, { keys, level: starter.authLevel ?? 'function' })) return unauthorized
    const body = () => parse(request.body.toString('utf8'))
    try {
      return responseOf(
        await functions.invocations.track(() =>
          starter.run({ ...request, params, json: body }, client ?? absentClient),
        ),
      )
    } catch {
      return empty(500)
    }
  }
  return notFound
}

function allows(starter: HttpStarter, method: string): boolean {
  return (starter.methods ?? ['GET', 'POST']).some((allowed) => allowed.toUpperCase() === method.toUpperCase())
}

/** Routes compare without case; `{name}` stands for one segment. */
function match(route: string, path: string): Record<string, string> | undefined {
  const wanted = route.split('/').filter((part) => part !== '')
  const given = path.split('/').filter((part) => part !== '')
  if (wanted.length !== given.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? '')
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    if (name !== undefined) params[name] = value
    else if (part.toLowerCase() !== value.toLowerCase()) return undefined
  }
  return params
}

function responseOf(answer: unknown): HostResponse {
  if (typeof answer !== 'object' || answer === null || !('status' in answer)) return json(200, answer ?? null)
  const { status, headers, body } = answer as { status: number; headers?: Record<string, string>; body?: unknown }
  if (body === undefined) return { status, ...(headers ? { headers } : {}) }
  if (typeof body === 'string' || Buffer.isBuffer(body)) return { status, headers: headers ?? {}, body }
  return json(status, body, headers)
}
