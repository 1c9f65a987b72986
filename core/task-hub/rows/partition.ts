const offsetBasis = 0x811c9dc5
const prime = 0x01000193

/** FNV-1a, 32 bit, of the UTF-8 bytes (DT Fnv1aHashHelper.cs); a lone surrogate becomes U+FFFD, in .NET as here. */
export function fnv1a(text: string): number {
  let hash = offsetBasis
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, prime)
  return hash >>> 0
}

/**
 * The number of the control queue that gets every message of an instance
 * (DT AzureStorageOrchestrationService.cs: ComputeHash(instanceId) % PartitionCount).
 */
export function partitionOf(instanceId: string, partitionCount: number): number {
  return fnv1a(instanceId) % partitionCount
}
