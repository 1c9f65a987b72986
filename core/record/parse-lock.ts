import { isObject } from '../json.ts'
import type { DeploymentLock, RunIdentity } from './record.ts'

/** How often the lock was taken, and who holds it, as they are stored. */
type StoredLock = { readonly generation?: number; readonly lock?: DeploymentLock }

/** Undefined where it is not understood: nobody may take what somebody may hold. */
export function parseStoredLock(record: Readonly<Record<string, unknown>>): StoredLock | undefined {
  const { generation, lock } = record
  if (generation === undefined) return lock === undefined ? {} : undefined
  if (typeof generation !== 'number' || !Number.isSafeInteger(generation) || generation < 1) return undefined
  if (lock === undefined) return { generation }
  const parsed = parseLock(lock)
  return parsed && { generation, lock: parsed }
}

/** Who ran, as it is stored; undefined where it is not understood. */
export function parseRun(value: unknown): RunIdentity | undefined {
  if (!isObject(value)) return undefined
  const { id, run, project, link } = value
  if (typeof run !== 'string' || typeof project !== 'string' || typeof link !== 'string') return undefined
  if (id !== undefined && typeof id !== 'string') return undefined
  return { ...(id === undefined ? {} : { id }), run, project, link }
}

function parseLock(value: unknown): DeploymentLock | undefined {
  if (!isObject(value)) return undefined
  const { claim, since, until, kept } = value
  const holder = parseRun(value['holder'])
  if (!holder || typeof claim !== 'string' || claim === '' || !isTime(since) || !isTime(until)) return undefined
  if (kept !== undefined && kept !== true) return undefined
  const lock = { holder, claim, since, until, ...(kept === true && { kept: true as const }) }
  if (value['changing'] === undefined) return lock
  const changing = parseChange(value['changing'])
  return changing && { ...lock, changing }
}

function parseChange(value: unknown): DeploymentLock['changing'] | undefined {
  if (!isObject(value)) return undefined
  const { what, at } = value
  return typeof what === 'string' && isTime(at) ? { what, at } : undefined
}

/** As this extension writes it, in UTC; anything looser could be read as another moment. */
function isTime(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value) &&
    Number.isFinite(Date.parse(value))
  )
}
