// Keys as positions, so that a range of keys can be cut into parts that hold about the same number of rows. A position is only
// ever a guess where to cut: any cut is right, a good one makes even parts.

/** From `from` on, up to but without `to`; no `to`: up to the last key there is. */
export type KeyRange = { readonly from: string; readonly to: string | undefined }

/** Digits of a position that a double can tell apart. */
const mostDigits = 16
const smallest = 2 ** -46

/** Characters that stand in keys, as UTF-16 code units in their order. */
export type Alphabet = readonly number[]

/**
 * The alphabet with the characters of some keys. Halves of surrogate pairs are left out, for half a pair cannot be sent, and so
 * are the characters that no key may hold (Understanding the Table service data model: `/ \ # ?` and control characters).
 */
export function withKeys(alphabet: Alphabet, keys: Iterable<string>): Alphabet {
  const units = new Set(alphabet)
  for (const key of keys) {
    for (let at = 0; at < key.length; at++) {
      const unit = key.charCodeAt(at)
      if (isSendable(unit)) units.add(unit)
    }
  }
  return [...units].sort((one, other) => one - other)
}

/** The keys under one prefix, as positions from 0 to 1 in which each character of the alphabet gets an equal share. */
export class KeySpace {
  readonly prefix: string
  readonly alphabet: Alphabet

  constructor(prefix: string, alphabet: Alphabet) {
    this.prefix = prefix
    this.alphabet = alphabet
  }

  /** Never falls where keys rise; 0 for what sorts before the prefix, 1 for what sorts behind all that begin with it. */
  positionOf(key: string | undefined): number {
    const { prefix, alphabet } = this
    if (key === undefined) return 1
    if (!key.startsWith(prefix)) return key < prefix ? 0 : 1
    if (alphabet.length === 0) return 0
    let position = 0
    let share = 1
    for (let at = prefix.length; at < key.length && share > smallest; at++) {
      const unit = key.charCodeAt(at)
      const rank = rankOf(alphabet, unit)
      position += (share * rank) / alphabet.length
      if (alphabet[rank] !== unit) break
      share /= alphabet.length
    }
    return Math.min(position, 1)
  }

  /** The shortest key at a position, as far as the digits of a number reach. */
  keyAt(position: number): string {
    const { prefix, alphabet } = this
    let key = prefix
    let rest = Math.max(0, position)
    let share = 1
    for (let digits = 0; digits < mostDigits && rest > smallest && share > smallest; digits++) {
      const scaled = rest * alphabet.length
      const rank = Math.min(Math.floor(scaled + smallest), alphabet.length - 1)
      const unit = alphabet[rank]
      if (unit === undefined) break
      key += String.fromCharCode(unit)
      rest = scaled - rank
      share /= alphabet.length
    }
    return key
  }

  /** A key strictly inside the range, about `fraction` of the way, or undefined where this space knows none. */
  between({ from, to }: KeyRange, fraction = 0.5): string | undefined {
    const low = this.positionOf(from)
    const key = this.keyAt(low + (this.positionOf(to) - low) * fraction)
    return from < key && (to === undefined || key < to) ? key : undefined
  }

  /** Keys that cut the range into at most `parts` parts of equal share, in rising order. */
  cuts(range: KeyRange, parts: number): readonly string[] {
    const cuts = Array.from({ length: parts - 1 }, (_, index) => this.between(range, (index + 1) / parts))
    const found = cuts.filter((cut) => cut !== undefined)
    return found.filter((cut, index) => index === 0 || (found[index - 1] ?? '') < cut)
  }

  /**
   * The parts of the range whose first character after the prefix is not in the alphabet, the one behind its last character
   * included: nothing is known of them, and positions give them no room.
   */
  gaps({ from, to }: KeyRange): readonly KeyRange[] {
    const { prefix, alphabet } = this
    return alphabet
      .map((unit, index) => {
        const next = nextUnit(unit)
        const following = alphabet[index + 1]
        if (next === undefined || (following !== undefined && next >= following)) return undefined
        const end = following === undefined ? to : prefix + String.fromCharCode(following)
        return { from: prefix + String.fromCharCode(next), to: to !== undefined && (end ?? to) > to ? to : end }
      })
      .filter((gap) => gap !== undefined)
      .filter((gap) => gap.from > from && (gap.to === undefined || gap.from < gap.to))
  }
}

/** What all keys from one to the other, both included, begin with; never half a surrogate pair. */
export function commonPrefix(one: string, other: string): string {
  let length = 0
  while (length < one.length && length < other.length && one[length] === other[length]) length += 1
  return whole(one.slice(0, length))
}

/** The longest text known to begin all keys of a range. */
export function prefixOf({ from, to }: KeyRange): string {
  if (to === undefined) return ''
  const prefix = commonPrefix(from, to)
  const one = from.slice(0, prefix.length + 1)
  return one.length > prefix.length && behind(from, prefix.length) === to ? one : prefix
}

/** The least key that can be sent and sorts behind all that begin with the first `depth + 1` characters; undefined: none. */
export function behind(key: string, depth: number): string | undefined {
  const unit = key.charCodeAt(depth)
  const next = isSendable(unit) ? nextUnit(unit) : undefined
  const start = key.slice(0, depth)
  return next === undefined || whole(start) !== start ? undefined : start + String.fromCharCode(next)
}

/** How many characters of the alphabet sort before this one. */
function rankOf(alphabet: Alphabet, unit: number): number {
  let low = 0
  let high = alphabet.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((alphabet[middle] ?? 0) < unit) low = middle + 1
    else high = middle
  }
  return low
}

function nextUnit(unit: number): number | undefined {
  for (let next = unit + 1; next <= 0xfffd; next++) if (isSendable(next)) return next
  return undefined
}

const forbidden: ReadonlySet<number> = new Set(['/', '\\', '#', '?'].map((character) => character.charCodeAt(0)))

function isSendable(unit: number): boolean {
  const control = unit < 0x20 || (unit >= 0x7f && unit < 0xa0)
  return !control && !isSurrogate(unit) && unit <= 0xfffd && !forbidden.has(unit)
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

/** Without a first half of a pair at its end, whose second half was cut off. */
function whole(text: string): string {
  const last = text.charCodeAt(text.length - 1)
  return last >= 0xd800 && last <= 0xdbff ? text.slice(0, -1) : text
}
