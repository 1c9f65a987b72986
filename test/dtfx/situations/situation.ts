import type { Counts, Verdict } from '../../../core/task-hub/idle-proof/evidence.ts'
import type { MessageKind } from '../../../core/task-hub/rows/message.ts'
import type { Line, Manager } from '../lines.ts'
import type { Stage } from '../stage.ts'

/** What a look must say. A count that is not named must be 0. */
export type Expected = {
  readonly verdict: Verdict
  readonly counts?: Partial<Counts>
  /** Ids that must be among the examples. */
  readonly ids?: readonly string[]
  readonly versions?: Readonly<Record<string, number>>
  /** What its messages are, as far as a peek tells; a kind that is not named must be 0. */
  readonly queued?: Readonly<Partial<Record<QueuedKind, number>>>
  /** Pending ones that were put off. */
  readonly scheduled?: number
  /** What instances of a name are told to wait for: a part of the clause. */
  readonly waits?: Readonly<Record<string, string>>
  /** How many are told to have continued as new. */
  readonly continued?: number
  /** Whether some worker holds a part of the hub. Not set: it does not matter. */
  readonly live?: boolean
}

/** `hidden`: in a control queue where a peek shows nothing. */
export type QueuedKind = MessageKind | 'activities' | 'hidden'

export type Situation = {
  /** Kebab-case; its hub is named after it. */
  readonly name: string
  /** What is the case, as a clause that follows "a hub with". */
  readonly what: string
  /** Not set: all of them. */
  readonly lines?: readonly Line[]
  /** Not set: the line's default. */
  readonly manager?: Manager
  /** `dies`: the process was killed, `lives`: it is at work while storage is looked at. Not set: it was stopped or never there. */
  readonly worker?: 'dies' | 'lives'
  /** Prefix of the tracking store that this hub and a second one, `<hub>Other`, share. */
  readonly tracking?: string
  readonly expected: Expected | ((line: Line) => Expected)
  /** What is expected of the second hub. */
  readonly expectedOfOther?: Expected | ((line: Line) => Expected)
  act(stage: Stage, other: Stage | undefined): Promise<void>
}

export function expectedOf(expected: Situation['expected'], line: Line): Expected {
  return typeof expected === 'function' ? expected(line) : expected
}

export const inAnHour = () => new Date(Date.now() + 3_600_000)

export const laterLines: readonly Line[] = ['dtfx-2', 'dtfx-1']
