/** A number from 0 to 2^32-1 that depends on nothing but its arguments (murmur3's finaliser): rows can be made in any order. */
export function hash(seed: number, index: number, salt = 0): number {
  let mixed = Math.imul(index ^ Math.imul(seed + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(salt + 1, 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

const bytes = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'))

/** Hexadecimal digits, 8 for each word asked for. */
export function hex(seed: number, index: number, salt: number, words: number): string {
  let text = ''
  for (let word = 0; word < words; word++) {
    const value = hash(seed, index, salt * 8 + word)
    for (const shift of [24, 16, 8, 0]) text += bytes[(value >>> shift) & 255] ?? ''
  }
  return text
}

/** Sorted, without repeats: `count` of the numbers below `size`, or all of them. */
export function pick(count: number, size: number, seed: number): number[] {
  const picked = new Set<number>()
  for (let at = 0; picked.size < Math.min(count, size); at++) picked.add(hash(seed, at, 77) % size)
  return [...picked].sort((left, right) => left - right)
}
