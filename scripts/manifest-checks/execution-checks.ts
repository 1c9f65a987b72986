import type { Problem, TaskContents } from './package-contents.ts'
import { macros } from './task-checks.ts'

const handlers = ['Node20_1', 'Node24']

/** Who runs the task, and that what it names is there. tfx does not look at server tasks at all. */
export function checkExecution(task: TaskContents, files: readonly string[]): Problem[] {
  const kinds = Object.keys(task.manifest.execution)
  return kinds.some((kind) => kind.startsWith('Node')) ? checkAgentTask(task, files) : checkServerTask(task, kinds)
}

function checkAgentTask({ manifest, path }: TaskContents, files: readonly string[]): Problem[] {
  const problems: Problem[] = []
  const say = (text: string) => problems.push(`${path}/task.json: ${text}`)
  problems.push(...checkHandlers('execution', manifest.execution, path, files))
  if (manifest.postjobexecution) {
    problems.push(...checkHandlers('postjobexecution', manifest.postjobexecution, path, files))
    const targets = Object.values(manifest.execution).map(targetOf)
    const main = Object.values(manifest.postjobexecution)
      .map(targetOf)
      .find((target) => targets.includes(target))
    if (main !== undefined) {
      say(`postjobexecution starts '${main}' as execution does, so the task would do its work twice.`)
    }
  }
  // The first agent that knows the handler Node20_1.
  if (!atLeast(manifest.minimumAgentVersion, [3, 232, 1])) {
    say(`minimumAgentVersion '${manifest.minimumAgentVersion ?? ''}' is below 3.232.1, the first that knows Node20_1.`)
  }
  const runsOn = manifest.runsOn ?? ['Agent']
  if (runsOn.some((where) => where.startsWith('Server'))) say(`runsOn '${runsOn.join(', ')}' can't run Node.`)
  return problems
}

type Handlers = Readonly<Record<string, unknown>>

function checkHandlers(stage: string, given: Handlers, path: string, files: readonly string[]): Problem[] {
  const problems: Problem[] = []
  const say = (text: string) => problems.push(`${path}/task.json: ${text}`)
  const kinds = Object.keys(given)
  if ([...kinds].sort().join() !== handlers.join())
    say(`${stage} has '${kinds.join(', ')}'; wanted are '${handlers.join(', ')}'.`)
  for (const [kind, handler] of Object.entries(given)) {
    const target = targetOf(handler)
    if (files.includes(`${path}/${target}`)) continue
    const where = stage === 'execution' ? 'Is there an index.ts?' : 'Is it beside index.ts?'
    say(
      `${stage === 'execution' ? '' : `${stage}: `}handler ${kind} names '${target}', which is not in the package. ${where}`,
    )
  }
  return problems
}

function targetOf(handler: unknown): string {
  return String((handler as { target?: string }).target)
}

type ServerRequest = {
  readonly RequestInputs?: Readonly<Record<string, string>>
  readonly ExecutionOptions?: Readonly<Record<string, unknown>>
}

function checkServerTask({ manifest, path }: TaskContents, kinds: readonly string[]): Problem[] {
  const problems: Problem[] = []
  const say = (text: string) => problems.push(`${path}/task.json: ${text}`)
  if (kinds.join() === 'HttpRequest') return checkSingleRequest({ manifest, path })
  if (kinds.join() !== 'HttpRequestChain') {
    say(`execution '${kinds.join(', ')}' is neither HttpRequestChain nor HttpRequest.`)
    return problems
  }
  if ([...(manifest.runsOn ?? [])].sort().join() !== 'Server,ServerGate') {
    say(`runsOn '${(manifest.runsOn ?? []).join(', ')}' is not Server and ServerGate.`)
  }
  const { Execute } = manifest.execution['HttpRequestChain'] as { Execute?: readonly ServerRequest[] }
  const inputs = new Set((manifest.inputs ?? []).map((input) => input.name.toLowerCase()))
  for (const [index, { RequestInputs = {}, ExecutionOptions = {} }] of (Execute ?? []).entries()) {
    const expressions = [RequestInputs['Expression'], ExecutionOptions['SkipSectionExpression']]
    if (!expressions[0]) say(`request ${index + 1} has no Expression, so any answer would pass.`)
    for (const expression of expressions) {
      if (typeof expression === 'string' && !isBalanced(expression)) say(`'${expression}' is not balanced.`)
    }
    for (const text of Object.values(RequestInputs)) {
      const unknown = macros(text).filter(
        (name) => !/^(endpoint|system)\./i.test(name) && !inputs.has(name.toLowerCase()),
      )
      for (const name of unknown) say(`request ${index + 1} names input '${name}', which does not exist.`)
    }
    for (const name of JSON.stringify([RequestInputs, ExecutionOptions]).matchAll(/taskInputs\['([^']+)'\]/gi)) {
      if (!inputs.has((name[1] ?? '').toLowerCase()))
        say(`an expression names input '${name[1] ?? ''}', which does not exist.`)
    }
  }
  if (!Execute?.length) say('HttpRequestChain has no request.')
  return problems
}

