import type { KeyShape } from './server/keys.ts'
import type { Client } from './bundle.ts'
import type { Checked, Scenario } from './scenarios.ts'

export type Wanted = {
  readonly scenario: Scenario
  readonly client: Client
  readonly rows?: number
  readonly shape?: KeyShape
}

/** The runs wanted, or none where there is no such run or one of them gave a wrong answer: it measured something else. */
export function rightRuns(runs: readonly Checked[], wanted: Wanted): readonly Checked[] {
  const found = runs.filter(
    ({ scenario, client, rows, shape }) =>
      scenario === wanted.scenario &&
      client === wanted.client &&
      rows === (wanted.rows ?? rows) &&
      shape === (wanted.shape ?? shape),
  )
  return found.every(({ verdict, expected }) => verdict === expected) ? found : []
}

/** Undefined of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

/** Undefined where either is. */
export function ratio(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? undefined : left / right
}

/** The worst of several, undefined where one of them could not be measured. */
export function worst(
  values: readonly (number | undefined)[],
  of: (...numbers: number[]) => number,
): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === values.length && known.length > 0 ? of(...known) : undefined
}
