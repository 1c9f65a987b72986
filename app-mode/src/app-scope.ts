import type { ModeDocument } from './aggregate.ts'
import { aggregate } from './aggregate.ts'
import type { AppModeClock } from './clock.ts'
import type { Items } from './items.ts'
import { AppIsStopping } from './items.ts'
import type { Members } from './members.ts'
import type { Scope } from './scope.ts'
import type { StateLog } from './state-log.ts'
import type { State } from './state.ts'
import { lapse, prepare, resume } from './state.ts'
import { inTime } from './in-time.ts'

export type Rhythm = {
  /** Between two beats while the app is Normal, and while it prepares. */
  readonly beatMs: number
  readonly preparingBeatMs: number
  /** A process that has told nothing new for so long is dead. */
  readonly deadAfterMs: number
}

type Moment = { readonly ticks: number; readonly now: number }

type Parts = {
  readonly items: Items
  readonly clock: AppModeClock
  readonly log: StateLog
  readonly members: Members
  readonly rhythm: Rhythm
}

/**
 * The state that the processes of an app share in a directory. Why SafeToStop holds:
 * 1. A process begins items only after a beat, in this order: its folder is there, then it reads the state.
 * 2. Who answers reads the state first and lists the folders then. A process that it does not see has not read the state yet,
 *    and will read what was answered, or something later.
 * 3. A process tells a preparation's epoch after it refuses new items, and begins again only after it has read a later state.
 * 4. Who finds that the hold has run out writes Normal down before it begins anything, so that everybody reads it.
 */
export function appScope({ items, clock, log, members, rhythm }: Parts): Scope {
  const freshMs = rhythm.deadAfterMs / 2
  /** When the last beat began that ended well, and when the others were last told. */
  let contact: Moment | undefined
  let told: Moment | undefined
  let last: Promise<unknown> = Promise.resolve()
  let callOff = (): void => undefined
  let waiting = false
  let closed = false

  const moment = (): Moment => ({ ticks: clock.ticks(), now: clock.now() })

  /** A machine that slept may not count it in ticks. */
  function isFresh(since: Moment | undefined): boolean {
    return since !== undefined && Math.max(clock.ticks() - since.ticks, clock.now() - since.now) < freshMs
  }

  /** One at a time, for all of them read and write the same few things. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = last.then(act, act)
    last = done.catch(() => undefined)
    return done
  }

  async function beat(): Promise<ModeDocument> {
    if (closed) throw new Error('This process has taken leave.')
    const at = moment()
    // Who was silent may have been taken for dead, and its folder removed.
    if (!isFresh(told)) await members.enter()
    await tell()
    const before = items.epoch
    const state = await log.change((each) => lapse(each, clock.now()))
    takeOver(state)
    if (items.epoch !== before) await tell()
    const all = await members.list(clock.ticks())
    if (!state.prepared) await members.bury(all, rhythm.deadAfterMs)
    contact = at
    return aggregate(state, all, { scope: 'app', deadAfterMs: rhythm.deadAfterMs })
  }

  function takeOver(state: State): void {
    if (state.prepared) items.prepare(state.epoch)
    else items.resume()
  }

  async function tell(): Promise<void> {
    const { epoch, inProgress, stashed, failedStashes } = items
    const at = moment()
    await members.tell({ inProgress, stashed, failedStashes, ...(epoch !== undefined && { epoch }) })
    told = at
  }

  function schedule(): void {
    callOff()
    if (closed) return
    const ms = items.epoch === undefined ? rhythm.beatMs : rhythm.preparingBeatMs
    callOff = clock.after(ms, () => void again())
  }

  async function again(): Promise<void> {
    if (waiting) return
    waiting = true
    try {
      await inTurn(async () => {
        waiting = false
        return await beat()
      })
    } catch {
      // Nothing to say it to; `ready` and the routes tell, once they cannot be sure any more.
    }
    schedule()
  }

  async function now<T>(act: () => Promise<T>): Promise<T> {
    const done = await inTime(clock, freshMs, inTurn(act))
    schedule()
    return done
  }

  async function catchUp(): Promise<void> {
    try {
      await now(async () => (isFresh(contact) ? undefined : await beat()))
    } catch (error) {
      throw new AppIsStopping('Whether the app prepares to stop cannot be read; the item was not begun.', {
        cause: error,
      })
    }
    if (!isFresh(contact))
      throw new AppIsStopping('Whether the app prepares to stop was read too slowly; the item was not begun.')
  }

  const changeTo = async (next: (before: State) => State): Promise<ModeDocument> =>
    await now(async () => {
      await log.change(next)
      return await beat()
    })

  void again()
  return {
    ready: () => (isFresh(contact) ? undefined : catchUp()),
    prepare: async (hold) => await changeTo((state) => prepare(state, hold, clock.now())),
    resume: async (generation) => await changeTo((state) => resume(state, generation, clock.now())),
    read: async () => await now(beat),
    changed: () => {
      if (items.epoch !== undefined && !closed) void again()
    },
    close: async () => {
      closed = true
      callOff()
      await inTurn(async () => await members.leave())
    },
  }
}
