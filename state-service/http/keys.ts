import type { Caller, Scope } from './api.ts'

/** A key that the settings know, by itself or by the SHA-256 of it (64 hexadecimal digits). */
export type ServiceKey = { readonly name: string; readonly scopes: readonly Scope[] } & (
  { readonly key: string } | { readonly sha256: string }
)

/** Of the machine. `sameBytes` takes as long for two that differ in the first byte as for equal ones. */
export type Hashing = {
  readonly sha256: (text: string) => Uint8Array
  readonly sameBytes: (one: Uint8Array, other: Uint8Array) => boolean
}

/**
 * Whose key it is; undefined where it is nobody's. Digests are compared, each of them and to the end, so that how long it
 * takes tells nothing of how near a key came.
 */
export function keyRing(
  keys: readonly ServiceKey[],
  { sha256, sameBytes }: Hashing,
): (key: string) => Caller | undefined {
  const ring = keys.map((each) => ({
    caller: { name: `key '${each.name}'`, scopes: each.scopes },
    digest: 'key' in each ? sha256(each.key) : bytesOf(each.sha256),
  }))
  return (key) => {
    const digest = sha256(key)
    let found: Caller | undefined
    for (const each of ring) {
      if (sameBytes(each.digest, digest)) found = each.caller
    }
    return found
  }
}

function bytesOf(hexadecimal: string): Uint8Array {
  return Uint8Array.from(hexadecimal.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
