import type { Scope } from './expressions/evaluate.ts'
import { evaluateExpression } from './expressions/evaluate.ts'
import { toText } from './expressions/values.ts'
import type { VariableEntry } from './pipeline.ts'
import { runtimeExpression } from './read-expression.ts'
import type { Variables } from './variables.ts'

/**
 * Sets the variables of the file, outer ones first; a name in `given` keeps the value that was given for this run.
 * @throws Error when a runtime expression cannot be evaluated.
 */
export function setFileVariables(
  variables: Variables,
  entries: readonly VariableEntry[],
  { given, scope }: { given: readonly string[]; scope: Omit<Scope, 'variable' | 'status'> },
): void {
  for (const { name, value, readOnly } of entries) {
    if (given.some((other) => other.toLowerCase() === name.toLowerCase())) continue
    const expression = runtimeExpression(value)
    const variable = (wanted: string): string | undefined => variables.get(wanted)
    const text = expression === undefined ? value : toText(evaluateExpression(expression, { ...scope, variable }))
    variables.set(name, text, { readOnly })
  }
}
