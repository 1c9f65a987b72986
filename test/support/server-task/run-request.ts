import { ask, expand, parseBody } from './ask.ts'
import type { Engine } from './ask.ts'
import { evaluate } from './expression.ts'

/** What a server task asks in a single request, as QueryWorkItemsV0 and AzureFunctionV1 write it. */
export type SingleRequest = Readonly<Record<string, string>>

export type RequestRun = { readonly passed: boolean; readonly because: string; readonly url: string }

/**
 * Runs an HttpRequest without a service connection. Inputs are put into every field first, the expression included ("You can
 * use task inputs … in 'execute'/'cancel' sections", azure-pipelines-tasks docs/authoring/servertaskauthoring.md), and the
 * expression sees the body alone.
 */
export async function runRequest(
  request: SingleRequest,
  inputs: Readonly<Record<string, string>>,
  { engine, ca }: { readonly engine?: Pick<Engine, 'notJson'>; readonly ca?: string } = {},
): Promise<RequestRun> {
  const field = (name: string) => expand(request[name] ?? '', inputs)
  const url = field('EndpointUrl')
  if (request['EndpointId'] !== '' || field('WaitForCompletion') !== 'false') {
    throw new Error('The interpreter knows requests without a service connection that wait for the answer alone.')
  }
  try {
    const headers = JSON.parse(field('Headers')) as Record<string, string>
    const answer = await ask({ url, method: field('Method'), headers }, ca)
    if (answer.status >= 400) return { passed: false, because: `status ${answer.status}`, url }
    const root = parseBody(answer.text, engine?.notJson ?? 'error')
    const passed = evaluate(field('Expression'), { root }) === true
    return { passed, because: `the expression is ${passed}`, url }
  } catch (error) {
    return { passed: false, because: error instanceof Error ? error.message : String(error), url }
  }
}
