import { parseArgs } from 'node:util'
import type { Form } from '../suite.ts'

export type RunOptions = {
  /** Names of suites; empty: all. */
  readonly suites: readonly string[]
  readonly form: Form
  readonly seed: number
  /** Only these cases; empty: all. */
  readonly cases: readonly number[]
  readonly jobs: number
  /** Instead of the factors of the list. */
  readonly hurry: number | undefined
  /** A module that exports `suites`, instead of test/faults/suites.ts. */
  readonly list: string | undefined
}

export const defaultSeed = 20_260_711

/** @throws Error for an argument that is not understood. */
export function readOptions(args: readonly string[], processors: number): RunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      suite: { type: 'string', multiple: true },
      seed: { type: 'string' },
      case: { type: 'string', multiple: true },
      jobs: { type: 'string' },
      hurry: { type: 'string' },
      list: { type: 'string' },
      short: { type: 'boolean', default: false },
    },
  })
  return {
    suites: parts(values.suite),
    form: values.short ? 'short' : 'full',
    seed: whole('seed', values.seed ?? String(defaultSeed), 0),
    cases: parts(values.case).map((text) => whole('case', text, 0)),
    jobs: whole('jobs', values.jobs ?? String(Math.min(4, processors)), 1),
    hurry: values.hurry === undefined ? undefined : whole('hurry', values.hurry, 1),
    list: values.list,
  }
}

/** What plays one case again, from the project's folder. */
export function replayCommand(suite: string, index: number, options: RunOptions): string {
  const { form, seed, hurry, list } = options
  return [
    `npm run test:faults -- --suite ${suite} --seed ${seed} --case ${index}`,
    ...(form === 'short' ? ['--short'] : []),
    ...(hurry === undefined ? [] : [`--hurry ${hurry}`]),
    ...(list === undefined ? [] : [`--list ${list}`]),
  ].join(' ')
}

function parts(texts: readonly string[] = []): string[] {
  return texts.flatMap((text) => text.split(',')).filter((text) => text !== '')
}

function whole(name: string, text: string, min: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < min) throw new Error(`--${name} is not a whole number: '${text}'.`)
  return Number(text)
}
