import { ask, expand, parseBody } from './ask.ts'
import type { Engine } from './ask.ts'
import { evaluate } from './expression.ts'
import type { Scope } from './expression.ts'

/** What a server task asks, as AzurePolicyV0 and ServiceNow's CreateAndQueryChangeRequestV2 write it. */
export type ChainStep = {
  readonly RequestInputs: Readonly<Record<string, string>>
  readonly ExecutionOptions?: { readonly SkipSectionExpression?: string }
}

export type ChainRun = { readonly passed: boolean; readonly because: string; readonly requests: readonly string[] }

/** Runs an HttpRequestChain: each step that is not skipped must answer with success and its expression must be true. */
export async function runChain(
  steps: readonly ChainStep[],
  inputs: Readonly<Record<string, string>>,
  endpoint: { readonly url: string; readonly subscriptionId: string; readonly token: string; readonly ca?: string },
  engine: Engine = { headerNames: 'asSent', notJson: 'error' },
): Promise<ChainRun> {
  const requests: string[] = []
  const endpointMacros = { 'endpoint.url': endpoint.url, 'endpoint.subscriptionid': endpoint.subscriptionId }
  try {
    for (const { RequestInputs: request, ExecutionOptions: options } of steps) {
      const nothing: Scope = {
        root: undefined,
        response: { statuscode: '', content: undefined, headers: {} },
        taskInputs: inputs,
      }
      const skip = options?.SkipSectionExpression
      if (skip !== undefined && evaluate(skip, nothing) === true) continue
      const url = expand(request['EndpointUrl'] ?? '', inputs, endpointMacros)
      requests.push(url)
      const headers = {
        ...(JSON.parse(request['Headers'] ?? '{}') as object),
        authorization: `Bearer ${endpoint.token}`,
      }
      const answer = await ask({ url, method: request['Method'] ?? 'GET', headers }, endpoint.ca)
      if (answer.status >= 400) return { passed: false, because: `status ${answer.status}`, requests }
      const content = parseBody(answer.text, engine.notJson)
      const response = { statuscode: statusName(answer.status), content, headers: spell(answer.headers, engine) }
      const verdict = evaluate(request['Expression'] ?? 'true', { root: content, response, taskInputs: inputs })
      if (verdict !== true) return { passed: false, because: 'the expression is false', requests }
    }
    return { passed: requests.length > 0, because: 'every expression is true', requests }
  } catch (error) {
    return { passed: false, because: error instanceof Error ? error.message : String(error), requests }
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
