// The documented StatusCheck on the same hubs: one page of Pending and Running rows, entities among them, is all that it asks
// for (facts: Microsoft's zero-downtime deployment, function `StatusCheck`: `HasRunning = page.Any()`).
import { comeToRest } from './life.ts'
import { workIn } from './oracle.ts'
import { newWorld } from './schedule.ts'
import type { World } from './world.ts'

/** What StatusCheck gets wrong on the hub of one seed, each as a clause; the hub is asked as it is found, and at rest. */
export function statusCheckErrors(seed: number): string[] {
  const world = newWorld(seed)
  const errors = hasRunning(world) ? [] : workIn(world).map(({ kind }) => `idle in spite of: ${kind}`)
  if (errors.length > 0 && unfinished(world).length > 0) errors.push('idle on an empty first page')
  world.isCalm = true
  const rest = comeToRest(world, () => true)
  const rows = unfinished(world)
  const held = rest === 'rest' && workIn(world).length === 0 && rows.length > 0
  if (held && rows.every((key) => key.startsWith('@'))) errors.push('never idle with an entity')
  return errors
}

/** A page holds what its share of the table has of it, which may be nothing although there is more. */
function hasRunning(world: World): boolean {
  const share = [...world.rows.keys()].sort().slice(0, world.random.pick([0, 1, 2, 1000]))
  return share.some((key) => isRunning(world, key))
}

function unfinished(world: World): string[] {
  return [...world.rows.keys()].filter((key) => isRunning(world, key))
}

function isRunning({ rows }: World, key: string): boolean {
  const status = rows.get(key)?.status
  return status === 'Pending' || status === 'Running'
}
