import type { IgnorePattern } from './policy.ts'
import type { InstanceRow } from '../rows/instance.ts'

/**
 * Whether an instance is left out on purpose. Names of functions compare without case, as the Functions host compares them;
 * instance ids are exact, because storage keeps `A` and `a` apart.
 */
export function isIgnored(row: InstanceRow, patterns: readonly IgnorePattern[]): boolean {
  return patterns.some(({ field, pattern }) =>
    field === 'id' ? matches(row.id, pattern) : matches(row.name.toLowerCase(), pattern.toLowerCase()),
  )
}

/** `*` stands for any run of characters. Linear in the text, whatever the pattern. */
function matches(value: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return value === first
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false
  const end = value.length - last.length
  let at = first.length
  for (const piece of rest) {
    const found = value.indexOf(piece, at)
    if (found < 0 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}
