// What came of a run, and whether what the task said is true.
import type { Scenario } from './scenarios.ts'
import type { Client } from './world.ts'

export type Outcome = {
  /** Swaps that really exchanged the slots, whoever asked for them. */
  readonly swaps: number
  /** The version that production runs when all is over. */
  readonly production: 'wanted' | 'old' | 'neither'
  readonly said: 'succeeded' | 'failed'
  readonly message: string
  readonly seconds: number
}

export type Judged = Outcome & {
  readonly scenario: string
  readonly client: Client
  readonly due: number | undefined
  /** It said that it succeeded where production runs the wanted version, and only there. */
  readonly right: boolean
  /** As many swaps as were due; true where none is owed. */
  readonly asDue: boolean
}

export function judge({ name, due }: Pick<Scenario, 'name' | 'due'>, client: Client, outcome: Outcome): Judged {
  const { said, production, swaps } = outcome
  return {
    ...{ scenario: name, client, due },
    ...outcome,
    right: (said === 'succeeded') === (production === 'wanted'),
    asDue: due === undefined || swaps === due,
  }
}
