import type { Form, OpenSuite, Suite } from '../suite.ts'
import type { Plan } from './plan.ts'
import { planFor } from './plan.ts'
import { World } from './world.ts'

/** A suite of packaged tasks without the world that it plays in, which takes longer to open than many cases. */
export type Part = Pick<Suite, 'name' | 'shows'> & {
  begin(world: World, plan: Plan, form: Form): Omit<OpenSuite, 'close'>
}

/** The part in a world of its own. */
export function packagedSuite(part: Part): Suite {
  const { name, shows } = part
  return {
    name,
    shows,
    open: (form) => inWorld((world, plan) => part.begin(world, plan, form)),
  }
}

/** Several parts in one world, whose cases take turns: the first of each, the second of each, and so on. */
export function severalInOne({ name, shows }: Pick<Suite, 'name' | 'shows'>, parts: readonly Part[]): Suite {
  return {
    name,
    shows,
    open: (form) =>
      inWorld((world, plan) => {
        const begun = parts.map((part) => ({ name: part.name, open: part.begin(world, plan, form) }))
        const longest = Math.max(...begun.map(({ open }) => open.cases))
        const turns = Array.from({ length: longest }, (_, index) =>
          begun.filter(({ open }) => index < open.cases).map((part) => ({ ...part, index })),
        ).flat()
        return {
          cases: turns.length,
          play: async (at, seed) => {
            const turn = turns[at]
            if (turn === undefined) return { ok: false, because: 'there is no such case' }
            const finding = await turn.open.play(turn.index, seed)
            if (!finding.ok) return { ok: false, because: `${turn.name}: ${finding.because}` }
            const { notReached } = finding
            return notReached === undefined ? finding : { ok: true, notReached: `${turn.name}: ${notReached}` }
          },
          figures: () => Object.fromEntries(begun.flatMap(({ open }) => Object.entries(open.figures?.() ?? {}))),
        }
      }),
  }
}

async function inWorld(begin: (world: World, plan: Plan) => Omit<OpenSuite, 'close'>): Promise<OpenSuite> {
  const world = await World.start()
  try {
    return { ...begin(world, await planFor(world)), close: () => world.stop() }
  } catch (error) {
    await world.stop()
    throw error
  }
}
