import type { Value } from './values.ts'

/** A parsed expression. A lookup is `variables['x']`, `variables.x` or `dependencies.A.outputs['s.x']`. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: Value }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'lookup'; readonly root: string; readonly path: readonly Expression[] }

type Token = { readonly kind: 'string' | 'number' | 'word' | 'mark'; readonly text: string }

const grammar = /\s+|(?<string>'(?:[^']|'')*')|(?<number>-?\d+(?:\.\d+)*)|(?<word>[A-Za-z_][\w-]*)|(?<mark>[()[\],.])/y

/**
 * Parses an Azure Pipelines expression without its `$[ ]`.
 * @throws Error that quotes what could not be understood.
 */
export function parseExpression(text: string): Expression {
  const reader = new TokenReader(tokens(text), text)
  const expression = readExpression(reader)
  const rest = reader.next()
  if (rest) throw reader.unexpected(rest)
  return expression
}

function tokens(text: string): Token[] {
  const found: Token[] = []
  grammar.lastIndex = 0
  while (grammar.lastIndex < text.length) {
    const at = grammar.lastIndex
    const groups = grammar.exec(text)?.groups
    if (!groups) throw new Error(`Expression '${text}' is not understood at '${text.slice(at, at + 20)}'.`)
    for (const kind of ['string', 'number', 'word', 'mark'] as const) {
      const match = groups[kind]
      if (match !== undefined) found.push({ kind, text: match })
    }
  }
  return found
}

class TokenReader {
  private at = 0
  private readonly all: readonly Token[]
  private readonly text: string

  constructor(all: readonly Token[], text: string) {
    this.all = all
    this.text = text
  }

  next(): Token | undefined {
    return this.all[this.at++]
  }

  take(mark: string): boolean {
    const token = this.all[this.at]
    const found = token?.kind === 'mark' && token.text === mark
    if (found) this.at++
    return found
  }

  expect(mark: string): void {
    if (!this.take(mark)) throw this.unexpected(this.next(), `'${mark}'`)
  }

  unexpected(token: Token | undefined, wanted = 'something else'): Error {
    const seen = token ? `'${token.text}'` : 'its end'
    return new Error(`Expression '${this.text}' is not understood: ${wanted} was expected where it has ${seen}.`)
  }
}

function readExpression(reader: TokenReader): Expression {
  const token = reader.next()
  if (token?.kind === 'string') return literal(token.text.slice(1, -1).replaceAll("''", "'"))
  if (token?.kind === 'number') return literal(readNumber(token.text))
  if (token?.kind !== 'word') throw reader.unexpected(token, 'a function, a variable or a literal')
  const name = token.text
  if (/^(true|false)$/i.test(name)) return literal(name.toLowerCase() === 'true')
  if (/^null$/i.test(name)) return literal(null)
  if (reader.take('(')) return { kind: 'call', name, args: readArguments(reader) }
  return { kind: 'lookup', root: name, path: readPath(reader) }
}

function readArguments(reader: TokenReader): Expression[] {
  const args: Expression[] = []
  if (reader.take(')')) return args
  do args.push(readExpression(reader))
  while (reader.take(','))
  reader.expect(')')
  return args
}

function readPath(reader: TokenReader): Expression[] {
  const path: Expression[] = []
  for (;;) {
    if (reader.take('.')) {
      const token = reader.next()
      if (token?.kind !== 'word') throw reader.unexpected(token, 'a name')
      path.push(literal(token.text))
    } else if (reader.take('[')) {
      path.push(readExpression(reader))
      reader.expect(']')
    } else {
      return path
    }
  }
}

function readNumber(text: string): number {
  if (/\..*\./.test(text)) throw new Error(`Version literal '${text}' is not understood by the local runner.`)
  return Number(text)
}

function literal(value: Value): Expression {
  return { kind: 'literal', value }
}
