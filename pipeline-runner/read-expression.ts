import { checkExpression } from './expressions/evaluate.ts'
import type { YamlNode } from './yaml-reader.ts'

/** A `condition:`, found understandable before anything runs. */
export function readCondition(node: YamlNode | undefined): string | undefined {
  if (!node) return undefined
  const text = node.text()
  check(node, text)
  return text
}

/** The value of a variable: plain text, or a runtime expression that is checked now and evaluated when its job starts. */
export function readValue(node: YamlNode): string {
  const value = node.text()
  const expression = runtimeExpression(value)
  if (expression !== undefined) check(node, expression)
  return value
}

/** The inside of `$[ … ]`; undefined when the text is not a runtime expression. */
export function runtimeExpression(text: string): string | undefined {
  return /^\s*\$\[([\s\S]*)\]\s*$/.exec(text)?.[1]
}

function check(node: YamlNode, expression: string): void {
  try {
    checkExpression(expression)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`'${node.name}' (line ${node.line}): ${why}`, { cause })
  }
}
