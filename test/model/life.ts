// What happens next in a model hub: a random choice among all that can happen.
import { beginClientAct, chainOfStarts } from './client.ts'
import type { Job, Message } from './state.ts'
import { crash, die, inWords, take } from './worker.ts'
import type { World } from './world.ts'

/** One thing happens, if anything can. */
export function happen(world: World): void {
  const { random, setting, jobs } = world
  world.now += random.whole(1, 200)
  if (!world.isCalm && world.clientActs > 0 && random.chance(0.12)) {
    world.clientActs -= 1
    beginClientAct(world)
    return
  }
  if (!world.isCalm && setting.crashes && jobs.length > 0 && random.chance(0.02)) {
    crash(world, random.pick(jobs))
    return
  }
  if (!world.isCalm && setting.comeAndGo !== undefined && random.chance(setting.comeAndGo)) {
    if (world.leases.workersAlive) die(world)
    else comeBack(world)
    return
  }
  goOn(world)
}

function comeBack(world: World): void {
  world.tell('WORKERS COME BACK')
  world.leases.workersAlive = true
}

/** A job goes a step on, or a worker takes a message. Answers false where there is nothing to do now. */
function goOn(world: World): boolean {
  const { random, jobs, leases } = world
  if (leases.workersAlive && !leases.areAllHeld && random.chance(0.3)) {
    leases.acquireOne(random, world.now)
    world.tell('a worker acquires a partition')
    return true
  }
  const ready = takeable(world)
  if (jobs.length > 0 && (ready.length === 0 || random.chance(0.75))) {
    advance(world, random.pick(jobs))
    return true
  }
  if (ready.length === 0) return false
  world.moment += 1
  take(world, random.pick(ready))
  return true
}

function takeable(world: World): Message[] {
  const busy = new Set(world.jobs.map(({ key }) => key))
  if (world.jobs.filter(({ who }) => who === 'worker').length >= world.setting.workers) return []
  const { leases, workItems } = world
  if (!leases.workersAlive) return []
  return [...world.messages].filter(
    (message) =>
      world.isVisible(message) && !busy.has(message.to) && (message.queue === workItems || leases.holds(message.queue)),
  )
}

function advance(world: World, job: Job): void {
  const step = job.steps[job.next++]
  world.moment += 1
  const goesOn = step?.act() !== false
  if (step) world.tell(`${job.who} (${job.key}): ${step.says}${goesOn ? '' : ', in vain'}`)
  if (!goesOn || job.next >= job.steps.length) world.jobs.splice(world.jobs.indexOf(job), 1)
}

/** Time passes, with whatever happens meanwhile. */
export function pass(world: World, ms: number): void {
  const until = world.now + ms
  const events = world.random.pick([0, 0, 1, 3, 8, 20])
  for (let left = events; left > 0 && world.now < until; left--) {
    if (world.random.chance(0.3)) world.now += world.random.whole(0, (until - world.now) / 2)
    happen(world)
  }
  world.now = Math.max(world.now, until)
}

/** How a hub came to where a look finds it. */
export function prepare(world: World): void {
  const { random } = world
  if (world.setting.chainOnly || random.chance(0.2)) {
    // As an orchestration sends it that has ended long ago, and was purged.
    const { id, plan } = chainOfStarts(world)
    world.send(id, { kind: 'start', plan, executionId: `${id}:1`, byClient: false })
  }
  if (world.setting.chainOnly) return
  for (let left = random.whole(0, 2); left > 0; left--) {
    world.clientActs -= 1
    beginClientAct(world)
  }
  for (let left = random.whole(0, 40); left > 0; left--) {
    if (random.chance(0.05)) world.now += random.whole(0, 400_000)
    happen(world)
  }
}

/**
 * Until nothing moves any more: clients finish what they are at, nobody crashes, and time moves on to whatever `waited`
 * accepts. Workers have come back. Bounded: ten thousand steps are a mistake of the model, unless something goes on for ever.
 */
export function comeToRest(world: World, waited: (message: Message) => boolean): 'rest' | 'never' {
  world.leases.acquireAll(world.now)
  for (let left = 3000; left > 0; left--) {
    world.now += 1
    if (!goOn(world) && !world.skipTo(waited)) return 'rest'
  }
  return 'never'
}

export function inStory(world: World): string {
  const messages = [...world.messages].map(
    (message) => `${inWords(message)} for ${message.to}, visible at ${message.visibleAt - world.now} ms`,
  )
  return [`rows: ${JSON.stringify([...world.rows.values()])}`, `queues: ${messages.join('; ')}`].join('\n')
}
