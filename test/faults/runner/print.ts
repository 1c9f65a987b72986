import type { Failure } from './messages.ts'
import type { Played } from './play-suite.ts'
import type { RunOptions } from './options.ts'
import { replayCommand } from './options.ts'

/** Of the cases that were played this share may be not reached, in whole cases: one of ten, none of fewer. */
const mostNotReached = 0.05
/** So many of them are told. */
const toldNotReached = 5

export function isWell(played: Played): boolean {
  return played.failures.length === 0 && played.broken.length === 0 && !isMostlyMissed(played)
}

/** A suite whose cases do not come to what they are about shows nothing, however green they are. */
function isMostlyMissed({ notReached, played }: Played): boolean {
  return notReached.length > Math.round(mostNotReached * played)
}

/** What went wrong in a case, and the command that plays it again. */
export function failureLines(suite: string, { index, because }: Failure, options: RunOptions): string[] {
  return [`FAILED ${suite} case ${index}: ${because}`, `       again: ${replayCommand(suite, index, options)}`]
}

/** What was wrong with a suite beside its failed cases, which are told when they fail. */
export function suiteLines(played: Played, options: RunOptions): string[] {
  const { suite, notReached, broken } = played
  const lines = broken.map((because) => `FAILED ${suite}: ${because}`)
  if (notReached.length === 0) return lines
  const word = isMostlyMissed(played) ? 'FAILED' : 'note  '
  lines.push(`${word} ${suite}: ${notReached.length} of ${played.played} cases did not reach what they are about`)
  for (const { index, because } of notReached.slice(0, toldNotReached)) {
    lines.push(`       case ${index}: ${because}`, `       again: ${replayCommand(suite, index, options)}`)
  }
  return lines
}

/** The table at the end: one row a suite. */
export function tableLines(all: readonly Played[]): string[] {
  const rows = all.map((played) => [
    played.suite,
    played.shows,
    played.played === played.cases ? String(played.cases) : `${played.played} of ${played.cases}`,
    played.broken.length > 0 ? 'broken' : String(played.failures.length),
    String(played.notReached.length),
    played.seconds.toFixed(0),
    Object.entries(played.figures)
      .map(([name, value]) => `${name}: ${Number.isInteger(value) ? value : value.toFixed(1)}`)
      .join(', '),
  ])
  const table = [['suite', 'what it shows', 'cases', 'failed', 'not reached', 'seconds', 'figures'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  return table.map((row) =>
    row
      .map((cell, column) =>
        column >= 2 && column <= 5 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}
