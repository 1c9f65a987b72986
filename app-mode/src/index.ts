// App Mode for Azure Functions apps on Node: count what is in progress, refuse new items, say when it is safe to stop.
import { randomUUID } from 'node:crypto'
import { appScope } from './app-scope.ts'
import type { ModeDocument } from './aggregate.ts'
import type { AppModeClock } from './clock.ts'
import { systemClock } from './clock.ts'
import type { AppModeRequest, AppModeResponse } from './handle.ts'
import { answer } from './handle.ts'
import type { Item } from './items.ts'
import { Items } from './items.ts'
import { members } from './members.ts'
import { processScope } from './process-scope.ts'
import type { Scope } from './scope.ts'
import { stateLog } from './state-log.ts'

export type { AppModeClock } from './clock.ts'
export type { AppModeRequest, AppModeResponse } from './handle.ts'
export type { Item } from './items.ts'
export type { ModeDocument } from './aggregate.ts'
export { AppIsStopping, StashFailed } from './items.ts'

export type AppModeOptions = {
  /**
   * A directory that all processes of the app share and nobody else, such as `/home/data/app-mode/<build>`. Not set: every process
   * speaks for itself alone (scope `process`), which is enough for one instance with one worker process.
   */
  readonly directory?: string
  /** How often a process tells the others of itself: 5 s while the app is Normal, 1 s while it prepares. */
  readonly beatMs?: number
  readonly preparingBeatMs?: number
  /** A process that has told nothing new for so long is taken for dead: 60 s. Not less than four beats. */
  readonly deadAfterMs?: number
  /** For tests. */
  readonly clock?: AppModeClock
}

export interface AppMode {
  /**
   * Runs one item, counted from now until it has returned and its rest has been put aside. Throws `AppIsStopping` without
   * calling `work` while the app prepares to stop: let it through to the trigger, whose retry keeps the item.
   */
  run<T>(name: string, work: (item: Item) => T | Promise<T>): Promise<T>
  /** Answers the three routes of the protocol; the handler of three HTTP functions. Never throws. */
  handle(request: AppModeRequest): Promise<AppModeResponse>
  /** The mode document as the routes tell it. Throws where the directory cannot be read. */
  mode(): Promise<ModeDocument>
  /** No item is begun any more; ends when those in progress have, and the process has taken leave of the others. */
  close(): Promise<void>
}

/** One for a process, made before its functions are registered. */
export function createAppMode(options: AppModeOptions = {}): AppMode {
  const { clock = systemClock } = options
  let idle = (): void => undefined
  const items: Items = new Items(() => {
    scope.changed()
    if (items.inProgress === 0) idle()
  })
  const scope = scopeOf(options, items, clock)
  return {
    run: async (name, work) => {
      const waiting = scope.ready()
      if (waiting) await waiting
      return await items.run(name, work)
    },
    handle: async (request) => await answer(scope, request),
    mode: async () => await scope.read(),
    close: async () => {
      items.shut()
      if (items.inProgress > 0) await new Promise<void>((resolve) => (idle = resolve))
      await scope.close()
    },
  }
}

function scopeOf(options: AppModeOptions, items: Items, clock: AppModeClock): Scope {
  const { directory, beatMs = 5_000, preparingBeatMs = 1_000, deadAfterMs = 60_000 } = options
  if (directory === undefined) return processScope(items, clock)
  if (!(beatMs > 0 && preparingBeatMs > 0 && deadAfterMs >= 4 * Math.max(beatMs, preparingBeatMs))) {
    throw new RangeError(`deadAfterMs ${deadAfterMs} is less than four beats of ${beatMs} or ${preparingBeatMs} ms.`)
  }
  return appScope({
    items,
    clock,
    log: stateLog(directory, randomUUID),
    members: members(directory, randomUUID),
    rhythm: { beatMs, preparingBeatMs, deadAfterMs },
  })
}
