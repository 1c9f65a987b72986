import { isObject, selectTokens } from './json-path.ts'

/** What an expression can refer to. `root` is the answer's body, as in azure-pipelines-tasks docs/authoring/servertaskauthoring.md. */
export type Scope = {
  readonly root: unknown
  /** Not set in a single request. */
  readonly response?: {
    readonly statuscode: string
    readonly content: unknown
    readonly headers: Record<string, string>
  }
  readonly taskInputs?: Readonly<Record<string, string>>
}

/**
 * Evaluates an expression of a server task. Functions and indexers as in the task.json of AzurePolicyV0 (isNullOrEmpty, count,
 * jsonpath, response, taskInputs) and in "Expressions" of the Azure Pipelines documentation (and, or, eq: text is
 * compared without case, the right side is converted to the type of the left one). Throws on anything else.
 */
export function evaluate(expression: string, scope: Scope): unknown {
  const tokens = tokenize(expression)
  const value = readValue()
  if (tokens.length > 0) throw new Error(`'${expression}' goes on after its end: '${tokens.join('')}'.`)
  return value

  function readValue(): unknown {
    const token = tokens.shift()
    if (token === undefined) throw new Error(`'${expression}' ends too early.`)
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'")
    if (/^[0-9]+$/.test(token)) return Number(token)
    if (token === 'true' || token === 'false') return token === 'true'
    if (tokens[0] === '(') return call(token, readArguments())
    if (!(token in scope)) throw new Error(`'${token}' is not known.`)
    let value: unknown = scope[token as keyof Scope]
    while (tokens[0] === '[') {
      tokens.shift()
      const index = readValue()
      expect(']')
      value = member(value, index)
    }
    return value
  }

  function readArguments(): unknown[] {
    expect('(')
    const values = [readValue()]
    while (tokens[0] === ',') {
      tokens.shift()
      values.push(readValue())
    }
    expect(')')
    return values
  }

  function expect(token: string): void {
    const found = tokens.shift()
    if (found !== token) throw new Error(`'${expression}' has '${found ?? 'its end'}' where '${token}' was expected.`)
  }

  function call(name: string, values: readonly unknown[]): unknown {
    const [first, second] = values
    switch (name) {
      case 'and':
        return values.every(Boolean)
      case 'or':
        return values.some(Boolean)
      case 'eq':
        return equal(first, second)
      case 'count':
        if (!Array.isArray(first)) throw new Error('count needs a list.')
        return first.length
      case 'isNullOrEmpty':
        return first === undefined || first === null || first === ''
      case 'jsonpath':
        return selectTokens(String(first), scope.root)
      default:
        throw new Error(`The interpreter does not know the function '${name}'.`)
    }
  }
}

function tokenize(expression: string): string[] {
  const pattern = /\s*('(?:[^']|'')*'|[A-Za-z]+|[0-9]+|[()[\],])/gy
  const tokens = [...expression.matchAll(pattern)].map((match) => match[1] ?? '')
  const read = [...expression.matchAll(pattern)].reduce((length, match) => length + match[0].length, 0)
  if (expression.slice(read).trim() !== '') throw new Error(`'${expression.slice(read)}' can't be read.`)
  return tokens
}

/** A name that is not there is null; keys compare as the caller made them. */
function member(value: unknown, index: unknown): unknown {
  if (Array.isArray(value)) return value[Number(index)] as unknown
  return isObject(value) ? value[String(index)] : undefined
}

function equal(left: unknown, right: unknown): boolean {
  if (typeof left === 'boolean') return left === Boolean(right)
  if (typeof left === 'number') return left === Number(right)
  if (typeof left === 'string') return textOf(right)?.toLowerCase() === left.toLowerCase()
  return (left ?? null) === (right ?? null)
}

/** Null is an empty text, a boolean its name, a number its digits; an object or a list is none. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
