import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Finding, OpenSuite } from '../../suite.ts'
import type { RunTask } from '../../sockets/tasks.ts'
import { runTask } from '../../sockets/tasks.ts'
import { World } from '../../sockets/world.ts'
import { forgetPeak, peakMemory } from '../../peak-memory.mjs'
import type { CallKind } from './calls.ts'
import { callOf } from './calls.ts'
import { callsOf, draw, play } from './play.ts'
import type { Scene } from './scenes.ts'
import { Storeroom } from './scenes.ts'

/** A thousand pages of a list take their time. */
const mostRealMs = 150_000
/** Emulator and tasks share the process, whose heap grows with what either has thrown away. */
const collectEvery = 5
/** In a case of a thousand pages. */
const collectEveryAnswers = 50
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
/** Of the whole process: task, clients, emulator and what judges them. */
const mostMemory = 256 * 1024 ** 2

/** Opens a world, learns which calls each task makes, and plays cases on those of the given sides. */
export async function openMalformed(
  sides: readonly CallKind['of'][],
  cases: number,
  run: RunTask = runTask,
): Promise<OpenSuite> {
  const world = await World.open()
  const storeroom = new Storeroom(world)
  try {
    await world.time.during(() => storeroom.fill(), mostRealMs)
  } catch (error) {
    await world.close()
    throw error
  }
  const calls = new Map<Scene, readonly string[]>()
  const learn = async (scene: Scene): Promise<readonly string[]> => {
    const known = calls.get(scene) ?? (await callsOf({ world, storeroom, run: runTask }, scene))
    calls.set(scene, known)
    const unknown = known.filter((kind) => !callOf(kind) && !kind.startsWith('entra '))
    if (unknown.length > 0) throw new Error(`no row in calls.ts for: ${unknown.join(', ')}`)
    return known
  }

  // What opening has thrown away is no part of what the cases take.
  collect()
  let count = 0
  let answers = 0
  const figures = { malformed: 0, failed: 0, 'another answer, right state': 0, 'most MB': 0 }
  const stage = {
    ...{ world, storeroom, run },
    onAnswer: () => {
      if (++answers % collectEveryAnswers === 0) collect()
    },
  }
  const playOne = async (index: number, seed: number) => {
    if (count++ % collectEvery === 0) collect()
    forgetPeak()
    const one = await world.time.during(async () => {
      const drawn = await draw(learn, sides, [seed, index])
      return { played: await play(stage, drawn) }
    }, mostRealMs)
    return { ...one, peak: peakMemory() }
  }
  return {
    cases,
    play: async (index, seed): Promise<Finding> => {
      const first = await playOne(index, seed)
      // What cases before it have thrown away is not of this one: it is played again where nothing is left of them.
      if (first.peak > mostMemory) count = 0
      const { played, peak } = first.peak > mostMemory ? await playOne(index, seed) : first
      if (played.struck && played.certain) figures.malformed += 1
      if (played.struck) figures[played.succeeded ? 'another answer, right state' : 'failed'] += 1
      const peakMb = Math.round(peak / 1024 ** 2)
      figures['most MB'] = Math.max(figures['most MB'], peakMb)
      if (!played.finding.ok || peak <= mostMemory) return played.finding
      return { ok: false, because: `${played.told}: the process had up to ${peakMb} MB` }
    },
    figures: () => ({ ...figures }),
    close: () => world.close(),
  }
}
