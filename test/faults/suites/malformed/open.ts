import type { Finding, OpenSuite } from '../../suite.ts'
import { World } from '../../sockets/world.ts'
import type { CallKind } from './calls.ts'
import { callOf } from './calls.ts'
import { callsOf, draw, play } from './play.ts'
import type { Scene } from './scenes.ts'
import { scenes, Storeroom } from './scenes.ts'

const mostRealMs = 60_000
/** Of the whole process: task, clients, emulator and what judges them. */
const mostMemory = 256 * 1024 ** 2

/** Opens a world, learns which calls each task makes, and plays cases on those of the given sides. */
export async function openMalformed(sides: readonly CallKind['of'][], cases: number): Promise<OpenSuite> {
  const world = await World.open()
  const storeroom = new Storeroom(world)
  const calls = new Map<Scene, readonly string[]>()
  await world.time.during(async () => {
    await storeroom.fill()
    for (const scene of scenes) calls.set(scene, await callsOf(world, storeroom, scene))
  }, 4 * mostRealMs)
  const unknown = new Set([...calls.values()].flat().filter((kind) => !callOf(kind) && !kind.startsWith('entra ')))
  if (unknown.size > 0) throw new Error(`no row in calls.ts for: ${[...unknown].join(', ')}`)

  const figures = { malformed: 0, failed: 0, 'another answer, right state': 0, 'not asked': 0, 'most MB': 0 }
  return {
    cases,
    play: async (index, seed): Promise<Finding> => {
      const drawn = draw(calls, sides, [seed, index])
      const played = await world.time.during(() => play(world, storeroom, drawn), mostRealMs)
      if (!played.struck) figures['not asked'] += 1
      if (played.struck && played.certain) figures.malformed += 1
      if (played.struck) figures[played.succeeded ? 'another answer, right state' : 'failed'] += 1
      const memory = process.memoryUsage.rss()
      figures['most MB'] = Math.max(figures['most MB'], Math.round(memory / 1024 ** 2))
      if (played.finding.ok && memory > mostMemory) {
        return { ok: false, because: `${drawn.scene.name}; ${drawn.kind}: ${Math.round(memory / 1024 ** 2)} MB` }
      }
      return played.finding
    },
    figures: () => ({ ...figures }),
    close: () => world.close(),
  }
}
