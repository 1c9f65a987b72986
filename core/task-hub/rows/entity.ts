import { fieldsOf, parseJson } from '../../json.ts'
import { progress, type InstanceRow } from './instance.ts'

export type EntityState = 'idle' | 'busy' | 'unclear'

/**
 * A durable entity, as against an orchestration with an odd id: the id is `@name@key` and the row's Name is that id too, or
 * empty. Compared without case: a function's name cannot begin with `@`, so nothing else can look like it.
 */
export function isEntity(row: InstanceRow): boolean {
  return /^@[^@]+@/.test(row.id) && (row.name === '' || row.name.toLowerCase() === row.id.toLowerCase())
}

/** `@counter` of `@counter@key`. */
export function entityName(row: InstanceRow): string {
  return /^@[^@]+/.exec(row.id)?.[0] ?? row.id
}

/**
 * Whether an entity has work, by its CustomStatus (DT StateFormat/EntityStatus.cs: default values are left out). Its
 * RuntimeStatus stays Running for ever, so that any other one is work not yet understood: busy.
 *
 * No CustomStatus, or the text `null`, is idle: the library reads it as an entity without state (DT
 * ClientEntityHelpers.GetEntityStatus), and an operation that waits for the entity or runs in it keeps its message in a
 * control queue, which is looked at on its own.
 */
export function entityState(row: InstanceRow): EntityState {
  if (progress(row) !== 'running') return 'busy'
  if (row.customStatus === undefined || row.customStatus.trim() === '') return 'idle'
  // Undefined where the text is no JSON, as the `Internal Error: …` of the in-process extension.
  const status = parseJson(row.customStatus)
  if (status === null) return 'idle'
  const fields = fieldsOf(status)
  if (!fields) return 'unclear'
  const queueSize = fields.get('queuesize') ?? 0
  const lockedBy = fields.get('lockedby') ?? ''
  if (!Number.isInteger(queueSize) || (queueSize as number) < 0 || typeof lockedBy !== 'string') return 'unclear'
  const working = (fields.get('currentoperation') ?? null) !== null
  return queueSize === 0 && lockedBy === '' && !working ? 'idle' : 'busy'
}
