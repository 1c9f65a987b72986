import type { Judged } from './judge.ts'
import { sum } from './judge.ts'
import type { Method, MethodName } from './methods.ts'
import { secondMs } from './scale.ts'

/** All repetitions of one method. */
export type Figures = {
  readonly method: MethodName
  readonly title: string
  readonly conditional: boolean
  readonly repetitions: number
  /** False: an app stood still, so that fewer swaps were judged than were asked for. */
  readonly isWhole: boolean
  readonly runs: number
  readonly missing: number
  readonly doubled: number
  readonly sentAgain: number
  /** Repetitions in which an item was missing, doubled, either. */
  readonly withMissing: number
  readonly withDoubled: number
  readonly withAny: number
  readonly skipped: number
  readonly both: number
  readonly late: number
  /** Mean, from the wish for the new version until the swap is over. */
  readonly takeOverMs: number
}

export function figuresOf(method: Method, judged: readonly Judged[]): Figures {
  const count = (of: (each: Judged) => boolean) => judged.filter(of).length
  return {
    method: method.name,
    title: method.title,
    conditional: method.conditional === true,
    repetitions: judged.length,
    isWhole: judged.length > 0,
    runs: sum(judged, ({ runs }) => runs),
    missing: sum(judged, ({ missing }) => missing),
    doubled: sum(judged, ({ doubled }) => doubled),
    sentAgain: sum(judged, ({ sentAgain }) => sentAgain),
    withMissing: count(({ missing }) => missing > 0),
    withDoubled: count(({ doubled }) => doubled > 0),
    withAny: count(({ missing, doubled }) => missing + doubled > 0),
    skipped: sum(judged, ({ skipped }) => skipped),
    both: sum(judged, ({ both }) => both),
    late: sum(judged, ({ late }) => late),
    takeOverMs: Math.round(sum(judged, ({ swapAt, overAt }) => overAt - swapAt) / Math.max(1, judged.length)),
  }
}

export function tableOf(all: readonly Figures[]): readonly (readonly string[])[] {
  const heading = [
    '',
    'swaps',
    'with a loss',
    'with a double',
    'runs',
    'items missing',
    'doubled',
    'sent again',
    'runs skipped',
    'by both',
    'late',
    'seconds to take over',
  ]
  const rows = all.map((each) => [
    each.title,
    ...[each.repetitions, each.withMissing, each.withDoubled, each.runs, each.missing, each.doubled].map(String),
    ...[each.sentAgain, each.skipped, each.both, each.late].map(String),
    (each.takeOverMs / secondMs).toFixed(0),
  ])
  return [heading, ...rows]
}
