import { Cancelled } from '../../../core/failures.ts'
import type { RunIdentity } from '../../../core/record/record.ts'
import type { Deps } from '../../../tasks/deps.ts'
import { azureOf } from './azure.ts'
import type { Execution } from './execution.ts'
import type { World } from './world.ts'

/** What the story of one execution is told. What it says is kept in `said`. */
export function depsOf(world: World, execution: Execution, run: RunIdentity): Deps & { readonly said: string[] } {
  const said: string[] = []
  let ids = 0
  return {
    azure: azureOf(world, execution),
    clock: execution.clock,
    log: {
      info: (text) => void said.push(text),
      warn: (text) => void said.push(`warning: ${text}`),
      progress: () => undefined,
    },
    run,
    newId: () => `${execution.name}#${++ids}`,
    atLast: async (ms, work) => {
      const abort = new AbortController()
      const timeUp = new Promise<never>((_, reject) => {
        world.time.at(world.now + ms, () => {
          abort.abort()
          reject(new Cancelled())
        })
      })
      timeUp.catch(() => undefined)
      return await Promise.race([work(abort.signal), timeUp])
    },
    said,
  }
}
