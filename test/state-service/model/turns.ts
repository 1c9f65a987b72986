// Who goes on next: everything that waits for a port goes on one at a time, in an order that the seed decides, and the world
// goes on in between.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pass } from '../../model/life.ts'
import type { World } from '../../model/world.ts'

/** One process of the service. What waits in one that was ended never goes on. */
export type Process = { readonly name: string; isAlive: boolean; readonly lifetime: AbortSignal }

type Waiting = { readonly process: Process; readonly until: number; readonly goOn: () => void }

export class Turns {
  readonly #world: World
  readonly #between: () => void
  #waiting: Waiting[] = []

  constructor(world: World, between: () => void) {
    this.#world = world
    this.#between = between
  }

  /** Resolves when it is this one's turn, not before the moment `until` of the world. */
  wait(process: Process, until = 0): Promise<void> {
    return new Promise((goOn) => {
      if (process.isAlive) this.#waiting.push({ process, until, goOn })
    })
  }

  /** Lets one of those go on that wait. Where all of them sleep, time passes. Answers false where nobody waits. */
  async next(): Promise<boolean> {
    const world = this.#world
    this.#waiting = this.#waiting.filter(({ process }) => process.isAlive)
    if (this.#waiting.length === 0) return false
    this.#between()
    const ready = this.#waiting.filter(({ until }) => until <= world.now)
    if (ready.length === 0) {
      pass(world, Math.min(...this.#waiting.map(({ until }) => until)) - world.now)
      return true
    }
    const one = world.random.pick(ready)
    this.#waiting.splice(this.#waiting.indexOf(one), 1)
    one.goOn()
    await nextTurn()
    return true
  }
}
