import { isObject } from '../../core/json.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { TextRule } from './names.ts'

/** Sentences about what is wrong; no more are kept than somebody reads. */
export class Problems {
  readonly #told: string[] = []

  add(sentence: string): void {
    if (this.#told.length < mostTold) this.#told.push(sentence)
  }

  get told(): readonly string[] {
    return this.#told
  }
}

const mostTold = 20

/**
 * Reads one JSON object field by field. What is wrong goes to `problems`, and the answer is then a value that nobody may
 * use: look at `problems.told` first. A field that nobody asked for is a problem too, at `end`.
 */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>
  readonly #path: string
  readonly #problems: Problems
  readonly #asked = new Set<string>()

  /** `path` is empty for a whole body. */
  constructor(value: unknown, path: string, problems: Problems) {
    if (!isObject(value)) problems.add(`${path === '' ? 'The body' : `Field '${path}'`} is not a JSON object.`)
    // A map, since a field may be called __proto__.
    this.#values = new Map(isObject(value) ? Object.entries(value) : [])
    this.#path = path
    this.#problems = problems
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  text(name: string, rule: TextRule): string {
    const value = this.#take(name)
    if (typeof value === 'string' && rule.fits(value)) return value
    if (value === undefined) this.#say(name, `is missing. Give ${rule.rule}.`)
    else this.#say(name, `${typeof value === 'string' ? shown(value, rule) : 'is not a text'}. Give ${rule.rule}.`)
    return ''
  }

  textIfAny(name: string, rule: TextRule): string | undefined {
    return this.has(name) ? this.text(name, rule) : undefined
  }

  flagIfAny(name: string): boolean | undefined {
    if (!this.has(name)) return undefined
    const value = this.#take(name)
    if (typeof value !== 'boolean') this.#say(name, 'is neither true nor false.')
    return value === true
  }

  object(name: string): Fields {
    const value = this.#take(name)
    if (isObject(value)) return new Fields(value, this.#pathOf(name), this.#problems)
    this.#say(name, value === undefined ? 'is missing.' : 'is not a JSON object.')
    // What it lacks in turn is no news.
    return new Fields({}, this.#pathOf(name), new Problems())
  }

  /** Each of the texts is one of `choices`, none comes twice, and there is one at least. */
  choices<Choice extends string>(name: string, choices: readonly Choice[]): readonly Choice[] {
    const value = this.#take(name)
    const list: readonly unknown[] = Array.isArray(value) ? value : []
    const found = choices.filter((choice) => list.includes(choice))
    if (found.length === 0 || found.length !== list.length) {
      this.#say(name, `is not a list of one or more of ${choices.map((each) => `'${each}'`).join(', ')}, each once.`)
    }
    return found
  }

  /** To be called once all fields have been asked for. */
  end(): void {
    for (const name of this.#values.keys()) {
      if (!this.#asked.has(name)) this.#say(remoteText(name, 60), 'is not known. Leave it out.')
    }
  }

  #take(name: string): unknown {
    this.#asked.add(name)
    return this.#values.get(name)
  }

  #say(name: string, what: string): void {
    this.#problems.add(`Field '${this.#pathOf(name)}' ${what}`)
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }
}

function shown(value: string, { hidden }: TextRule): string {
  return hidden === true ? 'does not fit' : `is '${remoteText(value, 60)}'`
}
