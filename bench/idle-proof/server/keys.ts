import { hash, hex } from './random.ts'

/**
 * How the instance ids of a hub lie in the key space:
 * - `uniform`: 32 hexadecimal digits, what the library makes up where the starter names none;
 * - `serial`: 90 % under one long prefix with a serial number, the rest uuids and words;
 * - `children`: 90 % are sub-orchestrations of twenty parents, `<parent>:<four hexadecimal digits>` (the library's own form,
 *   DT Core/TaskOrchestrationContext.cs), the rest uuids and words.
 */
export type KeyShape = 'uniform' | 'serial' | 'children'

export const keyShapes: readonly KeyShape[] = ['uniform', 'serial', 'children']

/** `size` different instance ids in the order of the service: ordinal, by UTF-16 code unit. */
export function makeKeys(shape: KeyShape, size: number, seed: number): string[] {
  const keys = new Set<string>()
  for (let at = 0; keys.size < size; at++) keys.add(keyOf(shape, size, seed, at))
  return [...keys].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0))
}

function keyOf(shape: KeyShape, size: number, seed: number, at: number): string {
  if (shape === 'uniform') return hex(seed, at, 1, 4)
  if (at >= size * 0.9) return oddKey(seed, at)
  if (shape === 'serial') return `order-2026-11-21-${String(at).padStart(9, '0')}`
  const day = String((at % parents) + 1).padStart(2, '0')
  return `nightly-import-2026-11-${day}:${Math.floor(at / parents)
    .toString(16)
    .padStart(4, '0')}`
}

const parents = 20
const words = ['customer-import', 'invoice', 'stock-check', 'Payment', 'approval', 'mail', 'zip-code-lookup', 'Order']

function oddKey(seed: number, at: number): string {
  const digits = hex(seed, at, 2, 4)
  if (hash(seed, at, 3) % 3 > 0) {
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
  return `${words[hash(seed, at, 4) % words.length] ?? ''}-${digits.slice(0, 9)}`
}
