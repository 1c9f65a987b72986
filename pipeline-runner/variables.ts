export type Variable = {
  readonly name: string
  readonly value: string
  readonly secret: boolean
  readonly readOnly: boolean
}

/** Macros inside macros are followed this deep (azure-pipelines-agent Variables.cs `MaxDepth`). */
const deepest = 50

/**
 * The variables of a job: names compare without case, values may name other variables as `$(name)`, and what was secret
 * once stays secret (azure-pipelines-agent Variables.cs).
 */
export class Variables {
  private readonly byName = new Map<string, Variable>()
  private readonly onSecret: (value: string) => void

  constructor(onSecret: (value: string) => void = () => undefined) {
    this.onSecret = onSecret
  }

  set(name: string, value: string, options: { secret?: boolean; readOnly?: boolean } = {}): void {
    const before = this.byName.get(name.toLowerCase())
    const secret = options.secret === true || before?.secret === true
    const readOnly = options.readOnly === true || before?.readOnly === true
    if (secret) this.onSecret(value)
    this.byName.set(name.toLowerCase(), { name, value, secret, readOnly })
  }

  /** The value with its macros replaced; undefined when there is no such variable. */
  get(name: string): string | undefined {
    const variable = this.byName.get(name.toLowerCase())
    return variable && this.resolve(variable, []).value
  }

  isReadOnly(name: string): boolean {
    return this.byName.get(name.toLowerCase())?.readOnly === true
  }

  /** Every variable with its macros replaced; one that names a secret is a secret too. */
  list(): Variable[] {
    return [...this.byName.values()].map((variable) => this.resolve(variable, []))
  }

  /** Replaces each `$(name)`; a name that is not set stays as it is written, as on the agent. */
  expand(text: string): string {
    return replaceMacros(text, (name) => this.get(name))
  }

  copy(onSecret: (value: string) => void): Variables {
    const copy = new Variables(onSecret)
    for (const { name, value, ...options } of this.byName.values()) copy.set(name, value, options)
    return copy
  }

  private resolve(variable: Variable, path: readonly string[]): Variable {
    const key = variable.name.toLowerCase()
    let secret = variable.secret
    const value = replaceMacros(variable.value, (name) => {
      const named = this.byName.get(name.toLowerCase())
      const cyclic = key === name.toLowerCase() || path.includes(name.toLowerCase())
      if (!named || cyclic || path.length >= deepest) return undefined
      const inner = this.resolve(named, [...path, key])
      secret ||= inner.secret
      return inner.value
    })
    return { ...variable, value, secret }
  }
}

/** Replaced text is not read again: the agent does not expand what a macro brought in. */
function replaceMacros(text: string, valueOf: (name: string) => string | undefined): string {
  let done = ''
  let rest = text
  for (;;) {
    const start = rest.indexOf('$(')
    const end = start < 0 ? -1 : rest.indexOf(')', start + 2)
    if (end < 0) return done + rest
    const value = valueOf(rest.slice(start + 2, end))
    const taken = value === undefined ? start + 1 : end + 1
    done += value === undefined ? rest.slice(0, taken) : rest.slice(0, start) + value
    rest = rest.slice(taken)
  }
}
