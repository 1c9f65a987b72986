// Who reads which keys. Every key is in exactly one part or has been read: parts are only ever cut, never joined, and what was
// read leaves from the lower end. This holds for any order of keys as long as it is one order.
import type { KeyRange } from './key-space.ts'
import type { Sample } from './sample.ts'
import { pagesIn, type Density } from './stride.ts'

/** A part of the keys that is left to read. */
export type Part = KeyRange & {
  /** Rows of the key `from` up to and with this RowKey have been read. */
  readonly after?: string | undefined
  /** Not set: nothing is known of how many rows there are. */
  readonly density?: Density | undefined
  /** The parts of it that no character seen so far leads to have been cut off. */
  readonly surveyed: boolean
  /** How often the part, or what it was cut from, was not as expected. */
  readonly surprises: number
  /** Set where the part is read in the hope that it is short: what was known of it before. */
  readonly sample?: Sample | undefined
}

/** A part that somebody reads; `to` falls when another takes a piece from its upper end. */
export type Taken = Part & { readonly id: number }

type Entry = { part: Part; taken: boolean; readingTo: string | undefined }

/** Less than this is not worth another's while. */
const fewestPagesToTake = 2

export class RangeLedger {
  #nextId = 0
  readonly #entries = new Map<number, Entry>()

  constructor(whole: KeyRange) {
    this.#add({ ...whole, surveyed: false, surprises: 0 })
  }

  /** All keys have been read. */
  get isDone(): boolean {
    return this.#entries.size === 0
  }

  /** The parts left, in no order. */
  get parts(): readonly Part[] {
    return [...this.#entries.values()].map(({ part }) => part)
  }

  /** Pages that are left to read, as far as is known. */
  get pagesLeft(): number {
    return this.parts.reduce((sum, part) => sum + sizeOf(part), 0)
  }

  /** How many parts there are of which nothing is known, or only hoped. */
  get unknown(): number {
    return this.parts.filter(({ density, sample }) => !density || sample).length
  }

  /** A part for somebody who has none: one that nobody reads, else the upper half of what is left to another. */
  take(): Taken | undefined {
    const free = [...this.#entries].filter(([, { taken }]) => !taken)
    const [best] = free.sort(([, one], [, other]) => rank(other.part) - rank(one.part))
    const [id, entry] = best ?? this.#split()
    if (id === undefined || entry === undefined) return undefined
    entry.taken = true
    entry.readingTo = entry.part.to
    return { ...entry.part, id }
  }

  /** The part as it is now. Throws where it has been read or cut up. */
  now(id: number): Taken {
    return { ...this.#entry(id).part, id }
  }

  /** The owner reads up to `end` now: what is beyond may be taken by others. */
  reading(id: number, end: string | undefined): void {
    this.#entry(id).readingTo = end
  }

  /** All rows up to and with this one have been read. */
  readRow(id: number, key: string, rowKey: string): void {
    const entry = this.#entry(id)
    const { from, after } = entry.part
    if (key < from || !isBelow(key, entry.readingTo)) throw new RangeError('the key is not being read')
    // A key of many rows is read from its first row again whenever the part is taken anew.
    if (key === from && after !== undefined && rowKey < after) return
    entry.part = { ...entry.part, from: key, after: rowKey }
  }

  /** All keys below `end` have been read; answers whether anything is left of the part. */
  readTo(id: number, end: string | undefined, density?: Density): boolean {
    const entry = this.#entry(id)
    const { to } = entry.part
    if (end === undefined || !isBelow(end, to)) {
      if (end !== to) throw new RangeError('the end is not in the part')
      this.#entries.delete(id)
      return false
    }
    const isRead = entry.readingTo === undefined || end <= entry.readingTo
    if (end < entry.part.from || !isRead) throw new RangeError('the end is not being read')
    entry.part = { ...entry.part, from: end, after: undefined, density }
    entry.readingTo = to
    return true
  }

  /** Cuts a part up for anybody to take. What lies between the new parts is known to be empty. */
  replace(id: number, parts: readonly Part[]): void {
    const { part } = this.#entry(id)
    let floor = part.from
    for (const [index, { from, to, after }] of parts.entries()) {
      const isFirst = index === 0 && from === part.from
      const inOrder = isFirst ? after === part.after : from >= floor && after === undefined
      const inside = isBelow(from, to) && (to === part.to || (to !== undefined && isBelow(to, part.to)))
      const isLast = index === parts.length - 1
      if (!inOrder || !inside || (to === undefined && !isLast)) throw new RangeError('the parts are not of the part')
      floor = to ?? floor
    }
    this.#entries.delete(id)
    for (const each of parts) this.#add(each)
  }

  #split(): [number?, Entry?] {
    const candidates = [...this.#entries.values()]
      .map((entry) => {
        const { part, readingTo } = entry
        if (!part.density || readingTo === undefined || readingTo === part.to) return undefined
        const rest = { from: readingTo, to: part.to }
        return { entry, rest, density: part.density, pages: pagesIn(part.density, rest) }
      })
      .filter((candidate) => candidate !== undefined)
      .filter(({ pages }) => pages >= fewestPagesToTake)
      .sort((one, other) => other.pages - one.pages)
    for (const { entry, rest, density } of candidates) {
      const middle = density.space.between(rest)
      if (middle === undefined) continue
      const { part } = entry
      entry.part = { ...part, to: middle }
      return this.#add({ ...part, from: middle, after: undefined })
    }
    return []
  }

  #add(part: Part): [number, Entry] {
    const entry = { part, taken: false, readingTo: part.to }
    const id = this.#nextId++
    this.#entries.set(id, entry)
    return [id, entry]
  }

  #entry(id: number): Entry {
    const entry = this.#entries.get(id)
    if (!entry?.taken) throw new RangeError('nobody reads that part')
    return entry
  }
}

function sizeOf(part: Part): number {
  return part.density ? pagesIn(part.density, part) : 0
}

/** What is unknown comes first: it may be the most. */
function rank(part: Part): number {
  return part.density ? sizeOf(part) : Infinity
}

function isBelow(key: string, end: string | undefined): boolean {
  return end === undefined || key < end
}
