import { Refusal } from '../../core/failures.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { Agent } from './agent.ts'

export type InputSource = Pick<Agent, 'input' | 'variable' | 'secret'>

/**
 * Reads the inputs of a task and collects every problem instead of stopping at the first. A value that has one comes back as
 * a stand-in that nobody gets to see, since `readInputs` throws before it returns.
 */
export interface Inputs {
  /** Undefined where the input was not given. */
  text(name: string, rule?: TextRule): string | undefined
  requiredText(name: string, rule?: TextRule): string
  textOr(name: string, fallback: string, rule?: TextRule): string
  /** Plain decimal digits, both bounds included. */
  wholeNumber(name: string, bounds: { readonly min: number; readonly max: number; readonly fallback: number }): number
  /** `true` or `false`, compared without case. */
  boolean(name: string, fallback: boolean): boolean
  /** Compared without case. */
  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice
  /** Lines that are not blank, trimmed. */
  lines(name: string): readonly string[]
  /** Registered as a secret before it is returned; never part of a problem. */
  secret(name: string): string | undefined
  /** Registers a part of a secret that may show up alone. */
  keepSecret(text: string): void
  variable(name: string): string | undefined
  /** One sentence, and the remedy. */
  problem(name: string, text: string): void
}

/** What a text must look like; `rule` follows "Give" in a message. */
export type TextRule = { readonly pattern: RegExp; readonly rule: string }

/**
 * Runs `read` over the inputs of the agent.
 * @throws Refusal that lists every problem of every input: the input, the value in quotes, what is allowed.
 */
export function readInputs<Wanted>(source: InputSource, read: (inputs: Inputs) => Wanted): Wanted {
  const collected = new CollectedInputs(source)
  const wanted = read(collected)
  if (collected.problems.length > 0) throw new Refusal(collected.problems.join(' '))
  return wanted
}

class CollectedInputs implements Inputs {
  readonly problems: string[] = []
  private readonly source: InputSource

  constructor(source: InputSource) {
    this.source = source
  }

  text(name: string, rule?: TextRule): string | undefined {
    const value = this.given(name)
    if (value === undefined) return undefined
    if (rule && !rule.pattern.test(value)) this.wrong(name, value, rule.rule)
    return value
  }

  requiredText(name: string, rule?: TextRule): string {
    if (this.source.input(name)?.trim()) return this.text(name, rule) ?? ''
    this.problem(name, `is required and was not given. Give ${rule?.rule ?? 'a value'}.`)
    return ''
  }

  textOr(name: string, fallback: string, rule?: TextRule): string {
    return this.text(name, rule) ?? fallback
  }

  wholeNumber(name: string, bounds: { min: number; max: number; fallback: number }): number {
    const value = this.given(name)
    if (value === undefined) return bounds.fallback
    const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= bounds.min && number <= bounds.max)) {
      this.wrong(name, value, `a whole number from ${bounds.min} to ${bounds.max}, in plain digits`)
    }
    return number
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.oneOf(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true'
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.given(name)
    if (value === undefined) return fallback
    const choice = choices.find((each) => each.toLowerCase() === value.toLowerCase())
    if (choice === undefined)
      this.wrong(
        name,
        value,
        choices
          .map((each) => `'${each}'`)
          .join(', ')
          .replace(/, ([^,]*)$/, ' or $1'),
      )
    return choice ?? fallback
  }

  lines(name: string): readonly string[] {
    const lines = this.given(name)?.split(/\r?\n/) ?? []
    return lines.map((line) => line.trim()).filter((line) => line !== '')
  }

  secret(name: string): string | undefined {
    const value = this.source.input(name)?.trim()
    if (!value) return undefined
    const unresolved = unresolvedVariable(value)
    if (unresolved !== undefined && value === `$(${unresolved})`) {
      this.unset(name, unresolved)
      return undefined
    }
    this.source.secret(value)
    return value
  }

  keepSecret(text: string): void {
    this.source.secret(text)
  }

  variable(name: string): string | undefined {
    return this.source.variable(name)?.trim() || undefined
  }

  problem(name: string, text: string): void {
    const problem = `Input '${name}' ${text}`
    if (!this.problems.includes(problem)) this.problems.push(problem)
  }

  private given(name: string): string | undefined {
    const value = this.source.input(name)?.trim()
    if (!value) return undefined
    const unresolved = unresolvedVariable(value)
    if (unresolved === undefined) return value
    this.unset(name, unresolved)
    return undefined
  }

  private wrong(name: string, value: string, allowed: string): void {
    this.problem(name, `is '${remoteText(value, 100)}'. Give ${allowed}.`)
  }

  private unset(name: string, variable: string): void {
    const shown = remoteText(variable, 100)
    this.problem(name, `holds '$(${shown})': variable '${shown}' is not set here. Set it, or correct its name.`)
  }
}

/** The agent leaves `$(name)` as it stands where there is no such variable. */
function unresolvedVariable(value: string): string | undefined {
  return /\$\(([^()\s]+)\)/.exec(value)?.[1]
}
