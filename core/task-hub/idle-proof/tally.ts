import { entityName, entityState, isEntity } from '../rows/entity.ts'
import type { Counts } from './evidence.ts'
import type { IdlePolicy } from './policy.ts'
import { inFlightName } from './in-flight.ts'
import { isIgnored } from './ignore.ts'
import { progress, type InstanceRow } from '../rows/instance.ts'

export const mostExamples = 20
/** Names and versions that are told apart; what is beyond is in the counts alone. */
const mostGroups = 200

/** The instances of one name and version that are in flight. */
export type Group = {
  readonly name: string
  readonly version: string
  count: number
  /** The one created first. */
  oldest: InstanceRow
}

/** What a walk over the rows of a hub has counted so far; its size does not grow with the hub. */
export type Tally = {
  readonly counts: Record<Exclude<keyof Counts, 'queuedMessages' | 'leftoverTimers'>, number>
  /** Of the pending ones, those that were put off to a time. */
  scheduled: number
  /** Of the running ones, those whose status says that they continued as new. */
  continued: number
  /** By name and version. */
  readonly groups: Map<string, Group>
  /** In-flight orchestrations and busy entities; an entity's name is `@name`. */
  readonly byName: Map<string, number>
  readonly byVersion: Map<string, number>
  /** Those in flight, oldest first, at most `mostExamples`. */
  readonly oldest: InstanceRow[]
  readonly ignoredByName: Map<string, number>
  /** Entities whose CustomStatus could not be understood: how many, and the first one's id. */
  unclearEntities: { count: number; first: string }
  /** Rows of a shared tracking store that name no task hub, so that nobody can say whose they are. */
  ownerless: number
  /** Rows that History proves ended although they are not marked so: the first one's id. */
  firstFinished: string
}

export function newTally(): Tally {
  const counts = {
    running: 0,
    pending: 0,
    suspended: 0,
    unclear: 0,
    busyEntities: 0,
    idleEntities: 0,
    finishedButNotMarked: 0,
    ignored: 0,
  }
  return {
    counts,
    scheduled: 0,
    continued: 0,
    groups: new Map(),
    byName: new Map(),
    byVersion: new Map(),
    oldest: [],
    ignoredByName: new Map(),
    unclearEntities: { count: 0, first: '' },
    firstFinished: '',
    ownerless: 0,
  }
}

/** Whether it is worth asking History about the row: an orchestration that looks unfinished and is not ignored. */
export function wantsHistory(row: InstanceRow, policy: IdlePolicy): boolean {
  return progress(row) !== 'ended' && !isEntity(row) && !isIgnored(row, policy.ignoreInstances)
}

/** Whether the row is work, or an entity that is to be taken for it; `ended` is what History proved of the row. */
export function blocks(row: InstanceRow, policy: IdlePolicy, ended: boolean): boolean {
  if (progress(row) === 'ended' || isIgnored(row, policy.ignoreInstances)) return false
  if (!isEntity(row)) return !ended
  const state = entityState(row)
  return (state === 'busy' && policy.entityPolicy !== 'ignore') || (state === 'idle' && policy.entityPolicy === 'block')
}

/** Adds one row. `ended` is what History proved of it; false where History was not asked. */
export function addRow(tally: Tally, row: InstanceRow, policy: IdlePolicy, ended: boolean): void {
  const { counts } = tally
  const step = progress(row)
  if (step === 'ended') return
  if (isIgnored(row, policy.ignoreInstances)) {
    counts.ignored += 1
    count(tally.ignoredByName, isEntity(row) ? entityName(row) : row.name)
  } else if (isEntity(row)) {
    addEntity(tally, row)
  } else if (ended) {
    counts.finishedButNotMarked += 1
    tally.firstFinished ||= row.id
  } else {
    counts[step] += 1
    if (step === 'pending' && row.scheduledAt) tally.scheduled += 1
    if (row.status === 'ContinuedAsNew') tally.continued += 1
    addInFlight(tally, row)
  }
}

function addEntity(tally: Tally, row: InstanceRow): void {
  const state = entityState(row)
  if (state === 'idle') {
    tally.counts.idleEntities += 1
  } else if (state === 'busy') {
    tally.counts.busyEntities += 1
    addInFlight(tally, row)
  } else {
    tally.unclearEntities.count += 1
    tally.unclearEntities.first ||= row.id
  }
}

function addInFlight(tally: Tally, row: InstanceRow): void {
  const name = inFlightName(row)
  count(tally.byName, name)
  count(tally.byVersion, row.version)
  addToGroup(tally, row)
  const { oldest } = tally
  const at = oldest.findIndex((other) => isOlder(row, other))
  if (at >= 0) oldest.splice(at, 0, row)
  else if (oldest.length < mostExamples) oldest.push(row)
  if (oldest.length > mostExamples) oldest.pop()
}

export function groupKey(row: InstanceRow): string {
  return JSON.stringify([inFlightName(row), row.version])
}

function addToGroup({ groups }: Tally, row: InstanceRow): void {
  const key = groupKey(row)
  const group = groups.get(key)
  if (group) {
    group.count += 1
    if (isOlder(row, group.oldest)) group.oldest = row
  } else if (groups.size < mostGroups) {
    groups.set(key, { name: inFlightName(row), version: row.version, count: 1, oldest: row })
  }
}

/** Rows without a CreatedTime come last: nothing says that they are old. The key decides a tie, whatever the order of rows. */
function isOlder(one: InstanceRow, other: InstanceRow): boolean {
  const [left, right] = [one.createdAt?.getTime() ?? Infinity, other.createdAt?.getTime() ?? Infinity]
  return left < right || (left === right && one.key < other.key)
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1)
}
