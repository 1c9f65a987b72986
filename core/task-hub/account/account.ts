// Of a busy hub: what its unfinished instances wait for, and how long they may take. For people: no verdict rests on it.
import type { Drain } from './drain.ts'
import type { InFlight } from '../idle-proof/in-flight.ts'
import type { Wait } from './waits-for.ts'

/** The instances of one name and version that are in flight. Texts are fit to print. */
export type AccountLine = {
  readonly name: string
  readonly version: string
  readonly count: number
  readonly oldest: InFlight
  /** Of those among the oldest that were asked; empty where none was. */
  readonly waitsFor: string
  readonly drain: Drain
}

export type Account = {
  /** The most frequent first, at most 20. */
  readonly lines: readonly AccountLine[]
  /** In flight, but in none of the lines. */
  readonly others: number
  /** Pending instances whose start is lost: no message in any control queue, and no History. */
  readonly lostStarts: number
  /** Timers that are not due yet, of instances that wait. */
  readonly timers: number
  /** Instances that have continued as new: they may never end. */
  readonly continued: number
  /** Starts that are on their way to instances without a row; undefined where not every row is known. */
  readonly newStarts?: number
  readonly memory: AccountMemory
}

/** What looks leave to the next one, so that nothing is read twice. Its size does not grow with the hub. */
export type AccountMemory = {
  /** By key of the instance: what it waited for when it was as `mark` says. */
  readonly waits: ReadonlyMap<string, Known>
  /** By name: how long completed instances took, in milliseconds. */
  readonly durations: ReadonlyMap<string, readonly number[]>
}

export type Known = { readonly mark: string; readonly waits: readonly Wait[]; readonly continued: boolean }

export const noAccount: AccountMemory = { waits: new Map(), durations: new Map() }
