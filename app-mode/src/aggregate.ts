// The one rule of the protocol: when an app may be stopped. Pure.
import type { State } from './state.ts'

/** What one process tells of itself. */
export type Beat = {
  /** Counts how often it told; a process that is there counts on. */
  readonly beat: number
  /** The preparation that it has taken over: it begins nothing until that one ends. Not set: it begins what comes. */
  readonly epoch?: number
  readonly inProgress: number
  readonly stashed: number
  readonly failedStashes: number
}

/** A process of the app as another one sees it. */
export type Member = {
  /** Not set: it is there, but what it tells cannot be read. */
  readonly beat?: Beat
  /** For how long it has told nothing new, as this process has watched it. */
  readonly silentMs: number
}

/** The mode document, as it is sent. */
export type ModeDocument = {
  readonly protocol: 1
  readonly mode: 'Normal' | 'PreparingForStop' | 'SafeToStop'
  readonly generation: string | null
  readonly until: string | null
  readonly inProgress: number
  readonly scope: 'process' | 'app'
  readonly members: number
  readonly stashed: number
  readonly failedStashes: number
}

/**
 * 1. Nobody prepares: Normal.
 * 2. A member that has been silent for `deadAfterMs` is dead, and with it what it had in progress.
 * 3. SafeToStop: every other member has taken over this very preparation and has nothing in progress.
 * 4. Else PreparingForStop; also where no member is left, or one cannot be read: nobody knows what it does.
 */
export function aggregate(
  state: State,
  members: readonly Member[],
  { scope, deadAfterMs }: { readonly scope: ModeDocument['scope']; readonly deadAfterMs: number },
): ModeDocument {
  const live = members.filter(({ silentMs }) => silentMs < deadAfterMs)
  const beats = live.flatMap(({ beat }) => (beat ? [beat] : []))
  const isThisOne = ({ epoch }: Beat): boolean => epoch === state.epoch
  const safe = live.length > 0 && live.every(({ beat }) => beat && isThisOne(beat) && beat.inProgress === 0)
  const { prepared } = state
  const counted = prepared ? beats.filter(isThisOne) : []
  return {
    protocol: 1,
    mode: !prepared ? 'Normal' : safe ? 'SafeToStop' : 'PreparingForStop',
    generation: prepared?.generation ?? null,
    until: prepared ? new Date(prepared.until).toISOString() : null,
    inProgress: sum(beats.map(({ inProgress }) => inProgress)),
    scope,
    members: Math.max(1, live.length),
    stashed: sum(counted.map(({ stashed }) => stashed)),
    failedStashes: sum(counted.map(({ failedStashes }) => failedStashes)),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
