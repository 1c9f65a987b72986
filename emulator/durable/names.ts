/** Names of the parts of a task hub, and where an instance's messages and rows go. */

/** Tables keep the hub's case, queues and containers are lower case (DT AzureStorageOrchestrationService.cs:201-231). */
export type HubNames = {
  readonly hub: string
  readonly instances: string
  readonly history: string
  readonly partitions: string
  readonly workItems: string
  readonly leases: string
  readonly appLease: string
  readonly appLeaseInfo: string
  readonly largeMessages: string
  control(partition: number): string
}

export function namesOf(hub: string): HubNames {
  const lower = hub.toLowerCase()
  return {
    hub,
    instances: `${hub}Instances`,
    history: `${hub}History`,
    partitions: `${hub}Partitions`,
    workItems: `${lower}-workitems`,
    leases: `${lower}-leases`,
    appLease: `${lower}-applease`,
    appLeaseInfo: `${lower}-appleaseinfo`,
    largeMessages: `${lower}-largemessages`,
    control: (partition) => `${lower}-control-${String(partition).padStart(2, '0')}`,
  }
}

/** FNV-1a, 32 bit, over UTF-8 (DT Fnv1aHashHelper.cs). */
export function fnv1a(text: string): number {
  let hash = 2166136261
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 16777619) >>> 0
  return hash
}

/** The partition of an instance; a client uses its own partition count (DT AzureStorageOrchestrationService.cs:2153). */
export function partitionOf(instanceId: string, partitionCount: number): number {
  return fnv1a(instanceId) % partitionCount
}

const escapes: Readonly<Record<string, string>> = { '^': '^^', '/': '^0', '\\': '^1', '#': '^2', '?': '^3' }
const shift = 0xc0

/** The PartitionKey of an instance id (DT Tracking/KeySanitation.cs). */
export function escapeKey(instanceId: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what the rule is about
  return instanceId.replace(/[\^/\\#?\u0000-\u001f\u007f-\u009f]/g, (char) => {
    return escapes[char] ?? `^${String.fromCharCode(shift + char.charCodeAt(0))}`
  })
}

export function unescapeKey(key: string): string {
  return key.replace(/\^([\s\S])/g, (_, char: string) => {
    const plain = Object.keys(escapes).find((name) => escapes[name] === `^${char}`)
    return plain ?? String.fromCharCode(char.charCodeAt(0) - shift)
  })
}

/** Doubles the quotes of an OData string literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** An entity's instance id: `@name@key`, name in lower case (DT Core/Common/Entities.cs:30). */
export function entityIdOf(name: string, key: string): string {
  return `@${name.toLowerCase()}@${key}`
}

/** Name and key of an entity's instance id, undefined for an orchestration's. */
export function parseEntityId(instanceId: string): { name: string; key: string } | undefined {
  const match = /^@([^@]+)@([\s\S]*)$/.exec(instanceId)
  return match?.[1] === undefined ? undefined : { name: match[1], key: match[2] ?? '' }
}
