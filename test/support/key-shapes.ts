// Instance ids as apps make them, by a seed.
export type Random = () => number

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const keyShapes = {
  'random ids': (count, random) => distinct(count, () => hex(32, random)),
  'serial ids under one long beginning': (count) =>
    Array.from({ length: count }, (_, index) => `order-2026-11-21-${String(index).padStart(9, '0')}`),
  'nine of ten ids in one crowd': (count, random) => [
    ...Array.from(
      { length: Math.floor(count * 0.9) },
      (_, index) => `order-2026-11-21-${String(index).padStart(9, '0')}`,
    ),
    ...distinct(count - Math.floor(count * 0.9), () => (random() < 0.5 ? hex(32, random) : word(random))),
  ],
  'a crowd in the middle of random ids': (count, random) => [
    ...distinct(Math.floor(count * 0.7), () => `8f3a-${hex(3, random)}-${hex(8, random)}`),
    ...distinct(count - Math.floor(count * 0.7), () => hex(32, random)),
  ],
  'parents with sub-orchestrations': (count, random) => {
    const parents = distinct(Math.ceil(count / 20), () => hex(32, random))
    return Array.from({ length: count }, (_, index) => {
      const child = Math.floor(index / parents.length)
      return `${parents[index % parents.length] ?? ''}${child === 0 ? '' : `:${String(child).padStart(4, '0')}`}`
    })
  },
  'words of many scripts': (count, random) => distinct(count, () => script(random)),
} as const satisfies Record<string, (count: number, random: Random) => string[]>

function distinct(count: number, make: () => string): string[] {
  const made = new Set<string>()
  while (made.size < count) made.add(make())
  return [...made]
}

function hex(length: number, random: Random): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')
}

function word(random: Random): string {
  return `${['Widget', 'invoice', '@counter@', 'Mail_', "o'clock"][Math.floor(random() * 5)] ?? ''}${hex(6, random)}`
}

const letters = Array.from('aébцжñ漢字かなΩ한글😀🚀-z')

function script(random: Random): string {
  return Array.from(
    { length: 4 + Math.floor(random() * 6) },
    () => letters[Math.floor(random() * letters.length)],
  ).join('')
}
