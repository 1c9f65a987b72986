// SlotSwap, in a part of the cases after RotateTaskHub, while the answers to what changes something are lost: reset, cut, stalled,
// 408 and 5xx, before the effect or after it, several times; polls and looks fail now and then, settings lag behind.
import type { RunTask } from '../sockets/tasks.ts'
import { runTask } from '../sockets/tasks.ts'
import { Seeded } from '../sockets/seeded.ts'
import { settingsLag } from '../sockets/settings-lag.ts'
import type { Stand } from '../sockets/world.ts'
import { World } from '../sockets/world.ts'
import type { Finding, OpenSuite, Suite } from '../suite.ts'
import type { Script } from './lost-replies/script.ts'
import { scriptOf } from './lost-replies/script.ts'

const thousand = { full: 1_000, short: 40 }
/** Beside the thousand: pages in place of the first answer. */
const pages = { full: 50, short: 4 }
const mostRealMs = 60_000

export const lostReplies: Suite = {
  name: 'lost-replies',
  shows: 'one swap and no second, whatever becomes of the answers',
  open: async (form) => openLostReplies(await World.open(), [thousand[form], pages[form]]),
}

/** Exported for the check that the suite can fail. */
export function openLostReplies(
  world: World,
  [cases, beside]: readonly [number, number],
  run: RunTask = runTask,
): OpenSuite {
  const figures = { 'one swap': 0, 'answers lost': 0, 'requests to swap': 0, 'page first, nothing done': 0 }
  return {
    cases: cases + beside,
    play: async (index, seed) => {
      const script = scriptOf(new Seeded(seed, index), index >= cases)
      const played = await world.time.during(() => play(world, script, run), mostRealMs)
      figures['answers lost'] += played.lost
      figures['requests to swap'] += played.requests
      if (played.finding.ok) figures[script.unreadable ? 'page first, nothing done' : 'one swap'] += 1
      return played.finding
    },
    figures: () => ({ ...figures }),
    close: () => world.close(),
  }
}

type Played = { readonly finding: Finding; readonly lost: number; readonly requests: number }

async function play(world: World, script: Script, run: RunTask): Promise<Played> {
  const first: Stand = {
    production: { hub: 'shop2', version: 'v2' },
    staging: { hub: script.withRotate ? 'shop1' : 'shop3', version: script.withRotate ? 'v1' : 'v3' },
  }
  await world.putRecord(undefined)
  await world.place(first)
  world.board.clear()
  const before: Stand = { ...first, staging: { hub: 'shop3', version: 'v3' } }
  const swapsBefore = world.swaps()
  const lag = settingsLag(world, before, script.lagMs)
  world.board.decide = (call, kind) => script.decide(call, kind) ?? (script.lagMs > 0 ? lag(kind) : undefined)
  const problems: string[] = []
  if (script.withRotate) {
    const rotated = await run(world, 'RotateTaskHub', { taskHubName: 'shop3', slotName: 'staging' })
    if (rotated.result !== 'succeeded') problems.push(`RotateTaskHub ${rotated.result}: ${rotated.message}`)
    world.app.slot('staging').worker.contentDir = 'v3'
  }
  const swapped = await run(world, 'SlotSwap', { taskHubName: 'shop3' })
  world.board.decide = undefined

  const stands = JSON.stringify(await world.stands())
  const swaps = world.swaps() - swapsBefore
  const wanted = script.unreadable ? before : { production: before.staging, staging: before.production }
  const result = script.unreadable ? 'failed' : 'succeeded'
  if (swapped.result !== result) problems.push(`SlotSwap ${swapped.result}: ${swapped.message}`)
  if (swaps !== (script.unreadable ? 0 : 1)) problems.push(`${swaps} swaps were made`)
  if (stands !== JSON.stringify(wanted)) problems.push(`the slots stand so: ${stands}`)
  const requests = world.board.asked.filter(({ kind }) => kind.endsWith('/slotsswap')).length
  if (script.unreadable && requests !== 1) problems.push(`${requests} requests to swap`)
  const lost = world.board.asked.filter(({ struck }) => struck).length
  return { finding: findingOf(problems, lost), lost, requests }
}

function findingOf(problems: readonly string[], lost: number): Finding {
  if (problems.length > 0) return { ok: false, because: problems.join('; ') }
  return lost > 0 ? { ok: true } : { ok: true, notReached: 'no answer was lost' }
}
