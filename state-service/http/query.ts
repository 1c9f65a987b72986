import type { IdlePolicy, IgnorePattern } from '../../core/task-hub/idle-proof/policy.ts'
import { remoteText } from '../../core/remote-text.ts'
import { Problems } from './fields.ts'
import type { Parsed } from './bodies.ts'
import { line } from './names.ts'

/** Names with their values, decoded, in the order in which they were sent. */
export type Query = ReadonlyMap<string, readonly string[]>

const mostParameters = 50
const mostPatterns = 20
const entityPolicies = ['ignoreIdle', 'block', 'ignore'] as const

/** Undefined where it cannot be decoded, or is longer than any that means something. */
export function readQuery(text: string): Query | undefined {
  const pairs = text.split('&').filter((pair) => pair !== '')
  if (pairs.length > mostParameters) return undefined
  const query = new Map<string, string[]>()
  for (const pair of pairs) {
    const at = pair.includes('=') ? pair.indexOf('=') : pair.length
    const name = decoded(pair.slice(0, at))
    const value = decoded(pair.slice(at + 1))
    if (name === undefined || value === undefined) return undefined
    query.set(name, [...(query.get(name) ?? []), value])
  }
  return query
}

export type StatusQuery = {
  readonly policy: IdlePolicy
  readonly maxProofAgeMs: number
  readonly waitMs: number
}

export function parseStatusQuery(query: Query): Parsed<StatusQuery> {
  const read = new QueryReader(query)
  const seconds = read.wholeNumber('maxProofAgeInSeconds', { least: 0, most: 86_400, fallback: 0 })
  // App Service cuts a request off after 230 s (learn: functions-scale#timeout), and a gate after 60.
  const wait = read.wholeNumber('waitInSeconds', { least: 0, most: 200, fallback: 20 })
  const policy: IdlePolicy = {
    entityPolicy: read.oneOf('entityPolicy', entityPolicies, 'ignoreIdle'),
    acceptInvisibleMessages: read.oneOf('acceptInvisibleMessages', ['true', 'false'], 'false') === 'true',
    ignoreInstances: read.ignored(),
  }
  return read.end({ policy, maxProofAgeMs: seconds * 1000, waitMs: wait * 1000 })
}

export type HistoryQuery = { readonly top: number; readonly after?: string }

export function parseHistoryQuery(query: Query): Parsed<HistoryQuery> {
  const read = new QueryReader(query)
  const top = read.wholeNumber('top', { least: 1, most: 200, fallback: 50 })
  const after = read.cursor()
  return read.end({ top, ...(after !== undefined && { after }) })
}

export function parseNoQuery(query: Query): Parsed<undefined> {
  return new QueryReader(query).end(undefined)
}

class QueryReader {
  readonly #query: Query
  readonly #problems = new Problems()
  readonly #asked = new Set<string>()

  constructor(query: Query) {
    this.#query = query
  }

  wholeNumber(name: string, { least, most, fallback }: { least: number; most: number; fallback: number }): number {
    const text = this.#one(name)
    if (text === undefined) return fallback
    const value = /^\d{1,6}$/.test(text) ? Number(text) : -1
    if (value >= least && value <= most) return value
    this.#say(name, `is '${remoteText(text, 60)}'. Give a whole number from ${least} to ${most}.`)
    return fallback
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const text = this.#one(name)
    const found = text === undefined ? fallback : choices.find((choice) => choice === text)
    if (found !== undefined) return found
    const allowed = choices.map((choice) => `'${choice}'`).join(', ')
    this.#say(name, `is '${remoteText(text ?? '', 60)}'. Give one of ${allowed}.`)
    return fallback
  }

  ignored(): readonly IgnorePattern[] {
    const texts = this.#take('ignore')
    if (texts.length > mostPatterns) this.#say('ignore', `was given more than ${mostPatterns} times.`)
    return texts.slice(0, mostPatterns).flatMap((text) => {
      const [, field, pattern] = /^(name|id):(.+)$/s.exec(text) ?? []
      if (pattern !== undefined && line(300).fits(pattern)) {
        return [{ field: field === 'id' ? 'id' : 'name', pattern } satisfies IgnorePattern]
      }
      this.#say(
        'ignore',
        `is '${remoteText(text, 60)}'. Give 'name:' or 'id:' and a pattern with '*' for any characters.`,
      )
      return []
    })
  }

  /** What a page before answered. What is in it is the store's own business. */
  cursor(): string | undefined {
    const text = this.#one('after')
    if (text === undefined || /^[\x21-\x7e]{1,1000}$/.test(text)) return text
    this.#say('after', "is not a cursor of this API. Give the 'cursor' of the page before.")
    return undefined
  }

  end<Value>(value: Value): Parsed<Value> {
    for (const name of this.#query.keys()) {
      if (!this.#asked.has(name)) this.#say(remoteText(name, 60), 'is not known. Leave it out.')
    }
    return this.#problems.told.length > 0 ? { problems: this.#problems.told } : { value }
  }

  #one(name: string): string | undefined {
    const [first, ...others] = this.#take(name)
    if (others.length > 0) this.#say(name, 'was given more than once.')
    return first
  }

  #take(name: string): readonly string[] {
    this.#asked.add(name)
    return this.#query.get(name) ?? []
  }

  #say(name: string, what: string): void {
    this.#problems.add(`Query parameter '${name}' ${what}`)
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
