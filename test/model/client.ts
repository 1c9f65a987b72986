// What comes from outside: starts, events, suspends, terminations, purges, signals. A client may die between two steps.
import type { Act, Child, Content, Job, Plan } from './state.ts'
import type { World } from './world.ts'

const second = 1000
const hour = 3_600_000
const entities = ['@counter@a', '@counter@b'] as const

/** Begins one thing that a client does. */
export function beginClientAct(world: World): void {
  const { random } = world
  const known = [...world.rows.keys()].filter((key) => !key.startsWith('@'))
  if (known.length === 0 || random.chance(0.45)) {
    begin(world, startSteps(world, random.chance(0.1) && known.length > 0 ? random.pick(known) : undefined))
    return
  }
  const key = random.pick(known)
  const kind = random.pick(['event', 'event', 'suspend', 'resume', 'resume', 'terminate', 'signal', 'purge'] as const)
  if (kind === 'signal') {
    const fires = random.chance(0.5) ? { fires: child(world, 1) } : {}
    begin(world, [sending(world, random.pick(entities), { kind: 'signal', ...fires }, delay(world))])
  } else if (kind === 'purge') {
    begin(world, purgeSteps(world, key))
  } else {
    begin(world, [sending(world, key, { kind }, 0)])
  }
}

function begin(world: World, steps: Job['steps']): void {
  if (steps.length > 0)
    world.jobs.push({ who: 'client', key: `client ${world.nextNumber()}`, messages: [], steps, next: 0 })
}

/** Begins a start of an orchestration that does nothing but wait: for an event, or, not begun yet, for the time it was put off to. */
export function beginWaiting(world: World): void {
  const isPutOff = world.random.chance(0.5)
  const key = `Order${world.nextNumber()}`
  begin(
    world,
    startOf(world, { key, executionId: `${key}:1`, plan: [{ does: 'event' }], delayMs: isPutOff ? hour : 0 }),
  )
}

function startSteps(world: World, again: string | undefined): Job['steps'] {
  const before = again === undefined ? undefined : world.histories.get(again)
  if (before?.kind === 'orchestration' && before.ended === '') return []
  const forever = world.random.chance(0.06)
  const key = again ?? `${forever ? 'Forever' : 'Order'}${world.nextNumber()}`
  const executionId = `${key}:${world.nextNumber()}`
  const plan = forever ? foreverPlan(world) : makePlan(world, 2)
  const delayMs = world.random.chance(0.15) ? delay(world) : 0
  return startOf(world, { key, executionId, plan, delayMs })
}

type Start = { readonly key: string; readonly executionId: string; readonly plan: Plan; readonly delayMs: number }

/** The message first, then the Pending row (DT AzureStorageOrchestrationService.cs:1778-1797). */
function startOf(world: World, { key, executionId, plan, delayMs }: Start): Job['steps'] {
  const due = new Date(world.now + delayMs)
  return [
    sending(world, key, { kind: 'start', plan, executionId, byClient: true }, delayMs),
    {
      says: `Pending row of ${key}`,
      act: () => {
        // Inserted, not replaced, where the instance is already under way.
        if (world.rows.get(key)?.executionId !== executionId) {
          const name = key.replace(/\d+$/, '')
          world.write(key, { name, status: 'Pending', executionId, ...(delayMs > 0 ? { scheduledAt: due } : {}) })
        }
        return true
      },
    },
  ]
}

function purgeSteps(world: World, key: string): Job['steps'] {
  const row = world.rows.get(key)
  if (!row || world.now - row.writtenMs < world.setting.purgeAfterMs) return []
  const stillOld = () => world.rows.get(key) === row
  return [
    {
      says: `purges the History of ${key}`,
      act: () => stillOld() && world.histories.delete(key),
    },
    {
      says: `purges the row of ${key}`,
      act: () => world.rows.get(key) === row && world.rows.delete(key),
    },
  ]
}

function sending(world: World, to: string, content: Content, delayMs: number): Job['steps'][number] {
  return {
    says: `sends ${content.kind} to ${to}${delayMs > 0 ? ` due in ${delayMs} ms` : ''}`,
    act: () => {
      world.send(to, content, { delayMs })
      return true
    },
  }
}

function delay({ random }: World): number {
  return random.pick([0, 0, second, 40 * second, 90 * second, hour])
}

/** A plan of a few acts; `depth` bounds how deep children start others. */
function makePlan(world: World, depth: number): Plan {
  const { random } = world
  const acts: Act[] = []
  for (let left = random.whole(0, 3); left > 0; left--) acts.push(...makeActs(world, depth))
  return acts
}

function makeActs(world: World, depth: number): Act[] {
  const { random } = world
  const kind = random.pick([
    'activity',
    'activity',
    'activityUnawaited',
    'timer',
    'race',
    'race',
    'event',
    'signal',
    'lock',
    'continueAsNew',
    ...(depth > 0 ? (['child', 'fire', 'fire', 'fire', 'fire'] as const) : []),
  ] as const)
  switch (kind) {
    case 'timer':
    case 'race':
      return [{ does: kind, ms: random.pick([second, 20 * second, 100 * second, hour, 24 * hour]) }]
    case 'child':
    case 'fire':
      return [{ does: kind, ...child(world, depth - 1) }]
    case 'signal': {
      const fires = depth > 0 && random.chance(0.5) ? { fires: child(world, depth - 1) } : {}
      return [{ does: kind, entity: random.pick(entities), ms: delay(world), ...fires }]
    }
    case 'lock': {
      const entity = random.pick(entities)
      return [{ does: 'lock', entity }, { does: 'activity' }, { does: 'unlock', entity }]
    }
    case 'activity':
    case 'activityUnawaited':
    case 'event':
    case 'continueAsNew':
      return [{ does: kind }]
  }
}

function child(world: World, depth: number): Child {
  return {
    id: `Child${world.nextNumber()}`,
    plan: world.random.chance(0.5) ? chain(world, depth) : makePlan(world, depth),
  }
}

/** What is hardest to see: each does nothing but start the next one, in another queue where there is one. */
function chain(world: World, depth: number): Plan {
  if (depth <= 0) return []
  let id = `Child${world.nextNumber()}`
  const plan = chain(world, depth - 1)
  const [next] = plan
  for (let tries = 3; tries > 0 && next?.does === 'fire' && world.queueOf(next.id) === world.queueOf(id); tries--) {
    id = `Child${world.nextNumber()}`
  }
  return [{ does: 'fire', id, plan }]
}

/** A start that only starts another one, and so on. */
export function chainOfStarts(world: World): Child {
  const [first] = chain(world, 6)
  return first?.does === 'fire' ? { id: first.id, plan: first.plan } : { id: 'Child', plan: [] }
}

function foreverPlan(world: World): Plan {
  const { random } = world
  const acts = makeActs(world, 1).filter(({ does }) => does !== 'continueAsNew')
  return [random.chance(0.7) ? { does: 'event' } : { does: 'timer', ms: 100 * second }, ...acts, { does: 'again' }]
}
