import type { LockWanted } from '../lock/wanted.ts'
import type { Inputs } from './read-inputs.ts'

const minuteMs = 60_000
const reason = { pattern: /^.{1,300}$/, rule: 'a reason in one line of at most 300 characters' }

/** `keepLock` and `release` are inputs of the tasks that say so. */
type LockInputs = {
  /** Not set: the task has no input keepLock, and keeps nothing. */
  readonly keepLock?: boolean
  readonly release: boolean
}

/** The inputs of group "Deployment lock". */
export function readLock(inputs: Inputs, { keepLock, release }: LockInputs): LockWanted {
  const take = inputs.boolean('lock', true)
  const takeOver = inputs.text('takeOver', reason)
  const given = release ? inputs.text('release', reason) : undefined
  for (const [name, text] of Object.entries({ takeOver, release: given })) {
    if (!take && text !== undefined) {
      inputs.problem(
        name,
        "was given, and input 'lock' is 'false', so that no lock is looked at. Leave one of the two out.",
      )
    }
  }
  return {
    take,
    keep: keepLock === undefined ? false : inputs.boolean('keepLock', keepLock),
    forMs: minuteMs * inputs.wholeNumber('lockInMinutes', { min: 15, max: 1440, fallback: 120 }),
    waitMs: minuteMs * inputs.wholeNumber('waitForLockInMinutes', { min: 0, max: 1440, fallback: 0 }),
    ...(takeOver === undefined ? {} : { takeOver }),
    ...(given === undefined ? {} : { release: given }),
  }
}
