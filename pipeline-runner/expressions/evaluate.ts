import { functions } from './functions.ts'
import type { Expression } from './parse.ts'
import { parseExpression } from './parse.ts'
import type { Value } from './values.ts'
import { toBoolean, toText } from './values.ts'

/** Values by name, without case; nested for `dependencies` and `stageDependencies`. */
export type Tree = { readonly [name: string]: Value | Tree }

/** What an expression may look at. */
export type Scope = {
  readonly variable: (name: string) => string | undefined
  readonly dependencies?: Tree
  readonly stageDependencies?: Tree
  /** Answers `succeeded('A')` and its like; undefined where status functions have no meaning. */
  readonly status?: (check: StatusCheck, names: readonly string[]) => boolean
}

export type StatusCheck = (typeof statusChecks)[number]

const statusChecks = ['succeeded', 'failed', 'canceled', 'always', 'succeededOrFailed'] as const

/**
 * Evaluates an expression such as `and(succeeded(), eq(variables['x'], 'y'))`.
 * @throws Error that names the function, name or value that is not understood.
 */
export function evaluateExpression(text: string, scope: Scope): Value {
  return evaluate(parseExpression(text), scope)
}

/** The truth of a `condition:`. */
export function evaluateCondition(text: string, scope: Scope): boolean {
  return toBoolean(evaluateExpression(text, scope))
}

/**
 * Parses an expression and finds every function in it known, without evaluating it.
 * @throws Error as `evaluateExpression`.
 */
export function checkExpression(text: string): void {
  check(parseExpression(text))
}

function check(expression: Expression): void {
  if (expression.kind === 'literal') return
  if (expression.kind === 'lookup') {
    if (!['variables', 'dependencies', 'stagedependencies'].includes(expression.root.toLowerCase())) {
      throw new Error(`'${expression.root}' is not understood by the local runner in an expression.`)
    }
    expression.path.forEach(check)
    return
  }
  if (!statusCheck(expression.name)) functionNamed(expression.name, expression.args.length)
  expression.args.forEach(check)
}

function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'lookup':
      return lookUp(expression, scope)
    case 'call':
      return call(expression, scope)
  }
}

function call({ name, args }: Expression & { kind: 'call' }, scope: Scope): Value {
  const status = statusCheck(name)
  if (!status) {
    const lazy = args.map((arg) => () => evaluate(arg, scope))
    return functionNamed(name, args.length)(lazy)
  }
  if (!scope.status) throw new Error(`Function '${name}' has no meaning in this expression.`)
  return scope.status(
    status,
    args.map((arg) => toText(evaluate(arg, scope))),
  )
}

function functionNamed(name: string, count: number): (args: readonly (() => Value)[]) => Value {
  const entry = functions[name.toLowerCase()]
  if (!entry) throw new Error(`Function '${name}' is not understood by the local runner.`)
  const [least, most] = entry.arguments
  if (count < least || count > most) {
    const wanted = least === most ? `${least}` : `at least ${least}`
    throw new Error(`Function '${name}' takes ${wanted} arguments and has ${count}.`)
  }
  return entry.apply
}

function statusCheck(name: string): StatusCheck | undefined {
  return statusChecks.find((check) => check.toLowerCase() === name.toLowerCase())
}

/** What is not there is null, as on the service. */
function lookUp({ root, path }: Expression & { kind: 'lookup' }, scope: Scope): Value {
  const names = path.map((part) => toText(evaluate(part, scope)))
  const [name] = names
  switch (root.toLowerCase()) {
    case 'variables':
      if (name === undefined || names.length > 1) throw new Error("'variables' takes one name, as in variables['x'].")
      return scope.variable(name) ?? null
    case 'dependencies':
      return walk(scope.dependencies, names)
    case 'stagedependencies':
      return walk(scope.stageDependencies, names)
    default:
      throw new Error(`'${root}' is not understood by the local runner in an expression.`)
  }
}

function walk(tree: Tree | undefined, names: readonly string[]): Value {
  let at: Value | Tree = tree ?? null
  for (const name of names) {
    if (typeof at !== 'object' || at === null) return null
    const found: [string, Value | Tree] | undefined = Object.entries(at).find(
      ([key]) => key.toLowerCase() === name.toLowerCase(),
    )
    at = found?.[1] ?? null
  }
  return typeof at === 'object' ? null : at
}
