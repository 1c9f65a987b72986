// Whether anything was created or updated between two looks, told without keeping the rows: a count and a sum that does not
// depend on the order in which rows come.
import type { InstanceRow } from '../rows/instance.ts'
import { fnv1a } from '../rows/partition.ts'

/** The rows written at or after `since`, by the table's own Timestamp, which its server sets on every write. */
export type ChangeMark = {
  readonly since: Date
  readonly rows: number
  readonly sums: readonly [number, number]
  /** The row written last, for people. */
  readonly last?: InstanceRow
}

export function noChanges(since: Date): ChangeMark {
  return { since, rows: 0, sums: [0, 0] }
}

/** The mark with one row more, where the row was written at or after `since` or does not say when. */
export function withRow(mark: ChangeMark, row: InstanceRow): ChangeMark {
  const { key, writtenAt } = row
  if (writtenAt !== undefined && new Date(writtenAt) < mark.since) return mark
  const moment = writtenAt ?? ''
  // The same hash of the same parts the other way round: one that went on from the first would tell nothing more.
  const [left, right] = [fnv1a(`${moment} ${key}`), fnv1a(`${key} ${moment}`)]
  const sums = [(mark.sums[0] + left) >>> 0, (mark.sums[1] + right) >>> 0] as const
  const isLast = moment >= (mark.last?.writtenAt ?? '')
  return { ...mark, rows: mark.rows + 1, sums, ...(isLast ? { last: row } : {}) }
}

/** Whether two looks asked for the same `since` and saw the same rows, each written at the same moment. */
export function sameMark(one: ChangeMark, two: ChangeMark): boolean {
  const sameSince = one.since.getTime() === two.since.getTime()
  return sameSince && one.rows === two.rows && one.sums[0] === two.sums[0] && one.sums[1] === two.sums[1]
}
