import { Agent } from 'node:https'
import axios from 'axios'
import { evaluate } from './expression.ts'
import type { Scope } from './expression.ts'

/** What a server task asks, as AzurePolicyV0 and ServiceNow's CreateAndQueryChangeRequestV2 write it. */
export type ChainStep = {
  readonly RequestInputs: Readonly<Record<string, string>>
  readonly ExecutionOptions?: { readonly SkipSectionExpression?: string }
}

/**
 * Where no document says what the server does, each reading is a variant, and the gate must hold under all of them:
 * how header names are spelled to expressions, and what a body that is not JSON is to them.
 */
export type Engine = { readonly headerNames: 'asSent' | 'lower' | 'title'; readonly notJson: 'error' | 'text' }

export type ChainRun = { readonly passed: boolean; readonly because: string; readonly requests: readonly string[] }

/** Runs an HttpRequestChain: each step that is not skipped must answer with success and its expression must be true. */
export async function runChain(
  steps: readonly ChainStep[],
  inputs: Readonly<Record<string, string>>,
  endpoint: { readonly url: string; readonly subscriptionId: string; readonly token: string; readonly ca?: string },
  engine: Engine = { headerNames: 'asSent', notJson: 'error' },
): Promise<ChainRun> {
  const requests: string[] = []
  try {
    for (const { RequestInputs: request, ExecutionOptions: options } of steps) {
      const nothing: Scope = {
        root: undefined,
        response: { statuscode: '', content: undefined, headers: {} },
        taskInputs: inputs,
      }
      const skip = options?.SkipSectionExpression
      if (skip !== undefined && evaluate(skip, nothing) === true) continue
      const url = expand(request['EndpointUrl'] ?? '', inputs, endpoint)
      requests.push(url)
      const answer = await axios.request<string>({
        url,
        method: request['Method'] ?? 'GET',
        headers: { ...(JSON.parse(request['Headers'] ?? '{}') as object), authorization: `Bearer ${endpoint.token}` },
        responseType: 'text',
        transformResponse: (text: string) => text,
        validateStatus: () => true,
        proxy: false,
        ...(endpoint.ca === undefined ? {} : { httpsAgent: new Agent({ ca: endpoint.ca }) }),
        // ApiResponse must come within 60 s (azure-function-v2 reference).
        timeout: 60_000,
      })
      if (answer.status >= 400) return { passed: false, because: `status ${answer.status}`, requests }
      const content = parse(answer.data, engine)
      const response = { statuscode: statusName(answer.status), content, headers: spell(answer.headers, engine) }
      const verdict = evaluate(request['Expression'] ?? 'true', { root: content, response, taskInputs: inputs })
      if (verdict !== true) return { passed: false, because: 'the expression is false', requests }
    }
    return { passed: requests.length > 0, because: 'every expression is true', requests }
  } catch (error) {
    return { passed: false, because: error instanceof Error ? error.message : String(error), requests }
  }
}

/** `$(input)`, `$(endpoint.url)` and `$(endpoint.subscriptionId)`; a macro that means nothing stays as it is. */
function expand(
  text: string,
  inputs: Readonly<Record<string, string>>,
  endpoint: { readonly url: string; readonly subscriptionId: string },
): string {
  const values: Record<string, string> = {
    'endpoint.url': endpoint.url,
    'endpoint.subscriptionid': endpoint.subscriptionId,
  }
  for (const [name, value] of Object.entries(inputs)) values[name.toLowerCase()] = value
  return text.replace(/\$\(([^)]+)\)/g, (macro, name: string) => values[name.toLowerCase()] ?? macro)
}

function parse(text: string, engine: Engine): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (engine.notJson === 'text') return text
    throw error
  }
}

function spell(headers: object, engine: Engine): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [spelled(name, engine.headerNames), String(value)]),
  )
}

function spelled(name: string, how: Engine['headerNames']): string {
  if (how === 'title')
    return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())
  return how === 'lower' ? name.toLowerCase() : name
}

/** .NET's HttpStatusCode names, as AzurePolicyV0 compares them ('OK', 'Accepted'). */
function statusName(status: number): string {
  return { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'NoContent' }[status] ?? String(status)
}