/**
 * One request without a service connection, as AzureFunctionV1 and QueryWorkItemsV0 make it (microsoft/azure-pipelines-tasks).
 * Its expression sees the body alone: `response` and `taskInputs` are words of a chain.
 */
function checkSingleRequest({ manifest, path }: Pick<TaskContents, 'manifest' | 'path'>): Problem[] {
  const problems: Problem[] = []
  const say = (text: string) => problems.push(`${path}/task.json: ${text}`)
  if ([...(manifest.runsOn ?? [])].sort().join() !== 'Server,ServerGate') {
    say(`runsOn '${(manifest.runsOn ?? []).join(', ')}' is not Server and ServerGate.`)
  }
  const { Execute = {} } = manifest.execution['HttpRequest'] as { Execute?: Readonly<Record<string, string>> }
  const { EndpointId, EndpointUrl = '', Headers = '', WaitForCompletion, Expression = '' } = Execute
  if (EndpointId !== '')
    say(`EndpointId '${EndpointId ?? ''}' is not empty: with a service connection use HttpRequestChain.`)
  if (WaitForCompletion !== 'false') say(`WaitForCompletion '${WaitForCompletion ?? ''}' is not 'false'.`)
  if (Expression === '') say('the request has no Expression, so any answer would pass.')
  if (!isBalanced(Expression)) say(`'${Expression}' is not balanced.`)
  if (/\b(?:response|taskInputs)\[/i.test(Expression)) say('the Expression of a single request sees the body alone.')
  if (parsedJson(Headers) === undefined) say('Headers is not JSON.')
  for (const name of macros(EndpointUrl)) {
    if (/key|secret|token|password/i.test(name)) say(`input '${name}' is part of the address, which ends in logs.`)
  }
  const inputs = new Set((manifest.inputs ?? []).map((input) => input.name.toLowerCase()))
  const named = new Set(
    Object.values(Execute)
      .flatMap(macros)
      .map((name) => name.toLowerCase()),
  )
  for (const name of named) {
    if (!/^system\./.test(name) && !inputs.has(name)) say(`the request names input '${name}', which does not exist.`)
  }
  for (const name of inputs) if (!named.has(name)) say(`input '${name}' is in no part of the request.`)
  return problems
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Parentheses and brackets pair up outside quotes, and quotes are closed; a quote inside quotes is doubled. */
export function isBalanced(expression: string): boolean {
  const open: string[] = []
  let quoted = false
  for (const char of expression) {
    if (char === "'") quoted = !quoted
    else if (quoted) continue
    else if (char === '(' || char === '[') open.push(char)
    else if (char === ')' && open.pop() !== '(') return false
    else if (char === ']' && open.pop() !== '[') return false
  }
  return !quoted && open.length === 0
}

function atLeast(version: string | undefined, least: readonly number[]): boolean {
  const parts = (version ?? '').split('.').map(Number)
  for (const [index, wanted] of least.entries()) {
    const part = parts[index] ?? Number.NaN
    if (part !== wanted) return part > wanted
  }
  return true
}
