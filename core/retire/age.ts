import type { RecordedHub } from '../record/record.ts'

/** When a hub was last in use, and how that is known; neither set where it cannot be told. */
export type LastUse = {
  /** The newest of an instance, a lease or the hub's own beginning, as its storage shows it. */
  readonly lastActivity?: Date
  /** When its slot left it, or it began to serve, as the deployment record says. */
  readonly recordedAt?: Date
}

/** Undefined where the record does not know when; a time that cannot be read is not known. */
export function recordedAtOf({ retiredAt, productionSince }: RecordedHub): Date | undefined {
  const times = [retiredAt, productionSince].flatMap((text) => (text === undefined ? [] : [Date.parse(text)]))
  const known = times.filter(Number.isFinite)
  return known.length === 0 ? undefined : new Date(Math.max(...known))
}

/**
 * Which of two hubs is the newer one is told by the record, for what drains longest is not the newest; by storage where the
 * record does not know. One of which neither can be told counts as newest.
 */
export function newestFirst(left: LastUse, right: LastUse): number {
  return rank(right) - rank(left)
}

function rank({ recordedAt, lastActivity }: LastUse): number {
  return (recordedAt ?? lastActivity)?.getTime() ?? Number.MAX_SAFE_INTEGER
}

/**
 * Why a hub is too young, or undefined. Its age counts from the newer of the two, so that no record makes a hub look older
 * than its storage shows. A hub of which neither can be told has no age to speak of.
 */
export function tooYoung({ lastActivity, recordedAt }: LastUse, now: Date, minimumAgeMs: number): string | undefined {
  if (minimumAgeMs === 0) return undefined
  const known = [lastActivity, recordedAt].flatMap((each) => each?.getTime() ?? [])
  if (known.length === 0) return 'when it was last active cannot be told, and minimumAgeInHours asks for it'
  const newest = Math.max(...known)
  const ageMs = now.getTime() - newest
  if (ageMs >= minimumAgeMs) return undefined
  const what = lastActivity?.getTime() === newest ? 'was last active' : 'was retired or taken into production'
  const hours = Math.max(0, ageMs / 3_600_000).toFixed(1)
  return `it ${what} ${hours} hours ago, and minimumAgeInHours is ${minimumAgeMs / 3_600_000}`
}
