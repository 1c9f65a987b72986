// The real answer with one thing changed in it.
import type { Seeded } from '../../sockets/seeded.ts'
import type { Field } from './answer-shape.ts'

type Container = Record<string | number, unknown>
type Place = { readonly holder: Container; readonly key: string | number; readonly path: string }

/** Numbers that JSON can write and a program cannot hold. */
const huge = ['1e400', '-1e400', '123456789012345678901234567890', '0.1e-400']
const marker = '\u0001huge\u0001'

/** What is not of the type; JSON.stringify has no word for the numbers in `huge`. */
const others: Readonly<Record<Field['type'], readonly unknown[]>> = {
  text: [0, 7, true, false, {}, [], ['x'], { value: 'x' }, marker],
  object: ['', 'x', 0, true, [], [{}], marker],
  list: ['', 'x', 0, false, {}, { value: [] }, marker],
}

/** Breaks one of the fields that are there; undefined where the answer holds none of them. */
export function breakField(value: unknown, among: readonly Field[], random: Seeded): Changed | undefined {
  const copy = structuredClone(value)
  const found = among.flatMap((field) => placesOf(copy, field.path).map((place) => ({ place, field })))
  const known = found.filter(({ place, field }) => field.required || !isMissing(place.holder[place.key]))
  if (known.length === 0) return undefined
  const { place, field } = random.pick(known)
  const { holder, key, path } = place
  if (field.required && random.chance(0.3)) {
    if (Array.isArray(holder) || random.chance(0.5)) holder[key] = null
    else Reflect.deleteProperty(holder, key)
    return { text: write(copy, random), what: `without ${path}` }
  }
  const nested = random.chance(0.15) && field.type === 'text'
  holder[key] = nested ? { [String(key)]: holder[key] } : random.pick(others[field.type])
  return { text: write(copy, random), what: `${path} of another type` }
}

/** Changes any place at all: what comes of it may be another valid answer, or break what nobody asked for. */
export function changeAnywhere(value: unknown, random: Seeded): Changed | undefined {
  const copy = structuredClone(value)
  const places = allPlaces(copy, '')
  if (places.length === 0) return undefined
  const { holder, key, path } = random.pick(places)
  const act = random.below(4)
  if (act === 0 && !Array.isArray(holder)) {
    Reflect.deleteProperty(holder, key)
    return { text: write(copy, random), what: `${path} dropped` }
  }
  if (act === 1 && Array.isArray(holder)) {
    holder.push(structuredClone(holder[Number(key)]))
    return { text: write(copy, random), what: `${path} twice` }
  }
  const type = random.pick(['text', 'object', 'list'] as const)
  holder[key] = act === 2 ? null : random.pick(others[type])
  return { text: write(copy, random), what: `${path} changed` }
}

export type Changed = { readonly text: string; readonly what: string }

function write(value: unknown, random: Seeded): string {
  return JSON.stringify(value).replaceAll(JSON.stringify(marker), random.pick(huge))
}

function placesOf(value: unknown, path: readonly string[], shown = ''): Place[] {
  const [step, ...rest] = path
  if (step === undefined || typeof value !== 'object' || value === null) return []
  const holder = value as Container
  const keys = step === '*' ? Object.keys(holder).map((key) => (Array.isArray(holder) ? Number(key) : key)) : [step]
  return keys.flatMap((key) => {
    const at = `${shown}${shown === '' ? '' : '.'}${key}`
    return rest.length === 0 ? [{ holder, key, path: at }] : placesOf(holder[key], rest, at)
  })
}

function allPlaces(value: unknown, shown: string): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Container
  return Object.keys(holder).flatMap((name) => {
    const key = Array.isArray(holder) ? Number(name) : name
    const path = `${shown}${shown === '' ? '' : '.'}${name}`
    return [{ holder, key, path }, ...allPlaces(holder[key], path)]
  })
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}
