import type { ReceivedRun } from './receiver.ts'
import { itemsPerRun } from './scale.ts'

/** One swap, and the runs that began from the end of the repetition before to the end of this one. */
export type Repetition = {
  readonly lane: string
  /** By the clock of `performance.now()`. */
  readonly from: number
  readonly swapAt: number
  readonly overAt: number
  readonly until: number
}

export type Judged = Repetition & {
  readonly runs: number
  readonly missing: number
  /** Items that arrived more often than once. */
  readonly doubled: number
  /** Requests beyond the first for an item, whatever became of them. */
  readonly sentAgain: number
  /** Occurrences of the timer that no version ran, that both ran, and runs that began after a later occurrence was due. */
  readonly skipped: number
  readonly both: number
  readonly late: number
}

/** Judges one repetition by what was received of its lane. */
export function judge(repetition: Repetition, received: readonly ReceivedRun[]): Judged {
  const own = received.filter(({ beganAt }) => beganAt >= repetition.from && beganAt < repetition.until)
  const numbers = own.map(({ run }) => run)
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)]
  const versionsOf = (run: number) => new Set(received.filter((each) => each.run === run).map(({ version }) => version))
  const occurrences = own.length === 0 ? [] : Array.from({ length: last - first + 1 }, (_, at) => first + at)
  return {
    ...repetition,
    runs: own.length,
    missing: sum(own, ({ taken }) => itemsPerRun - taken.size),
    doubled: sum(own, ({ taken }) => sum([...taken.values()], (times) => (times > 1 ? 1 : 0))),
    sentAgain: sum(own, ({ sends }) => sum([...sends.values()], (times) => times - 1)),
    skipped: occurrences.filter((run) => versionsOf(run).size === 0).length,
    both: occurrences.filter((run) => versionsOf(run).size > 1).length,
    late: own.filter(({ isLate }) => isLate).length,
  }
}

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
