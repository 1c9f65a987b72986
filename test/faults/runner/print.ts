import type { Failure } from './messages.ts'
import type { Played } from './play-suite.ts'
import type { RunOptions } from './options.ts'
import { replayCommand } from './options.ts'

export function isWell({ failures, broken }: Played): boolean {
  return failures.length === 0 && broken.length === 0
}

/** What went wrong in a case, and the command that plays it again. */
export function failureLines(suite: string, { index, because }: Failure, options: RunOptions): string[] {
  return [`FAILED ${suite} case ${index}: ${because}`, `       again: ${replayCommand(suite, index, options)}`]
}

/** The table at the end: one row a suite. */
export function tableLines(all: readonly Played[]): string[] {
  const rows = all.map((played) => [
    played.suite,
    played.shows,
    played.played === played.cases ? String(played.cases) : `${played.played} of ${played.cases}`,
    played.broken.length > 0 ? 'broken' : String(played.failures.length),
    played.seconds.toFixed(0),
    Object.entries(played.figures)
      .map(([name, value]) => `${name}: ${Number.isInteger(value) ? value : value.toFixed(1)}`)
      .join(', '),
  ])
  const table = [['suite', 'what it shows', 'cases', 'failed', 'seconds', 'figures'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  return table.map((row) =>
    row
      .map((cell, column) =>
        column >= 2 && column <= 4 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}
