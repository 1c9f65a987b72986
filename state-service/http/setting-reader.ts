import { isObject, parseJson } from '../../core/json.ts'
import { remoteText } from '../../core/remote-text.ts'
import type { Problems } from './fields.ts'
import type { TextRule } from './names.ts'

/** Settings by name, as the environment has them; one that is blank is as good as none. */
export type ServiceSettings = Readonly<Record<string, string | undefined>>

/** Settings one by one; what is wrong goes to the problems. */
export class SettingReader {
  readonly #settings: ServiceSettings
  readonly #problems: Problems

  constructor(settings: ServiceSettings, problems: Problems) {
    this.#settings = settings
    this.#problems = problems
  }

  text(name: string): string | undefined {
    return this.#settings[name]?.trim() || undefined
  }

  fitting(name: string, { fits, rule, hidden }: TextRule): string | undefined {
    const text = this.text(name)
    if (text === undefined || fits(text)) return text
    const what = hidden === true ? 'does not fit' : `is '${remoteText(text, 60)}'`
    this.#problems.add(`Setting '${name}' ${what}. Give ${rule}.`)
    return undefined
  }

  /** Without the slashes at its end. What is not https is not repeated: there may be a password in it. */
  url(name: string, fallback: string): string {
    const text = this.text(name) ?? fallback
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url?.protocol !== 'https:' || url.username + url.password + url.search + url.hash !== '') {
      this.#problems.add(`Setting '${name}' is not an https address without user, password and query.`)
    }
    return text.replace(/\/+$/, '')
  }

  /** The text as JSON; undefined where there is none, or it is none. */
  json(name: string): unknown {
    const text = this.text(name)
    if (text === undefined) return undefined
    const value = parseJson(text)
    if (value === undefined) this.#problems.add(`Setting '${name}' is not JSON.`)
    return value
  }
}

/** Whether a value is an object whose fields have names of the given form, told where it is not. */
export function namedEntries(
  { name, value, nameRule }: { readonly name: string; readonly value: unknown; readonly nameRule: RegExp },
  problems: Problems,
): readonly (readonly [string, unknown])[] {
  if (!isObject(value) || Object.keys(value).length === 0) {
    problems.add(`Setting '${name}' is not a JSON object with an entry for each caller.`)
    return []
  }
  const entries = Object.entries(value)
  const odd = entries.find(([key]) => !nameRule.test(key))
  if (odd) problems.add(`Setting '${name}' has an entry '${remoteText(odd[0], 60)}', which is no name of a caller.`)
  return odd ? [] : entries
}
