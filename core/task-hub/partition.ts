const offsetBasis = 0x811c9dc5
const prime = 0x01000193

/** FNV-1a, 32 bit, of the UTF-8 bytes (DT Fnv1aHashHelper.cs). */
export function fnv1a(text: string): number {
  let hash = offsetBasis
  for (const byte of utf8(text)) hash = Math.imul(hash ^ byte, prime)
  return hash >>> 0
}

/**
 * The number of the control queue that gets every message of an instance
 * (DT AzureStorageOrchestrationService.cs: ComputeHash(instanceId) % PartitionCount).
 */
export function partitionOf(instanceId: string, partitionCount: number): number {
  return fnv1a(instanceId) % partitionCount
}

/** A lone surrogate becomes U+FFFD, as .NET's Encoding.UTF8 does it. */
function* utf8(text: string): Generator<number> {
  for (const character of text.replace(/\p{Cs}/gu, '\ufffd')) {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x80) {
      yield code
    } else if (code < 0x800) {
      yield 0xc0 | (code >> 6)
      yield 0x80 | (code & 0x3f)
    } else if (code < 0x10000) {
      yield 0xe0 | (code >> 12)
      yield 0x80 | ((code >> 6) & 0x3f)
      yield 0x80 | (code & 0x3f)
    } else {
      yield 0xf0 | (code >> 18)
      yield 0x80 | ((code >> 12) & 0x3f)
      yield 0x80 | ((code >> 6) & 0x3f)
      yield 0x80 | (code & 0x3f)
    }
  }
}
