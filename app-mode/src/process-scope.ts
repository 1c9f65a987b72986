import type { ModeDocument } from './aggregate.ts'
import { aggregate } from './aggregate.ts'
import type { AppModeClock } from './clock.ts'
import type { Items } from './items.ts'
import type { Scope } from './scope.ts'
import type { State } from './state.ts'
import { atFirst, lapse, prepare, resume } from './state.ts'

/** The state of this process alone, in its memory: a restart forgets it. */
export function processScope(items: Items, clock: Pick<AppModeClock, 'now'>): Scope {
  let state = atFirst

  function become(next: State): void {
    state = next
    if (state.prepared) items.prepare(state.epoch)
    else items.resume()
  }

  function tell(): Promise<ModeDocument> {
    const { epoch, inProgress, stashed, failedStashes } = items
    const beat = { beat: 1, inProgress, stashed, failedStashes, ...(epoch !== undefined && { epoch }) }
    const options = { scope: 'process', deadAfterMs: Infinity } as const
    return Promise.resolve(aggregate(state, [{ beat, silentMs: 0 }], options))
  }

  function endHold(): void {
    const next = lapse(state, clock.now())
    if (next !== state) become(next)
  }

  return {
    ready: () => {
      endHold()
      return undefined
    },
    prepare: async (hold) => {
      become(prepare(state, hold, clock.now()))
      return await tell()
    },
    read: async () => {
      endHold()
      return await tell()
    },
    resume: async (generation) => {
      become(resume(state, generation, clock.now()))
      return await tell()
    },
    changed: () => undefined,
    close: () => Promise.resolve(),
  }
}
