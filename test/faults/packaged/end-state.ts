// What a deployment left behind, without what differs each time: times, ids, ports, the account of the stage.
import type { DeploymentRecord, RecordedHub } from '../../../core/record/record.ts'
import type { Stage } from './stage.ts'
import { versionOf } from './start.ts'

export type EndState = Readonly<Record<string, string>>

/** Everything that must be the same however often the deployment was interrupted, by what it is called. */
export async function endStateOf(stage: Stage): Promise<EndState> {
  await stage.calm()
  const { app } = stage
  const record = await stage.readRecord()
  const parts = await stage.parts()
  const slots = app.slots.flatMap((slot) => [
    ...Object.entries(slot.settings).map(
      ([name, value]) =>
        [`${slot.name}: setting ${name}`, value.replaceAll(stage.account.seen, 'the connection string')] as const,
    ),
    [`${slot.name}: code`, versionOf(slot)] as const,
    [`${slot.name}: prepared for a swap`, slot.targetSwapSlot ?? 'no'] as const,
    [`${slot.name}: state`, slot.state] as const,
  ])
  return {
    ...Object.fromEntries(slots),
    'sticky settings': app.stickySettings.join(', '),
    'swaps that were made': String(stage.swaps()),
    'swaps that were accepted': String(stage.acceptedSwaps()),
    'parts of hubs': parts.join(', '),
    ...recordState(record),
  }
}

/** The first difference, in words; undefined where there is none. */
export function differenceOf(expected: EndState, found: EndState): string | undefined {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const [wanted, has] = [expected[name] ?? 'nothing', found[name] ?? 'nothing']
    if (wanted !== has) return `${name}: expected '${wanted}', found '${has}'`
  }
  return undefined
}

function recordState(record: DeploymentRecord | undefined): EndState {
  if (record === undefined) return { record: 'none' }
  const hubs = record.hubs.map((each) => [`record: hub ${each.hub.name}`, roles(each)] as const)
  return {
    'record: lock': record.lock === undefined ? 'free' : `held by ${record.lock.holder.run}`,
    ...Object.fromEntries(hubs),
  }
}

function roles({ previous, build, bornAt, productionSince, retiredAt, deletedAt }: RecordedHub): string {
  const times = { born: bornAt, 'in production': productionSince, retired: retiredAt, deleted: deletedAt }
  const set = Object.entries(times).flatMap(([role, at]) => (at === undefined ? [] : [role]))
  return `${set.join(', ')}; build ${build ?? 'unknown'}; after ${previous?.name ?? 'none'}`
}
