// Compares what our look says of a hub with what is expected of it.
import { systemClock } from '../../core/azure/clock.ts'
import { openTaskHubs } from '../../core/azure/storage/task-hubs.ts'
import { referenceFromConnectionString } from '../../core/function-app/storage-reference.ts'
import { noAccount } from '../../core/task-hub/account/account.ts'
import type { Counts, Evidence } from '../../core/task-hub/idle-proof/evidence.ts'
import { strictPolicy } from '../../core/task-hub/idle-proof/policy.ts'
import type { HubName } from '../../core/task-hub/name.ts'
import type { ExpectedOfHub } from './recording.ts'

/** What is not as expected, a clause each; nothing where all is. */
export async function differences(
  connectionString: string,
  expected: ExpectedOfHub,
  tracking: string | undefined,
): Promise<readonly string[]> {
  const { hub, verdict, counts = {}, ids = [], versions, live } = expected
  const signal = AbortSignal.timeout(60_000)
  const hubs = open(connectionString, tracking)
  const evidence = await hubs.look(hub as HubName, strictPolicy, signal, { account: noAccount })
  const said = `(${evidence.because})`
  const different = [
    ...(evidence.verdict === verdict ? [] : [`'${hub}' is ${evidence.verdict} ${said}, expected ${verdict}`]),
    ...(verdict === 'unknown'
      ? []
      : otherCounts(evidence.counts, counts).map((clause) => `'${hub}': ${clause} ${said}`)),
    ...ids
      .filter((id) => !evidence.examples.some(({ instanceId }) => instanceId === id))
      .map((id) => `'${hub}': instance '${id}' is not among the examples`),
    ...otherDetails(evidence, expected).map((clause) => `'${hub}': ${clause}`),
    ...(versions === undefined || same(versions, evidence.inFlightByVersion)
      ? []
      : [`'${hub}': versions ${JSON.stringify(evidence.inFlightByVersion)}, expected ${JSON.stringify(versions)}`]),
  ]
  if (live === undefined) return different
  const leases = await hubs.liveLeases(hub as HubName, signal)
  return leases.length > 0 === live ? different : [...different, `'${hub}' has ${leases.length} live leases`]
}

/** What the look says of messages and of what instances wait for, where something is expected of it. */
function otherDetails({ detail, account }: Evidence, expected: ExpectedOfHub): string[] {
  const { queued, scheduled, waits = {}, continued = 0 } = expected
  const found = detail && { ...detail.queued.kinds, activities: detail.queued.activities, hidden: detail.queued.hidden }
  const kinds = Object.keys(found ?? {}) as (keyof NonNullable<typeof found>)[]
  return [
    ...(queued === undefined ? [] : kinds)
      .filter((kind) => found?.[kind] !== (queued?.[kind] ?? 0))
      .map((kind) => `queued ${kind} is ${found?.[kind]}, expected ${queued?.[kind] ?? 0}`),
    ...(scheduled === undefined || detail?.scheduled === scheduled ? [] : [`${detail?.scheduled} are scheduled`]),
    ...((account?.continued ?? 0) === continued ? [] : [`${account?.continued} have continued as new`]),
    ...Object.entries(waits)
      .filter(([name, clause]) => account?.lines.find((line) => line.name === name)?.waitsFor.includes(clause) !== true)
      .map(([name, clause]) => `'${name}' is not told to wait for '${clause}': ${JSON.stringify(account?.lines)}`),
  ]
}

function open(connectionString: string, prefix: string | undefined) {
  const reference = referenceFromConnectionString(connectionString)
  if (reference.kind !== 'connectionString') throw new Error('The connection string cannot be read.')
  const access = { transport: { userAgent: 'test', proxyFor: () => undefined }, clock: systemClock, onSecret: () => {} }
  return openTaskHubs(reference, access, prefix === undefined ? undefined : { reference, prefix })
}

function otherCounts(counts: Counts, expected: Partial<Counts>): string[] {
  return (Object.keys(counts) as (keyof Counts)[])
    .filter((name) => counts[name] !== (expected[name] ?? 0))
    .map((name) => `${name} is ${counts[name]}, expected ${expected[name] ?? 0}`)
}

function same(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): boolean {
  const listed = (record: Readonly<Record<string, number>>) => JSON.stringify(Object.entries(record).sort())
  return listed(one) === listed(other)
}
