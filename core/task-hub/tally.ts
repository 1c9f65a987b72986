import { entityName, entityState, isEntity } from './entity.ts'
import type { Counts, IdlePolicy, InFlight } from './evidence.ts'
import { isIgnored } from './ignore.ts'
import { progress, type InstanceRow } from './instance.ts'

export const mostExamples = 20

/** What a walk over the rows of a hub has counted so far; its size does not grow with the hub. */
export type Tally = {
  readonly counts: Record<Exclude<keyof Counts, 'queuedMessages' | 'leftoverTimers'>, number>
  /** In-flight orchestrations and busy entities; an entity's name is `@name`. */
  readonly byName: Map<string, number>
  readonly byVersion: Map<string, number>
  /** Oldest first, at most `mostExamples`. */
  readonly examples: InFlight[]
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
    byName: new Map(),
    byVersion: new Map(),
    examples: [],
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
    addInFlight(tally, row, row.name)
  }
}

function addEntity(tally: Tally, row: InstanceRow): void {
  const state = entityState(row)
  if (state === 'idle') {
    tally.counts.idleEntities += 1
  } else if (state === 'busy') {
    tally.counts.busyEntities += 1
    addInFlight(tally, row, entityName(row))
  } else {
    tally.unclearEntities.count += 1
    tally.unclearEntities.first ||= row.id
  }
}

function addInFlight(tally: Tally, row: InstanceRow, name: string): void {
  count(tally.byName, name)
  count(tally.byVersion, row.version)
  const { id: instanceId, version, createdAt } = row
  const example = { instanceId, name, version, status: row.status, ...(createdAt ? { createdAt } : {}) }
  const at = tally.examples.findIndex((other) => age(other) > age(example))
  if (at >= 0) tally.examples.splice(at, 0, example)
  else if (tally.examples.length < mostExamples) tally.examples.push(example)
  if (tally.examples.length > mostExamples) tally.examples.pop()
}

/** Rows without a CreatedTime come last: nothing says that they are old. */
function age(instance: InFlight): number {
  return instance.createdAt?.getTime() ?? Number.MAX_SAFE_INTEGER
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1)
}
